import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { undoRun } from '../../src/edit/undo.js';
import { recoverWrites, writeChanges } from '../../src/edit/write.js';
import { isLong } from '../long-run.js';
import { makeWriter, strays, type Writer } from './writer-process.js';

const few = ['a.ts', 'b.ts', 'c.ts'];
const many = Array.from({ length: 40 }, (_, at) => `file${at}.ts`);

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'killed-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (path: string, text: string): void => writeFileSync(join(root, path), text);
const get = (path: string): string => readFileSync(join(root, path), 'utf8');
/** `old` or `new` for each file; anything else is a file that was damaged. */
function states(paths: readonly string[]): string[] {
  const whole = paths.map((path) => {
    const state = get(path).split(' ')[0] ?? '';
    return get(path) === `${state} ${path}` ? state : `damaged: ${get(path)}`;
  });
  return [...whole, existsSync(join(root, 'made.json')) ? get('made.json').slice(0, 3) : 'old'];
}
async function ended(child: ChildProcess): Promise<NodeJS.Signals | null> {
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal;
}

describe('a write killed at a step', () => {
  let writer: Writer;
  beforeAll(async () => {
    writer = await makeWriter(few);
  });
  afterAll(() => writer.remove());

  const run = (what: 'write' | 'undo', at: number): Promise<NodeJS.Signals | null> => {
    if (what === 'write') for (const path of few) put(path, `old ${path}`);
    return ended(writer.start(root, what, at));
  };

  // 0 journal, 1–4 staging, 5 commit, 6–9 replacing, 10 keep
  test.each(Array.from({ length: 11 }, (_, at) => at))('%i is finished or undone by the next', async (at) => {
    expect(await run('write', at)).toBe('SIGKILL');
    const recovery = await recoverWrites(root);
    expect(recovery.status).toBe(at === 0 ? 'clean' : at <= 5 ? 'undone' : 'finished');
    expect(new Set(states(few))).toEqual(new Set([at <= 5 ? 'old' : 'new']));
    expect(strays(root)).toEqual([]);
    expect(await recoverWrites(root)).toEqual({ status: 'clean' });
  });

  test.each([0, 3, 5, 6, 8, 9, 10])('%i of an undo is finished or undone by the next', async (at) => {
    await run('write', -1);
    expect(new Set(states(few))).toEqual(new Set(['new']));
    expect(await run('undo', at)).toBe('SIGKILL');
    await recoverWrites(root);
    expect(new Set(states(few))).toEqual(new Set([at <= 5 ? 'new' : 'old']));
    expect((await undoRun(root, null)).status).toBe(at <= 5 ? 'undone' : 'refused');
    expect(new Set(states(few))).toEqual(new Set(['old']));
  });

  test('is undone when a staged file is lost', async () => {
    await run('write', 8);
    for (const stray of strays(root)) rmSync(join(root, stray));
    expect(states(few)).toEqual(['new', 'new', 'old', 'old']);
    expect((await recoverWrites(root)).status).toBe('undone');
    expect(states(few)).toEqual(['old', 'old', 'old', 'old']);
  });

  test('is a conflict when someone edited a file since', async () => {
    await run('write', 8);
    put('a.ts', 'mine');
    expect(await recoverWrites(root)).toMatchObject({ status: 'conflict', paths: ['a.ts'] });
    expect(await writeChanges(root, [{ path: 'c.ts', before: 'old c.ts', after: 'x', units: [] }])).toMatchObject({
      reason: 'conflict',
    });
    expect(await undoRun(root, null)).toMatchObject({ reason: 'conflict' });
    expect(get('a.ts')).toBe('mine');
  });
});

describe('a write killed at any moment', () => {
  let writer: Writer;
  beforeAll(async () => {
    writer = await makeWriter(many);
  });
  afterAll(() => writer.remove());

  const rounds = isLong ? 200 : 20;
  test(`${rounds} times: every file is old or new, and the next run makes them one of the two`, async () => {
    const mixed = { during: 0, old: 0, new: 0 };
    for (let round = 0; round < rounds; round += 1) {
      for (const path of many) put(path, `old ${path}`);
      rmSync(join(root, 'made.json'), { force: true });
      const child = writer.start(root, 'write');
      // It may be done before it is killed: its end is listened for from the start.
      const end = ended(child);
      await once(child.stdout!, 'data');
      await sleep((((round * 0.618) % 1) * 100) / 1.5);
      child.kill('SIGKILL');
      await end;
      const seen = new Set(states(many));
      expect([...seen].filter((each) => each !== 'old' && each !== 'new')).toEqual([]);
      if (seen.size === 2) mixed.during += 1;
      await recoverWrites(root);
      const after = [...new Set(states(many))];
      expect(after).toHaveLength(1);
      expect(strays(root)).toEqual([]);
      mixed[after[0] as 'old' | 'new'] += 1;
    }
    expect(mixed.old).toBeGreaterThan(0);
    expect(mixed.old + mixed.new).toBe(rounds);
  }, 300_000);
});

describe('a disk that takes no more', () => {
  const room = 'a'.repeat(200_000);
  const change = (path: string, before: string, after: string) => ({ path, before, after, units: [] });

  test('leaves every file as it was, says so, and nothing behind', async () => {
    const writer = await makeWriter([]);
    put('a.ts', 'old a.ts');
    put('b.ts', 'old b.ts');
    const script = join(writer.script, '..', 'large.js');
    const changes = [change('a.ts', 'old a.ts', 'new'), change('b.ts', 'old b.ts', room)];
    writeFileSync(
      script,
      `import { writeChanges } from './write.js';
      process.stdout.write(JSON.stringify(await writeChanges(process.argv[2], ${JSON.stringify(changes)})));`,
    );
    // Files may have 64 blocks of 1024 bytes: what a full disk does, without one.
    const limited = ['-c', 'ulimit -f 64; exec "$0" "$@"', process.execPath, script, root];
    const { stdout } = spawnSync('bash', limited, { encoding: 'utf8' });
    writer.remove();
    expect(JSON.parse(stdout)).toMatchObject({ status: 'refused', reason: 'system' });
    expect([get('a.ts'), get('b.ts')]).toEqual(['old a.ts', 'old b.ts']);
    expect(strays(root)).toEqual([]);
    expect(await recoverWrites(root)).toEqual({ status: 'clean' });
  });
});
