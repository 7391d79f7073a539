/** What every lowering function gets: the file, its names, and the other lowerings. */
import { ts } from 'ts-morph';
import type {
  Block,
  ClassNode,
  Decorator,
  Expression,
  FunctionExpression,
  Identifier,
  Parameter,
  Pattern,
  PropertyKey,
  Span,
  Statement,
  TypeNode,
  TypeReference,
} from '../ir/syntax.js';
import { type Declaration, type Names, type Use, use } from './scope.js';

export interface Reader {
  readonly file: ts.SourceFile;
  readonly text: string;
  readonly names: Names;
  readonly lower: Lowerings;
}
/** One for each kind of place; composed in `read-source`, so that the files need not import one another. */
export interface Lowerings {
  readonly expression: (reader: Reader, node: ts.Node) => Expression;
  readonly statement: (reader: Reader, node: ts.Node) => Statement;
  /** A block that is not a function's body. */
  readonly block: (reader: Reader, node: ts.Block) => Block;
  /** Declares the names in it. */
  readonly binding: (reader: Reader, node: ts.BindingName, how: Declaration) => Pattern;
  /** An assignment's left side. */
  readonly target: (reader: Reader, node: ts.Expression, compound: boolean) => Pattern;
  readonly function: (reader: Reader, node: FunctionNode) => FunctionExpression;
  readonly signature: (reader: Reader, node: ts.SignatureDeclaration) => Signature;
  readonly functionBody: (reader: Reader, node: ts.Block) => Block;
  readonly classNode: (reader: Reader, node: ts.ClassLikeDeclaration) => ClassNode;
  readonly key: (reader: Reader, node: ts.PropertyName) => PropertyKey;
  readonly type: (reader: Reader, node: ts.TypeNode) => TypeNode;
  /** Reads whatever is below a node only for its names. */
  readonly names: (reader: Reader, node: ts.Node) => void;
}
export type FunctionNode =
  ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction | ts.MethodDeclaration | ts.AccessorDeclaration;
export interface Signature {
  readonly typeParameters: Span | null;
  readonly thisParam: Parameter | null;
  readonly params: readonly Parameter[];
  readonly paramsSpan: Span;
  readonly returnType: TypeNode | null;
}

export function spanOf(reader: Reader, node: ts.Node): Span {
  return { start: node.getStart(reader.file), end: node.end };
}

/** From the first character after the opening to the closing one, both excluded. */
export function insideOf(reader: Reader, list: ts.NodeArray<ts.Node>): Span {
  return { start: list.pos, end: skipTrivia(reader.text, list.end) };
}

/** `<T, U>` with its brackets. */
export function typeParametersSpan(reader: Reader, list: ts.NodeArray<ts.Node> | undefined): Span | null {
  if (list === undefined) return null;
  return { start: list.pos - 1, end: skipTrivia(reader.text, list.end) + 1 };
}

/** The position of the first character that is neither white space nor comment. */
export function skipTrivia(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code <= 32 || code === 0xa0 || code === 0xfeff || code === 0x2028 || code === 0x2029) at += 1;
    else if (text.startsWith('//', at)) at = endOfLine(text, at);
    else if (text.startsWith('/*', at)) at = afterOrEnd(text, text.indexOf('*/', at + 2), 2);
    else return at;
  }
}

export function endOfLine(text: string, from: number): number {
  const match = /[\n\r\u2028\u2029]/g;
  match.lastIndex = from;
  return match.exec(text)?.index ?? text.length;
}

function afterOrEnd(text: string, found: number, length: number): number {
  return found === -1 ? text.length : found + length;
}

export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (node.modifiers?.some((each) => each.kind === kind) ?? false);
}

export function accessOf(node: ts.Node): 'public' | 'protected' | 'private' | null {
  if (hasModifier(node, ts.SyntaxKind.PrivateKeyword)) return 'private';
  if (hasModifier(node, ts.SyntaxKind.ProtectedKeyword)) return 'protected';
  return hasModifier(node, ts.SyntaxKind.PublicKeyword) ? 'public' : null;
}

export function decoratorsOf(reader: Reader, node: ts.Node): readonly Decorator[] {
  if (!ts.canHaveModifiers(node) || node.modifiers === undefined) return [];
  const modifiers: readonly ts.ModifierLike[] = node.modifiers;
  return modifiers
    .filter((each) => ts.isDecorator(each))
    .map((each) => ({ span: spanOf(reader, each), expression: reader.lower.expression(reader, each.expression) }));
}

/** An identifier that is read (or read and written). */
export function readName(reader: Reader, node: ts.Identifier, how?: Partial<Pick<Use, 'read' | 'write'>>): Identifier {
  const identifier = { kind: 'Identifier' as const, span: spanOf(reader, node), name: node.text, binding: null };
  use(reader.names, identifier, how);
  return identifier;
}

/** Runs `read` and gives the names it mentions, as identifiers. */
export function mentioned(reader: Reader, read: () => void): readonly Identifier[] {
  return usesOf(reader, read).map((each) => {
    const identifier = { kind: 'Identifier' as const, span: each.span, name: each.name, binding: null };
    each.targets.push(identifier);
    return identifier;
  });
}

/** Runs `read` and gives the names it mentions, beside its result. */
export function withReferences<T>(reader: Reader, read: () => T): { result: T; references: readonly TypeReference[] } {
  let result: T | undefined;
  const uses = usesOf(reader, () => {
    result = read();
  });
  const references = uses.map((each) => {
    const reference = { name: each.name, span: each.span, binding: null };
    each.targets.push(reference);
    return reference;
  });
  return { result: result as T, references };
}

function usesOf(reader: Reader, read: () => void): readonly Use[] {
  const before = reader.names.uses.length;
  read();
  return reader.names.uses.slice(before);
}
