import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { transformFile } from '@swc/core';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recoverWrites, writeChanges } from '../../src/edit/write.js';
import { readRuns } from '../../src/edit/journal.js';
import type { FileChange } from '../../src/ir/edit.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'edit-'));
});

const change = (path: string, before: string, after: string): FileChange => ({ path, before, after, units: [] });
const put = (path: string, text: string | Uint8Array): void => writeFileSync(join(root, path), text);
const get = (path: string): string => readFileSync(join(root, path), 'utf8');
const strays = (): string[] => readdirSync(root).filter((each) => each.endsWith('.tmp'));

describe('writeChanges', () => {
  test('replaces every file and leaves nothing behind', async () => {
    put('a.ts', 'a');
    put('b.ts', 'b');
    const result = await writeChanges(root, [
      change('a.ts', 'a', 'A'),
      change('b.ts', 'b', 'B'),
      change('new.json', '', '{}'),
    ]);
    expect(result).toMatchObject({ status: 'written', paths: ['a.ts', 'b.ts', 'new.json'] });
    expect([get('a.ts'), get('b.ts'), get('new.json')]).toEqual(['A', 'B', '{}']);
    expect(strays()).toEqual([]);
    expect(readdirSync(join(root, '.linen2nnx')).sort()).toEqual(['.gitignore', 'runs']);
    const [run] = await readRuns(root);
    expect(run?.entries.map((each) => each.old && Buffer.from(each.old, 'base64').toString())).toEqual([
      'a',
      'b',
      null,
    ]);
  });

  test('keeps the byte order mark, line ends, missing final newline and mode bits', async () => {
    put('a.ts', '\uFEFFone\r\ntwo');
    chmodSync(join(root, 'a.ts'), 0o755);
    await writeChanges(root, [change('a.ts', 'one\r\ntwo', 'one\r\nthree')]);
    expect(readFileSync(join(root, 'a.ts'))).toEqual(Buffer.from('\uFEFFone\r\nthree'));
    expect(statSync(join(root, 'a.ts')).mode & 0o777).toBe(0o755);
  });

  test('writes through a link inside the project, and refuses one that leaves it', async () => {
    mkdirSync(join(root, 'real'));
    put('real/a.ts', 'a');
    symlinkSync('real/a.ts', join(root, 'link.ts'));
    await writeChanges(root, [change('link.ts', 'a', 'A')]);
    expect(get('real/a.ts')).toBe('A');
    expect(lstatSync(join(root, 'link.ts')).isSymbolicLink()).toBe(true);
    const elsewhere = join(mkdtempSync(join(tmpdir(), 'else-')), 'x.ts');
    writeFileSync(elsewhere, 'x');
    symlinkSync(elsewhere, join(root, 'out.ts'));
    expect(await writeChanges(root, [change('out.ts', 'x', 'X')])).toMatchObject({
      status: 'refused',
      reason: 'outside',
    });
    expect(readFileSync(elsewhere, 'utf8')).toBe('x');
  });

  test('refuses all when one file changed since it was read', async () => {
    put('a.ts', 'a');
    put('b.ts', 'edited');
    const result = await writeChanges(root, [change('a.ts', 'a', 'A'), change('b.ts', 'b', 'B')]);
    expect(result).toMatchObject({ status: 'refused', reason: 'drift', paths: ['b.ts'] });
    expect([get('a.ts'), get('b.ts')]).toEqual(['a', 'edited']);
  });

  test('refuses a file that is not UTF-8', async () => {
    put('a.ts', Uint8Array.of(0x61, 0xff));
    expect(await writeChanges(root, [change('a.ts', 'a\uFFFD', 'A')])).toMatchObject({ reason: 'encoding' });
    expect(readFileSync(join(root, 'a.ts'))).toEqual(Buffer.from([0x61, 0xff]));
  });

  test('refuses while a living process holds the lock, and takes the lock of a dead one', async () => {
    put('a.ts', 'a');
    mkdirSync(join(root, '.linen2nnx'));
    put('.linen2nnx/lock', String(process.ppid));
    expect(await writeChanges(root, [change('a.ts', 'a', 'A')])).toMatchObject({ reason: 'locked' });
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    put('.linen2nnx/lock', String(dead));
    expect(await writeChanges(root, [change('a.ts', 'a', 'A')])).toMatchObject({ status: 'written' });
  });
});

describe('a killed write', () => {
  const paths = ['a.ts', 'b.ts', 'c.ts'];
  let scripts: string;
  beforeAll(async () => {
    scripts = mkdtempSync(join(tmpdir(), 'scripts-'));
    writeFileSync(join(scripts, 'package.json'), '{"type":"module"}');
    for (const name of ['disk', 'journal', 'lock', 'recovery', 'write']) {
      const { code } = await transformFile(new URL(`../../src/edit/${name}.ts`, import.meta.url).pathname, {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      });
      writeFileSync(join(scripts, `${name}.js`), code);
    }
    writeFileSync(
      join(scripts, 'main.js'),
      `import { writeChanges } from './write.js';
      const [root, at] = process.argv.slice(2);
      let step = 0;
      const changes = ${JSON.stringify(paths)}.map((path) => ({ path, before: 'old ' + path, after: 'new ' + path, units: [] }));
      changes.push({ path: 'made.json', before: '', after: 'new made.json', units: [] });
      await writeChanges(root, changes, { onStep: () => { if (step++ === Number(at)) process.kill(process.pid, 'SIGKILL'); } });`,
    );
  });
  afterAll(() => rmSync(scripts, { recursive: true }));

  const run = (at: number): string | null => {
    for (const path of paths) put(path, `old ${path}`);
    return spawnSync(process.execPath, [join(scripts, 'main.js'), root, String(at)]).signal;
  };
  const states = (): string[] => [
    ...paths.map((each) => get(each).slice(0, 3)),
    readdirSync(root).includes('made.json') ? 'new' : 'old',
  ];

  // 0 journal, 1–4 staging, 5 commit, 6–9 replacing, 10 keep
  test.each(Array.from({ length: 11 }, (_, at) => at))('at step %i is finished or undone by the next', async (at) => {
    expect(run(at)).toBe('SIGKILL');
    const recovery = await recoverWrites(root);
    expect(recovery.status).toBe(at === 0 ? 'clean' : at <= 5 ? 'undone' : 'finished');
    expect(new Set(states())).toEqual(new Set([at <= 5 ? 'old' : 'new']));
    expect(strays()).toEqual([]);
    expect(await recoverWrites(root)).toEqual({ status: 'clean' });
  });

  test('is undone when a staged file is lost', async () => {
    run(8);
    for (const stray of strays()) rmSync(join(root, stray));
    expect(states()).toEqual(['new', 'new', 'old', 'old']);
    expect((await recoverWrites(root)).status).toBe('undone');
    expect(states()).toEqual(['old', 'old', 'old', 'old']);
  });

  test('is a conflict when someone edited a file since', async () => {
    run(8);
    put('a.ts', 'mine');
    expect(await recoverWrites(root)).toMatchObject({ status: 'conflict', paths: ['a.ts'] });
    expect(await writeChanges(root, [change('c.ts', 'old c.ts', 'x')])).toMatchObject({ reason: 'conflict' });
    expect(get('a.ts')).toBe('mine');
  });
});
