import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listRuns, undoRun } from '../../src/edit/undo.js';
import { writeChanges } from '../../src/edit/write.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'undo-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (path: string, text: string): void => writeFileSync(join(root, path), text);
const get = (path: string): string => readFileSync(join(root, path), 'utf8');
async function write(...changes: (readonly [string, string, string])[]): Promise<string> {
  const all = changes.map(([path, before, after]) => ({ path, before, after, units: [] }));
  const result = await writeChanges(root, all);
  if (result.status !== 'written') throw new Error(result.message);
  return result.run;
}

describe('undo', () => {
  test('gives the bytes, the mode and the absence of before, and is listed', async () => {
    const old = '\uFEFFone\r\ntwo';
    put('a.ts', old);
    chmodSync(join(root, 'a.ts'), 0o755);
    const run = await write(['a.ts', 'one\r\ntwo', 'three'], ['made.json', '', '{}']);
    expect(await listRuns(root)).toEqual([{ run, paths: ['a.ts', 'made.json'], undone: false }]);
    expect(await undoRun(root, null)).toEqual({ status: 'undone', run, paths: ['a.ts', 'made.json'] });
    expect(readFileSync(join(root, 'a.ts'))).toEqual(Buffer.from(old));
    expect(statSync(join(root, 'a.ts')).mode & 0o777).toBe(0o755);
    expect(existsSync(join(root, 'made.json'))).toBe(false);
    expect(await listRuns(root)).toEqual([{ run, paths: ['a.ts', 'made.json'], undone: true }]);
    expect(await undoRun(root, run)).toMatchObject({ reason: 'done' });
    expect(await undoRun(root, null)).toMatchObject({ reason: 'unknown' });
  });

  test('takes runs back one by one from the last, and an earlier one where nothing was written over it', async () => {
    put('a.ts', '1');
    put('b.ts', '1');
    const first = await write(['a.ts', '1', '2']);
    const second = await write(['a.ts', '2', '3']);
    const third = await write(['b.ts', '1', '2']);
    const early = await undoRun(root, first);
    expect(early).toMatchObject({ reason: 'drift', paths: ['a.ts'], message: expect.stringContaining(second) });
    expect(get('a.ts')).toBe('3');
    expect((await undoRun(root, second)).status).toBe('undone');
    expect([get('a.ts'), get('b.ts')]).toEqual(['2', '2']);
    expect(await undoRun(root, null)).toMatchObject({ run: third });
    expect(await undoRun(root, null)).toMatchObject({ run: first });
    expect([get('a.ts'), get('b.ts')]).toEqual(['1', '1']);
  });

  test('is refused whole when one file was changed or removed since', async () => {
    put('a.ts', '1');
    put('b.ts', '1');
    await write(['a.ts', '1', '2'], ['b.ts', '1', '2']);
    put('b.ts', 'mine');
    expect(await undoRun(root, null)).toMatchObject({ reason: 'drift', paths: ['b.ts'] });
    rmSync(join(root, 'b.ts'));
    expect(await undoRun(root, null)).toMatchObject({ reason: 'drift', paths: ['b.ts'] });
    expect(get('a.ts')).toBe('2');
  });

  test('is refused for a name that is no run', async () => {
    expect(await undoRun(root, 'x')).toMatchObject({ reason: 'unknown', message: expect.stringContaining('x') });
  });
});
