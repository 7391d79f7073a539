#!/usr/bin/env node
/** The command `linen2nnx`. Nothing heavy is loaded before a command runs. */
import process from 'node:process';
import { CommanderError } from 'commander';
import { makeProgram } from './program.js';

process.once('SIGINT', () => {
  process.stderr.write('\ninterrupted; no file is half-written\n');
  process.exit(130);
});

try {
  await makeProgram().parseAsync(process.argv);
} catch (error) {
  process.exitCode = sayFailure(error);
}

/** Says a user's mistake without a stack, our own with one. Returns the exit code. */
function sayFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Error && error.name === 'RunError' && 'exitCode' in error) {
    process.stderr.write(`${error.message}\n`);
    return Number(error.exitCode);
  }
  process.stderr.write(
    'This is a bug of linen2nnx, not of your code. Every file is whole: old, or new and listed by `linen2nnx runs`.\n',
  );
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 5;
}
