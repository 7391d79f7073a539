/** One file, read: parsed once, lowered to plain data, its names settled. */
import { createHash } from 'node:crypto';
import { ts } from 'ts-morph';
import type { SourceFile, SourceModel, SourcePath } from '../ir/source.js';
import { readComments } from './comments.js';
import { decode, languageOf, layoutOf } from './layout.js';
import { lowerClass } from './lower-class.js';
import { lowerExpression, lowerKey } from './lower-expression.js';
import { lowerFunction, lowerFunctionBody, lowerSignature } from './lower-function.js';
import { readNames } from './lower-names.js';
import { lowerBinding, lowerTarget } from './lower-pattern.js';
import { lowerBlock, lowerStatement } from './lower-statement.js';
import { lowerType } from './lower-type.js';
import type { Lowerings, Reader } from './reader.js';
import { settle, startNames } from './scope.js';

/**
 * Parses and lowers a file without a type checker. Never throws for what a file holds: parse errors, and bytes that are
 * not UTF-8, are in `errors`.
 */
export function readSource(source: SourceFile): SourceModel {
  const { path, bytes } = source;
  const decoded = decode(bytes);
  const text = decoded?.text ?? '';
  const base = { path, text, blob: blobHash(bytes), layout: layoutOf(path, text, decoded?.bom ?? false) };
  if (decoded === null) {
    const message = 'The file is not UTF-8 text.';
    return { ...base, body: [], bindings: {}, comments: [], errors: [{ span: { start: 0, end: 0 }, message }] };
  }
  const file = parse(path, text);
  const reader: Reader = { file, text, names: startNames(path, { start: 0, end: text.length }), lower: lowerings };
  const body = file.statements.map((each) => lowerStatement(reader, each));
  return { ...base, body, bindings: settle(reader.names), comments: readComments(file), errors: parseErrors(file) };
}

/** Reads text that is not on a disk: a changed file, an editor's buffer. */
export function readText(path: SourcePath, text: string): SourceModel {
  return readSource({ path, bytes: new TextEncoder().encode(text) });
}

const lowerings: Lowerings = {
  expression: lowerExpression,
  statement: lowerStatement,
  block: lowerBlock,
  binding: lowerBinding,
  target: lowerTarget,
  function: lowerFunction,
  signature: lowerSignature,
  functionBody: lowerFunctionBody,
  classNode: lowerClass,
  key: lowerKey,
  type: lowerType,
  names: readNames,
};

function parse(path: SourcePath, text: string): ts.SourceFile {
  const options = {
    languageVersion: ts.ScriptTarget.Latest,
    jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
  };
  return ts.createSourceFile(path, text, options, false, scriptKinds[languageOf(path)]);
}

const scriptKinds = {
  ts: ts.ScriptKind.TS,
  mts: ts.ScriptKind.TS,
  cts: ts.ScriptKind.TS,
  tsx: ts.ScriptKind.TSX,
  js: ts.ScriptKind.JSX,
  jsx: ts.ScriptKind.JSX,
  mjs: ts.ScriptKind.JSX,
  cjs: ts.ScriptKind.JSX,
};

/** The parser keeps its errors on the file; only the program type has an accessor for them. */
function parseErrors(file: ts.SourceFile): SourceModel['errors'] {
  const { parseDiagnostics } = file as unknown as { readonly parseDiagnostics: readonly ts.DiagnosticWithLocation[] };
  return parseDiagnostics.map((each) => ({
    span: { start: each.start, end: each.start + each.length },
    message: ts.flattenDiagnosticMessageText(each.messageText, '\n'),
  }));
}

/** As `git hash-object` names the bytes. */
function blobHash(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}
