import { transformFile } from '@swc/core';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const sources = new URL('../../src/edit/', import.meta.url).pathname;
const plain = ['disk', 'journal', 'lock', 'recovery', 'transaction', 'undo', 'write'];

/** The writing part of `src/edit` as a program of its own, so that a test can kill it. */
export interface Writer {
  readonly script: string;
  /** `write` of `paths` from `old …` to `new …`, or `undo` of the last run; killed by itself at a step where `at` is given. */
  start(root: string, what: 'write' | 'undo', at?: number): ChildProcess;
  remove(): void;
}

export async function makeWriter(paths: readonly string[]): Promise<Writer> {
  const folder = mkdtempSync(join(tmpdir(), 'writer-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const name of plain) {
    const { code } = await transformFile(join(sources, `${name}.ts`), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    });
    writeFileSync(join(folder, `${name}.js`), code);
  }
  const script = join(folder, 'main.js');
  writeFileSync(
    script,
    `import { undoRun } from './undo.js';
    import { writeChanges } from './write.js';
    const [root, what, at] = process.argv.slice(2);
    let step = 0;
    const onStep = () => { if (step++ === Number(at)) process.kill(process.pid, 'SIGKILL'); };
    const changes = ${JSON.stringify(paths)}.map((path) => ({ path, before: 'old ' + path, after: 'new ' + path, units: [] }));
    changes.push({ path: 'made.json', before: '', after: 'new made.json', units: [] });
    process.stdout.write('ready');
    const result = what === 'undo' ? await undoRun(root, null, { onStep }) : await writeChanges(root, changes, { onStep });
    process.stdout.write(JSON.stringify(result));`,
  );
  return {
    script,
    start: (root, what, at = -1) => spawn(process.execPath, [script, root, what, String(at)], { stdio: 'pipe' }),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

export function strays(root: string): string[] {
  return readdirSync(root).filter((each) => each.endsWith('.tmp'));
}
