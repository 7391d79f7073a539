/** Whether the program still type-checks after the edits: parsed and checked in memory, before and after. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ts } from 'ts-morph';
import type { FileChange } from '../ir/edit.js';
import type { SourcePath } from '../ir/source.js';
import { checkHost } from './check-host.js';
import { readConfig, toProjectPath } from './read-config.js';

export interface CheckOptions {
  /** Files to check besides the changed ones: those that may use what changed. */
  readonly files?: readonly SourcePath[];
  /** A tsconfig other than the root's. */
  readonly project?: string;
  /**
   * Folder of this package, for projects that do not have it under `node_modules`. With it, `linen2nnx/*` always means
   * this package, in source form where its declarations are not built.
   */
  readonly packageRoot?: string;
}
export interface ProgramError {
  readonly path: SourcePath;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly code: number;
  readonly message: string;
}
export interface ProgramCheck {
  /** Errors that the edits brought. */
  readonly newErrors: readonly ProgramError[];
  /** All that is wrong with them, the errors that were there before among it. */
  readonly after: number;
}

/**
 * Checks the changed files, and `options.files`, with the project's compiler options and the TypeScript in ts-morph.
 *
 * The new text goes first: only files in which something is wrong are looked at as they were.
 */
export async function checkProgram(
  root: string,
  changes: readonly FileChange[],
  options: CheckOptions = {},
): Promise<ProgramCheck> {
  const { compilerOptions } = readConfig(root, options.project ?? null);
  const host = checkHost({ ...compilerOptions, ...forChecking }, options.packageRoot);
  const place = (path: SourcePath): string => join(resolve(root), path);
  const sides = {
    before: new Map(changes.map((each) => [place(each.path), each.before])),
    after: new Map(changes.map((each) => [place(each.path), each.after])),
  };
  const paths = [...new Set([...changes.map((each) => each.path), ...(options.files ?? [])])].sort().map(place);
  const files = paths.filter((path) => sides.after.has(path) || existsSync(path));

  const after = errorsIn(root, host.program(files, sides.after), files);
  if (after.length === 0) return { newErrors: [], after: 0 };
  const wrong = new Set(after.map((each) => place(each.path)));
  const before = errorsIn(root, host.program(files, sides.before), [...wrong]);
  return { newErrors: withoutKnown(after, before), after: after.length };
}

/** Nothing is written, and other people's declarations are not the project's errors. */
const forChecking: ts.CompilerOptions = {
  noEmit: true,
  skipLibCheck: true,
  composite: false,
  incremental: false,
  declaration: false,
};

function errorsIn(root: string, program: ts.Program, files: readonly string[]): readonly ProgramError[] {
  return files.flatMap((path) => {
    const file = program.getSourceFile(path);
    if (file === undefined) return [];
    const syntactic = program.getSyntacticDiagnostics(file);
    const found = syntactic.length > 0 ? syntactic : program.getSemanticDiagnostics(file);
    return found.map((each) => describe(root, file, each));
  });
}

function describe(root: string, file: ts.SourceFile, error: ts.Diagnostic): ProgramError {
  const at = ts.getLineAndCharacterOfPosition(file, error.start ?? 0);
  return {
    path: toProjectPath(root, file.fileName),
    line: at.line + 1,
    column: at.character + 1,
    code: error.code,
    message: ts.flattenDiagnosticMessageText(error.messageText, '\n'),
  };
}

/** An error counts as known when its file had one of the same code and words: lines move. */
function withoutKnown(after: readonly ProgramError[], before: readonly ProgramError[]): readonly ProgramError[] {
  const known = new Map<string, number>();
  for (const each of before) known.set(keyOf(each), (known.get(keyOf(each)) ?? 0) + 1);
  return after.filter((each) => {
    const left = known.get(keyOf(each)) ?? 0;
    known.set(keyOf(each), left - 1);
    return left <= 0;
  });
}

function keyOf(error: ProgramError): string {
  return `${error.path} ${error.code} ${error.message}`;
}
