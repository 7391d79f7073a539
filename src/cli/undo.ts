/** `linen2nnx undo [run]` and `linen2nnx runs`. */
import process from 'node:process';
import { listRuns, undoRun } from '../edit/undo.js';
import { RunError } from '../pipeline/options.js';

export interface ListFlags {
  readonly format?: 'text' | 'json';
}

/** Takes a run back and returns the exit code: 2 for a run that is not there, 4 where it is refused. */
export async function undo(run: string | null): Promise<number> {
  const result = await undoRun(process.cwd(), run);
  if (result.status === 'refused') {
    throw new RunError(result.message, result.reason === 'unknown' || result.reason === 'done' ? 2 : 4);
  }
  for (const path of result.paths) process.stdout.write(`restored ${path}\n`);
  process.stderr.write(`run ${result.run} is undone; \`linen2nnx runs\` lists what stands\n`);
  return 0;
}

export async function runs({ format }: ListFlags): Promise<number> {
  const all = await listRuns(process.cwd());
  if (format === 'json') process.stdout.write(`${JSON.stringify({ schemaVersion: 1, runs: all }, null, 2)}\n`);
  else {
    for (const { run, paths, undone } of all) {
      process.stdout.write(`${run}  ${paths.length} files${undone ? '  undone' : ''}\n`);
    }
    if (all.length === 0) process.stderr.write('nothing was written in this folder yet\n');
  }
  return 0;
}
