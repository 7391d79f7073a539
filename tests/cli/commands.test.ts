import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { confidenceNames, formatNames } from '../../src/cli/flags.js';
import { makeProgram } from '../../src/cli/program.js';
import { confidences } from '../../src/pipeline/least-confidence.js';
import { formats } from '../../src/report/formats.js';
import { initSite, linenModel, temporaryProject, type TemporaryProject } from './temporary-project.js';

let project: TemporaryProject | null = null;
afterEach(() => project?.remove());

function open(files: { readonly [path: string]: string }): TemporaryProject {
  project = temporaryProject(files);
  return project;
}
function committed(files: { readonly [path: string]: string }): TemporaryProject {
  const opened = open(files);
  opened.git('init', '-q');
  opened.git('add', '.');
  opened.git('commit', '-qm', 'start');
  return opened;
}

const pair = { 'src/model.ts': linenModel, 'src/start.ts': initSite };
const other = linenModel.replace('class Model', 'class Other');
const blocked = linenModel.replace('class Model', 'class Blocked').replace('nn.Dense(this.features)', 'nn.Missing(3)');
const unverified = ['--verify', 'off', '-q'] as const;

test('the forms of the flag are those of the report', () => {
  expect(formatNames).toEqual(formats);
  expect(confidenceNames).toEqual(confidences);
});

describe('undo and runs', () => {
  test('a run is listed and taken back without git; a changed file refuses it', () => {
    const { run, read, write, folder } = open(pair);
    expect(run('undo')).toMatchObject({ code: 2, stderr: expect.stringContaining('no run to undo') });
    run('src', '--allow-no-vcs', ...unverified);
    expect(read('src/model.ts')).not.toBe(linenModel);
    const written = read('src/model.ts');
    const [name = '', count] = run('runs').stdout.trim().split('  ');
    expect(count).toBe('3 files');
    write('src/model.ts', `${written}// mine\n`);
    expect(run('undo')).toMatchObject({ code: 4, stderr: expect.stringContaining('src/model.ts') });
    write('src/model.ts', written);
    expect(run('undo', name)).toMatchObject({ code: 0, stdout: expect.stringContaining('restored src/start.ts') });
    expect([read('src/model.ts'), read('src/start.ts')]).toEqual([linenModel, initSite]);
    expect(existsSync(join(folder, 'linen2nnx.manifest.json'))).toBe(false);
    expect(JSON.parse(run('runs', '--format', 'json').stdout)).toMatchObject({ runs: [{ run: name, undone: true }] });
  });

  test('a folder in which another run is writing: code 4', () => {
    const { run, write } = open(pair);
    write('.linen2nnx/lock', String(process.pid));
    expect(run('src', '--allow-no-vcs', ...unverified)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('Another run'),
    });
  });
});

describe('what a run is about', () => {
  test('--class, --since, --files-from and --shard part the units, and together give what one run gives', () => {
    const { run, git, read, write } = committed({ ...pair, 'src/other.ts': other });
    expect(run('--class', 'Modle', '--dry-run')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean Model'),
    });
    const one = JSON.parse(run('--class', 'Other', '--dry-run', ...unverified, '--format', 'json').stdout) as {
      units: { id: string }[];
      totals: object;
    };
    expect(one.units.map(({ id }) => id)).toEqual(['src/other.ts#Other']);
    expect(one.totals).toMatchObject({ found: 2, skipped: 1 });
    write('src/other.ts', `${other}// more\n`);
    const since = run('--since', 'HEAD', '--diff', ...unverified).stdout;
    expect(since).toContain('src/other.ts');
    expect(since).not.toContain('src/model.ts');
    expect(run('--since', 'nothing', '--diff')).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing') });
    write('list.txt', 'src/other.ts\nREADME.md\n');
    expect(run('--files-from', 'list.txt', '--diff')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('README.md'),
    });
    write('list.txt', '');
    expect(run('--files-from', 'list.txt', '--diff', ...unverified)).toMatchObject({ code: 0, stdout: '' });
    write('src/other.ts', other);
    const paths = ['src/model.ts', 'src/start.ts', 'src/other.ts', 'linen2nnx.manifest.json'];
    const all = (): string[] => paths.map(read);
    expect(run('--shard', '3/2')).toMatchObject({ code: 2, stderr: expect.stringContaining('2/4') });
    run(...unverified);
    const whole = all();
    git('checkout', '-q', '.');
    git('clean', '-qf', 'linen2nnx.manifest.json');
    for (const shard of ['2/2', '1/2']) run('--shard', shard, '--allow-dirty', ...unverified);
    expect(all()).toEqual(whole);
  });

  test('--out-dir and --stdin give the text that writing gives, and leave the project as it is', () => {
    const { run, read, folder, pipe } = committed({ 'src/model.ts': `\ufeff${linenModel}`, 'src/start.ts': initSite });
    run('--out-dir', 'beside', ...unverified);
    expect(run('--out-dir', 'beside', ...unverified)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('empty'),
    });
    const before = read('src/model.ts');
    expect(before).toBe(`\ufeff${linenModel}`);
    expect(readdirSync(folder)).not.toContain('linen2nnx.manifest.json');
    const piped = pipe(other, '--stdin', '--stdin-filename', 'src/model.ts', ...unverified);
    expect(piped.stdout).toContain('class Other extends nn');
    expect(run('--stdin')).toMatchObject({ code: 2, stderr: expect.stringContaining('--stdin-filename') });
    const beside = read('beside/src/model.ts');
    run(...unverified);
    expect(read('src/model.ts')).toBe(beside);
    expect(beside.startsWith('\ufeff')).toBe(true);
  });
});

describe('plan and doctor', () => {
  test('plan gives order, effort and blockers, and changes nothing', () => {
    const inner = linenModel.replace('class Model', 'class Inner');
    const outer = linenModel
      .replace('class Model', 'class Model')
      .replace('nn.Dense', 'Inner')
      .replace('export class', "import { Inner } from './inner.js';\n\nexport class");
    const { run, read } = open({ 'src/inner.ts': inner, 'src/a.ts': outer, 'src/blocked.ts': blocked });
    const { code, stdout } = run('plan', '-q');
    expect(code).toBe(1);
    expect(stdout).toMatch(/1\. .*\n {5}classes: Inner → Model\n/);
    expect(stdout).toMatch(
      /2\. manual {5}src\/blocked\.ts#Blocked\n {5}src\/blocked\.ts:\d+:\d+ {2}L2N\d+ .*\n {7}fix: /,
    );
    const json = JSON.parse(run('plan', '-q', '--format', 'json').stdout) as { units: { effort: string }[] };
    expect(json.units.map(({ effort }) => effort)).toHaveLength(2);
    expect(read('src/inner.ts')).toBe(inner);
  });

  test('doctor is content with a project in order, and says what is not', () => {
    const { run, write } = open(pair);
    const fine = run('doctor');
    expect(fine).toMatchObject({ code: 0, stdout: expect.stringMatching(/ok {3}@tensorflow\/tfjs +4\.22\.\d/) });
    write('tsconfig.json', '{');
    write('linen2nnx.config.json', '{ "stile": 1 }');
    const bad = run('doctor');
    expect(bad.code).toBe(2);
    expect(bad.stdout).toMatch(/BAD {2}settings .*stile[^]*BAD {2}tsconfig/);
    const { findings } = JSON.parse(run('doctor', '--format', 'json').stdout) as { findings: { fix: string | null }[] };
    expect(findings.filter(({ fix }) => fix !== null)).toHaveLength(2);
  });

  test('a word that is nearly a command is a slip', () => {
    mkdirSync(join(open(pair).folder, 'chek'));
    expect(project!.run('pln')).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean plan?') });
    expect(project!.run('chek').stderr).not.toContain('Did you mean');
  });

  test('--interactive without a terminal is a usage error', () => {
    const { run } = open({ 'src/model.ts': linenModel });
    expect(run('--interactive')).toMatchObject({ code: 2, stderr: expect.stringContaining('stdin is none') });
  });

  test('the help of every command has examples of it', () => {
    const { commands } = makeProgram();
    expect(commands.length).toBeGreaterThan(5);
    for (const command of commands) {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(help).toContain(`Examples:\n  linen2nnx ${command.name()}`);
    }
  });
});
