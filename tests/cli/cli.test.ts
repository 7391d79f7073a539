import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { initSite, linenModel, repository, temporaryProject, type TemporaryProject } from './temporary-project.js';

let project: TemporaryProject | null = null;
afterEach(() => project?.remove());

function open(files: { readonly [path: string]: string }, options?: { config: boolean }): TemporaryProject {
  project = temporaryProject(files, options);
  return project;
}

describe('usage', () => {
  test('an unknown flag is a usage error that names the nearest one', () => {
    const { code, stderr } = open({ 'src/model.ts': linenModel }).run('src', '--dry-rum');
    expect(code).toBe(2);
    expect(stderr).toContain("unknown option '--dry-rum'");
    expect(stderr).toContain('--dry-run');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('a path that matches nothing is a usage error', () => {
    const { code, stderr } = open({ 'src/model.ts': linenModel }).run('scr');
    expect(code).toBe(2);
    expect(stderr).toContain('scr matches no');
  });

  test('help and version go to stdout with code 0', () => {
    const { run } = open({});
    expect(run('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('Exit codes: 0 done') });
    expect(run('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('explain says a code in full, and suggests one for a slip', () => {
    const { run } = open({});
    expect(run('explain', 'l2n101').stdout).toMatch(/L2N101 {2}no-compact[^]*why: [^]*fix: [^]*before:[^]*after:/);
    expect(run('explain', 'L2N40O')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Did you mean L2N4\d\d/),
    });
  });

  test('an unknown setting in the config file is named', () => {
    const { run } = open({ 'src/model.ts': linenModel, 'linen2nnx.config.json': '{ "stile": "guide" }' });
    expect(run('src')).toMatchObject({ code: 2, stderr: expect.stringContaining('stile') });
  });

  test('a config file may be TypeScript, and is read before anything is done', () => {
    const config = `import { defineConfig } from 'linen2nnx';
      const seed: number = 3;
      export default defineConfig({ verify: 'off', exclude: ['src/start.ts'], seed } as const);`;
    const { run, write } = open({
      'src/model.ts': linenModel,
      'src/start.ts': initSite,
      'linen2nnx.config.ts': config,
    });
    expect(run('doctor').stdout).toMatch(/settings +verify, exclude, seed/);
    expect(run('--dry-run').stdout).toContain('L2N490');
    write('linen2nnx.config.ts', 'export const a = 1;');
    expect(run('--dry-run')).toMatchObject({ code: 2, stderr: expect.stringContaining('no default export') });
  });
});

describe('check', () => {
  test('lists what is left with code 1, and nothing more than a baseline with code 0', () => {
    const { run, write, read } = open({ 'src/model.ts': linenModel, 'src/other.ts': 'export const a = 1;\n' });
    const all = run('check', 'src');
    expect(all.code).toBe(1);
    expect(all.stdout).toMatch(/^src\/model\.ts:\d+:\d+ {2}L2N103: /m);
    expect(all.stderr).toMatch(/\d+ left in 1 files/);
    const json = JSON.parse(run('check', '--format', 'json').stdout) as { findings: { code: string }[] };
    expect(json.findings).toHaveLength(all.stdout.trim().split('\n').length);
    expect(run('check', '--baseline', 'left.json').code).toBe(2);
    expect(run('check', '--baseline', 'left.json', '--update-baseline').code).toBe(0);
    expect(run('check', '--baseline', 'left.json')).toMatchObject({ code: 0, stdout: '' });
    write('src/more.ts', linenModel);
    const more = run('check', '--baseline', 'left.json', '--update-baseline');
    expect(more).toMatchObject({ code: 1, stdout: expect.stringMatching(/^src\/more\.ts/) });
    expect(read('left.json')).not.toContain('more.ts');
  });

  test('every form for machines names each line that is left', () => {
    const { run } = open({ 'src/model.ts': linenModel });
    const count = run('check').stdout.trim().split('\n').length;
    const said = (format: string) => run('check', '--format', format);
    const sarif = JSON.parse(said('sarif').stdout) as { runs: { results: { ruleId: string }[] }[] };
    expect(sarif.runs[0]!.results).toHaveLength(count);
    expect(sarif.runs[0]!.results.map(({ ruleId }) => ruleId)).toContain('L2N103');
    expect(said('github').stdout.match(/^::\w+ file=src\/model\.ts,line=\d+/gm)).toHaveLength(count);
    expect(said('markdown').stdout).toContain('src/model.ts');
    expect(said('junit')).toMatchObject({ code: 1, stdout: expect.stringContaining('L2N103') });
  });

  test('a file that does not parse is named, with code 5', () => {
    const { run } = open({ 'src/model.ts': `${linenModel}\nclass {` });
    expect(run('check')).toMatchObject({ code: 5, stderr: expect.stringContaining('src/model.ts: does not parse') });
  });
});

describe('projects that are not as hoped', () => {
  test('no Linen code: said, nothing written, code 0', () => {
    const { run, git } = open({ 'src/a.ts': 'export const a = 1;\n' });
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'start');
    const { code, stderr } = run('src');
    expect(stderr).toContain('No Linen code found in 1 source files');
    expect(code).toBe(0);
    expect(git('status', '--porcelain')).toBe('');
  });

  test('a syntax error: the place is named, the file and what it uses are left, code 5', () => {
    const broken = "import { Model } from './model.js';\nexport const m = new Model(;\n";
    const { run, read } = open({ 'src/model.ts': linenModel, 'src/broken.ts': broken });
    const { code, stdout } = run('src', '--allow-no-vcs');
    expect(code).toBe(5);
    expect(stdout).toContain('src/broken.ts: syntax error at 2:28');
    expect(stdout).toContain('L2N495');
    expect(read('src/broken.ts')).toBe(broken);
    expect(read('src/model.ts')).toBe(linenModel);
  });

  test('no tsconfig: a note, and the project is read all the same', () => {
    const { run } = open({ 'src/model.ts': linenModel }, { config: false });
    const { code, stderr, stdout } = run('src', '--dry-run', '--verify', 'off');
    expect(stderr).toContain('There is no tsconfig.json');
    expect(stdout).toContain('src/model.ts#Model');
    expect(code).toBe(1);
  });

  test('a broken tsconfig: place and message, code 2', () => {
    const { run } = open({ 'src/model.ts': linenModel, 'tsconfig.json': '{\n  "compilerOptions": {\n' });
    const { code, stderr } = run('src');
    expect(code).toBe(2);
    expect(stderr).toMatch(/tsconfig\.json:\d+:\d+ /);
  });

  test('no version control, or uncommitted changes: refused with code 4, nothing written', () => {
    const { run, read, git, write } = open({ 'src/model.ts': linenModel });
    expect(run('src', '--verify', 'off')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('--allow-no-vcs'),
    });
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'start');
    write('src/model.ts', `${linenModel}// more\n`);
    expect(run('src', '--verify', 'off')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('src/model.ts'),
    });
    expect(read('src/model.ts')).toBe(`${linenModel}// more\n`);
  });
});

describe('conversion', () => {
  test('converts, verifies and writes; a second run changes nothing', () => {
    const { run, git, read } = open({ 'src/model.ts': linenModel, 'src/start.ts': initSite });
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'start');
    const first = run('src', '--format', 'json');
    expect(first.code).toBe(0);
    const report = JSON.parse(first.stdout) as { totals: { converted: number } };
    expect(report.totals.converted).toBe(1);
    expect(read('src/start.ts')).toContain('new Model(8, 4, { rngs: new nnx.Rngs(0) })');
    expect(read('src/model.ts')).not.toContain('linen2nnx/linen');
    git('add', '.');
    git('commit', '-qm', 'converted');
    expect(run('src').code).toBe(0);
    expect(git('status', '--porcelain')).toBe('');
  });

  test('--diff writes nothing, and applied with git apply it gives what writing gives', () => {
    const { run, git, read } = open({ 'src/model.ts': linenModel, 'src/start.ts': initSite });
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'start');
    const { stdout, code } = run('src', '--diff', '--verify', 'off');
    expect(code).toBe(1);
    expect(git('status', '--porcelain')).toBe('');
    run('src', '--verify', 'off');
    const written = [read('src/model.ts'), read('src/start.ts'), read('linen2nnx.manifest.json')];
    git('stash', '--include-untracked', '-q');
    project?.write('.git/the.diff', stdout);
    git('apply', '.git/the.diff');
    expect([read('src/model.ts'), read('src/start.ts'), read('linen2nnx.manifest.json')]).toEqual(written);
  });

  test('a unit that reaches outside the paths is left with its reason', () => {
    const { run, read } = open({ 'src/model.ts': linenModel, 'src/start.ts': initSite });
    const { code, stdout } = run('src/model.ts', '--allow-no-vcs', '--verify', 'off');
    expect(code).toBe(1);
    expect(stdout).toContain('L2N490');
    expect(read('src/start.ts')).toBe(initSite);
    expect(read('src/model.ts')).toContain('// @linen2nnx-todo L2N490');
  });
});

describe('what is loaded', () => {
  test('--help loads neither the compiler, nor prettier, nor TensorFlow.js', () => {
    expect(heavyImports('cli/main.js')).toEqual([]);
  });

  test('a run without verification loads no TensorFlow.js', () => {
    expect(heavyImports('cli/convert.js').filter((each) => each.startsWith('@tensorflow'))).toEqual([]);
  });
});

/** Heavy packages among the static imports that a built file leads to. */
function heavyImports(entry: string): string[] {
  const seen = new Set<string>();
  const heavy = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path) || !existsSync(path)) return;
    seen.add(path);
    for (const [, specifier = ''] of readFileSync(path, 'utf8').matchAll(
      /^(?:import|export)\b[^;]*?['"]([^'"]+)['"];/gm,
    )) {
      if (specifier.startsWith('.')) visit(join(path, '..', specifier));
      else if (/^(ts-morph|prettier|@tensorflow)/.test(specifier)) heavy.add(specifier);
    }
  };
  visit(join(repository, 'dist', 'src', entry));
  expect(seen.size).toBeGreaterThan(1);
  return [...heavy].sort();
}
