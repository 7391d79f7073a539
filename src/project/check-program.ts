/** Whether the program still type-checks after the edits: parsed and checked in memory, before and after. */
import { join, resolve } from 'node:path';
import { Project, type SourceFile as MorphFile, ts } from 'ts-morph';
import type { FileChange } from '../ir/edit.js';
import type { SourcePath } from '../ir/source.js';
import { ownModules } from './own-modules.js';
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
  readonly before: number;
  readonly after: number;
}

/** Checks the changed files, and `options.files`, with the project's compiler options and the TypeScript in ts-morph. */
export async function checkProgram(
  root: string,
  changes: readonly FileChange[],
  options: CheckOptions = {},
): Promise<ProgramCheck> {
  const project = openProject(root, options);
  const paths = [...new Set([...changes.map((each) => each.path), ...(options.files ?? [])])].sort();
  const texts = new Map(changes.map((each) => [each.path, each]));
  const files = paths.flatMap((path) => {
    const file = addFile(project, join(resolve(root), path), texts.get(path)?.before);
    return file === null ? [] : [file];
  });
  const before = errorsIn(root, project, files);
  for (const change of changes)
    project.createSourceFile(join(resolve(root), change.path), change.after, { overwrite: true });
  const after = errorsIn(root, project, files);
  return { newErrors: withoutKnown(after, before), before: before.length, after: after.length };
}

function openProject(root: string, options: CheckOptions): Project {
  const { compilerOptions } = readConfig(root, options.project ?? null);
  return new Project({
    compilerOptions: { ...compilerOptions, ...forChecking },
    skipAddingFilesFromTsConfig: true,
    skipFileDependencyResolution: true,
    ...(options.packageRoot === undefined ? {} : { resolutionHost: ownModules(options.packageRoot) }),
  });
}

/** Nothing is written, and other people's declarations are not the project's errors. */
const forChecking: ts.CompilerOptions = {
  noEmit: true,
  skipLibCheck: true,
  composite: false,
  incremental: false,
  declaration: false,
};

function addFile(project: Project, path: string, text: string | undefined): MorphFile | null {
  if (text !== undefined) return project.createSourceFile(path, text, { overwrite: true });
  return project.addSourceFileAtPathIfExists(path) ?? null;
}

function errorsIn(root: string, project: Project, files: readonly MorphFile[]): readonly ProgramError[] {
  const program = project.getProgram().compilerObject;
  return files.flatMap((file) => {
    const node = program.getSourceFile(file.getFilePath());
    if (node === undefined) return [];
    const syntactic = program.getSyntacticDiagnostics(node);
    const found = syntactic.length > 0 ? syntactic : program.getSemanticDiagnostics(node);
    return found.map((each) => describe(root, node, each));
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
