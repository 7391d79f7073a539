/** Classes and their members. */
import { ts } from 'ts-morph';
import type { ClassField, ClassMember, ClassMethod, ClassNode, OpaqueMember, Span } from '../ir/syntax.js';
import { declareTypeParameters } from './lower-function.js';
import {
  accessOf,
  decoratorsOf,
  hasModifier,
  insideOf,
  mentioned,
  type Reader,
  spanOf,
  typeParametersSpan,
} from './reader.js';
import { declare, inFunction, inScope } from './scope.js';

/** The name of a declaration belongs to the scope around it, that of an expression to the class alone. */
export function lowerClass(reader: Reader, node: ts.ClassLikeDeclaration): ClassNode {
  const outer = ts.isClassDeclaration(node) ? declareClass(reader, node) : null;
  const decorators = decoratorsOf(reader, node);
  return inScope(reader.names, () => {
    const binding = outer ?? declareClass(reader, node);
    declareTypeParameters(reader, node.typeParameters);
    const heritage = node.heritageClauses?.find((each) => each.token === ts.SyntaxKind.ExtendsKeyword);
    const implemented = node.heritageClauses?.find((each) => each.token === ts.SyntaxKind.ImplementsKeyword);
    const base = heritage?.types[0];
    const superClass = base === undefined ? null : reader.lower.expression(reader, base.expression);
    for (const each of [...(base?.typeArguments ?? []), ...(implemented?.types ?? [])]) reader.lower.type(reader, each);
    return {
      span: spanOf(reader, node),
      name: node.name?.text ?? null,
      nameSpan: node.name === undefined ? null : spanOf(reader, node.name),
      binding,
      abstract: hasModifier(node, ts.SyntaxKind.AbstractKeyword),
      typeParameters: typeParametersSpan(reader, node.typeParameters),
      superClass,
      heritageSpan: heritage === undefined ? null : spanOf(reader, heritage),
      implementsSpan: implemented === undefined ? null : spanOf(reader, implemented),
      decorators,
      bodySpan: { start: node.members.pos, end: Math.max(node.members.pos, node.end - 1) },
      members: node.members.flatMap((each) => lowerMember(reader, each)),
    };
  });
}

function declareClass(reader: Reader, node: ts.ClassLikeDeclaration): string | null {
  if (node.name === undefined) return null;
  const exported = hasModifier(node, ts.SyntaxKind.ExportKeyword);
  return declare(reader.names, node.name.text, spanOf(reader, node.name), { declared: 'class', exported });
}

function lowerMember(reader: Reader, node: ts.ClassElement): ClassMember[] {
  if (ts.isPropertyDeclaration(node)) return [lowerField(reader, node)];
  if (ts.isConstructorDeclaration(node) || ts.isMethodDeclaration(node) || ts.isAccessor(node)) {
    return [lowerMethod(reader, node)];
  }
  return ts.isSemicolonClassElement(node) ? [] : [opaqueMember(reader, node)];
}

function lowerField(reader: Reader, node: ts.PropertyDeclaration): ClassField | OpaqueMember {
  if (hasModifier(node, ts.SyntaxKind.AccessorKeyword)) return opaqueMember(reader, node);
  return {
    kind: 'Field',
    ...memberFacts(reader, node),
    readonly: hasModifier(node, ts.SyntaxKind.ReadonlyKeyword),
    declare: hasModifier(node, ts.SyntaxKind.DeclareKeyword),
    definite: node.exclamationToken !== undefined,
    optional: node.questionToken !== undefined,
    private: ts.isPrivateIdentifier(node.name),
    type: node.type === undefined ? null : reader.lower.type(reader, node.type),
    value: node.initializer === undefined ? null : reader.lower.expression(reader, node.initializer),
  };
}

type MethodNode = ts.ConstructorDeclaration | ts.MethodDeclaration | ts.AccessorDeclaration;

function lowerMethod(reader: Reader, node: MethodNode): ClassMethod {
  const facts = memberFacts(reader, node);
  return inFunction(reader.names, facts.span, () => ({
    kind: 'Method',
    ...facts,
    role: roleOf(node),
    abstract: hasModifier(node, ts.SyntaxKind.AbstractKeyword),
    async: hasModifier(node, ts.SyntaxKind.AsyncKeyword),
    generator: ts.isMethodDeclaration(node) && node.asteriskToken !== undefined,
    override: hasModifier(node, ts.SyntaxKind.OverrideKeyword),
    nameSpan: ts.isConstructorDeclaration(node) ? constructorName(reader, node) : spanOf(reader, node.name),
    ...reader.lower.signature(reader, node),
    body: node.body === undefined ? null : reader.lower.functionBody(reader, node.body),
  }));
}

function memberFacts(
  reader: Reader,
  node: ts.ClassElement,
): Pick<ClassField, 'span' | 'name' | 'static' | 'access' | 'decorators'> {
  return {
    span: spanOf(reader, node),
    name: memberName(reader, node),
    static: hasModifier(node, ts.SyntaxKind.StaticKeyword),
    access: accessOf(node),
    decorators: decoratorsOf(reader, node),
  };
}

/** Computed keys are read for their names. */
function memberName(reader: Reader, node: ts.ClassElement): string | null {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  return node.name === undefined ? null : reader.lower.key(reader, node.name).name;
}

function roleOf(node: MethodNode): ClassMethod['role'] {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  if (ts.isGetAccessor(node)) return 'get';
  return ts.isSetAccessor(node) ? 'set' : 'method';
}

function constructorName(reader: Reader, node: ts.ConstructorDeclaration): Span {
  const open = insideOf(reader, node.parameters).start;
  const start = reader.text.lastIndexOf('constructor', open);
  return { start, end: start + 'constructor'.length };
}

function opaqueMember(reader: Reader, node: ts.ClassElement): OpaqueMember {
  const references = mentioned(reader, () =>
    inFunction(reader.names, spanOf(reader, node), () => reader.lower.names(reader, node)),
  );
  return {
    kind: 'OpaqueMember',
    span: spanOf(reader, node),
    name: null,
    static: hasModifier(node, ts.SyntaxKind.StaticKeyword),
    access: accessOf(node),
    decorators: [],
    syntax: ts.SyntaxKind[node.kind],
    references,
  };
}
