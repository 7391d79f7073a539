import { beforeEach, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeChanges } from '../../src/edit/write.js';
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

  test('refuses a read-only file, whoever runs it', async () => {
    put('a.ts', 'a');
    chmodSync(join(root, 'a.ts'), 0o444);
    expect(await writeChanges(root, [change('a.ts', 'a', 'A')])).toMatchObject({
      reason: 'read-only',
      paths: ['a.ts'],
    });
    expect(get('a.ts')).toBe('a');
  });

  test('of two writes at once one writes and the other is refused, a stale lock there or not', async () => {
    for (const stale of [false, true]) {
      put('a.ts', 'a');
      if (stale) put('.linen2nnx/lock', String(spawnSync(process.execPath, ['-e', '']).pid));
      const results = await Promise.all(
        ['A', 'B', 'C', 'D'].map((after) => writeChanges(root, [change('a.ts', 'a', after)])),
      );
      expect(results.filter(({ status }) => status === 'written')).toHaveLength(1);
      expect(['A', 'B', 'C', 'D']).toContain(get('a.ts'));
      expect(readdirSync(join(root, '.linen2nnx')).sort()).toEqual(['.gitignore', 'runs']);
    }
  });
});
