/** Statements and declarations. */
import { ts } from 'ts-morph';
import type { Block, Declarator, ForEach, Statement, TypeDeclaration, VariableStatement } from '../ir/syntax.js';
import { declareTypeParameters } from './lower-function.js';
import { lowerExport, lowerExportAssignment, lowerImport, lowerImportEquals } from './lower-import.js';
import { declareMember, readChildren, readNames } from './lower-names.js';
import { typeMembers } from './lower-type.js';
import { hasModifier, mentioned, type Reader, spanOf, withReferences } from './reader.js';
import { declare, inFunction, inScope } from './scope.js';

/** What is not in the table becomes opaque. */
export function lowerStatement(reader: Reader, node: ts.Node): Statement {
  const lower = table[node.kind];
  if (lower !== undefined) return lower(reader, node as never);
  const references = mentioned(reader, () => readChildren(reader, node));
  return { kind: 'OpaqueStatement', span: spanOf(reader, node), syntax: ts.SyntaxKind[node.kind], references };
}

type Lower = (reader: Reader, node: never) => Statement;
const table: { readonly [kind: number]: Lower | undefined } = {
  [ts.SyntaxKind.VariableStatement]: lowerVariableStatement,
  [ts.SyntaxKind.ExpressionStatement]: lowerExpressionStatement,
  [ts.SyntaxKind.ReturnStatement]: lowerReturn,
  [ts.SyntaxKind.IfStatement]: lowerIf,
  [ts.SyntaxKind.ForStatement]: lowerFor,
  [ts.SyntaxKind.ForOfStatement]: lowerForEach,
  [ts.SyntaxKind.ForInStatement]: lowerForEach,
  [ts.SyntaxKind.WhileStatement]: (reader, node: ts.WhileStatement) => lowerWhile(reader, node, false),
  [ts.SyntaxKind.DoStatement]: (reader, node: ts.DoStatement) => lowerWhile(reader, node, true),
  [ts.SyntaxKind.SwitchStatement]: lowerSwitch,
  [ts.SyntaxKind.Block]: lowerBlock,
  [ts.SyntaxKind.ThrowStatement]: lowerThrow,
  [ts.SyntaxKind.TryStatement]: lowerTry,
  [ts.SyntaxKind.BreakStatement]: (reader, node: ts.BreakStatement) => jump(reader, node, 'break'),
  [ts.SyntaxKind.ContinueStatement]: (reader, node: ts.ContinueStatement) => jump(reader, node, 'continue'),
  [ts.SyntaxKind.LabeledStatement]: lowerLabeled,
  [ts.SyntaxKind.FunctionDeclaration]: lowerFunctionDeclaration,
  [ts.SyntaxKind.ClassDeclaration]: lowerClassDeclaration,
  [ts.SyntaxKind.ImportDeclaration]: lowerImport,
  [ts.SyntaxKind.ImportEqualsDeclaration]: lowerImportEquals,
  [ts.SyntaxKind.ExportDeclaration]: lowerExport,
  [ts.SyntaxKind.ExportAssignment]: lowerExportAssignment,
  [ts.SyntaxKind.InterfaceDeclaration]: lowerInterface,
  [ts.SyntaxKind.TypeAliasDeclaration]: lowerTypeAlias,
  [ts.SyntaxKind.EnumDeclaration]: lowerEnum,
  [ts.SyntaxKind.ModuleDeclaration]: lowerNamespace,
  [ts.SyntaxKind.EmptyStatement]: (reader, node: ts.EmptyStatement) => ({ kind: 'Empty', span: spanOf(reader, node) }),
} satisfies { [kind: number]: Lower };

function isExported(node: ts.Node): boolean {
  return hasModifier(node, ts.SyntaxKind.ExportKeyword);
}

function lowerVariableStatement(reader: Reader, node: ts.VariableStatement): VariableStatement {
  return {
    ...lowerVariables(reader, node.declarationList, isExported(node)),
    span: spanOf(reader, node),
    declare: hasModifier(node, ts.SyntaxKind.DeclareKeyword),
  };
}

function lowerVariables(reader: Reader, list: ts.VariableDeclarationList, exported: boolean): VariableStatement {
  const declaration = declarationOf(list);
  const declarators = list.declarations.map((each): Declarator => {
    const init = each.initializer === undefined ? null : reader.lower.expression(reader, each.initializer);
    const declared = declaration === 'using' ? 'const' : declaration;
    const target = reader.lower.binding(reader, each.name, { declared, exported, assigns: init !== null });
    const type = each.type === undefined ? null : reader.lower.type(reader, each.type);
    return { span: spanOf(reader, each), target, type, init };
  });
  return { kind: 'Variable', span: spanOf(reader, list), declaration, exported, declare: false, declarators };
}

function declarationOf(list: ts.VariableDeclarationList): VariableStatement['declaration'] {
  const scoped = list.flags & ts.NodeFlags.BlockScoped;
  if (scoped === ts.NodeFlags.Let) return 'let';
  if (scoped === ts.NodeFlags.Const) return 'const';
  return scoped === ts.NodeFlags.None ? 'var' : 'using';
}

function lowerExpressionStatement(reader: Reader, node: ts.ExpressionStatement): Statement {
  const span = spanOf(reader, node);
  return { kind: 'Expression', span, expression: reader.lower.expression(reader, node.expression) };
}

function lowerReturn(reader: Reader, node: ts.ReturnStatement): Statement {
  const argument = node.expression === undefined ? null : reader.lower.expression(reader, node.expression);
  return { kind: 'Return', span: spanOf(reader, node), argument };
}

function lowerIf(reader: Reader, node: ts.IfStatement): Statement {
  return {
    kind: 'If',
    span: spanOf(reader, node),
    test: reader.lower.expression(reader, node.expression),
    consequent: lowerStatement(reader, node.thenStatement),
    alternate: node.elseStatement === undefined ? null : lowerStatement(reader, node.elseStatement),
  };
}

function lowerFor(reader: Reader, node: ts.ForStatement): Statement {
  return inScope(reader.names, () => ({
    kind: 'For',
    span: spanOf(reader, node),
    init: lowerForInit(reader, node.initializer),
    test: node.condition === undefined ? null : reader.lower.expression(reader, node.condition),
    update: node.incrementor === undefined ? null : reader.lower.expression(reader, node.incrementor),
    body: lowerStatement(reader, node.statement),
  }));
}

function lowerForInit(
  reader: Reader,
  node: ts.ForInitializer | undefined,
): Extract<Statement, { kind: 'For' }>['init'] {
  if (node === undefined) return null;
  return ts.isVariableDeclarationList(node)
    ? lowerVariables(reader, node, false)
    : reader.lower.expression(reader, node);
}

function lowerForEach(reader: Reader, node: ts.ForInOrOfStatement): Statement {
  const iterable = reader.lower.expression(reader, node.expression);
  return inScope(reader.names, () => ({
    kind: 'ForEach',
    span: spanOf(reader, node),
    over: ts.isForOfStatement(node) ? 'of' : 'in',
    await: ts.isForOfStatement(node) && node.awaitModifier !== undefined,
    ...lowerForTarget(reader, node.initializer),
    iterable,
    body: lowerStatement(reader, node.statement),
  }));
}

function lowerForTarget(reader: Reader, node: ts.ForInitializer): Pick<ForEach, 'declaration' | 'target'> {
  if (!ts.isVariableDeclarationList(node)) {
    return { declaration: null, target: reader.lower.target(reader, node, false) };
  }
  const { declaration, declarators } = lowerVariables(reader, node, false);
  const target = declarators[0]?.target ?? { kind: 'ArrayPattern', span: spanOf(reader, node), elements: [] };
  return { declaration: declaration === 'using' ? 'const' : declaration, target };
}

function lowerWhile(reader: Reader, node: ts.WhileStatement | ts.DoStatement, testAfter: boolean): Statement {
  return {
    kind: 'While',
    span: spanOf(reader, node),
    test: reader.lower.expression(reader, node.expression),
    body: lowerStatement(reader, node.statement),
    testAfter,
  };
}

function lowerSwitch(reader: Reader, node: ts.SwitchStatement): Statement {
  const discriminant = reader.lower.expression(reader, node.expression);
  const cases = inScope(reader.names, () =>
    node.caseBlock.clauses.map((each) => ({
      test: ts.isCaseClause(each) ? reader.lower.expression(reader, each.expression) : null,
      body: each.statements.map((statement) => lowerStatement(reader, statement)),
      span: spanOf(reader, each),
    })),
  );
  return { kind: 'Switch', span: spanOf(reader, node), discriminant, cases };
}

export function lowerBlock(reader: Reader, node: ts.Block): Block {
  const body = inScope(reader.names, () => node.statements.map((each) => lowerStatement(reader, each)));
  return { kind: 'Block', span: spanOf(reader, node), body };
}

function lowerThrow(reader: Reader, node: ts.ThrowStatement): Statement {
  return { kind: 'Throw', span: spanOf(reader, node), argument: reader.lower.expression(reader, node.expression) };
}

function lowerTry(reader: Reader, node: ts.TryStatement): Statement {
  const block = lowerBlock(reader, node.tryBlock);
  const clause = node.catchClause;
  const caught = inScope(reader.names, () => {
    const variable = clause?.variableDeclaration;
    const param = variable === undefined ? null : reader.lower.binding(reader, variable.name, { declared: 'catch' });
    if (variable?.type !== undefined) reader.lower.type(reader, variable.type);
    return { param, handler: clause === undefined ? null : lowerBlock(reader, clause.block) };
  });
  const finalizer = node.finallyBlock === undefined ? null : lowerBlock(reader, node.finallyBlock);
  return { kind: 'Try', span: spanOf(reader, node), block, ...caught, finalizer };
}

function jump(reader: Reader, node: ts.BreakOrContinueStatement, kind: 'break' | 'continue'): Statement {
  return { kind: 'Jump', span: spanOf(reader, node), jump: kind, label: node.label?.text ?? null };
}

function lowerLabeled(reader: Reader, node: ts.LabeledStatement): Statement {
  const body = lowerStatement(reader, node.statement);
  return { kind: 'Labeled', span: spanOf(reader, node), label: node.label.text, body };
}

function lowerFunctionDeclaration(reader: Reader, node: ts.FunctionDeclaration): Statement {
  return {
    kind: 'FunctionDeclaration',
    span: spanOf(reader, node),
    function: reader.lower.function(reader, node),
    exported: isExported(node),
    default: hasModifier(node, ts.SyntaxKind.DefaultKeyword),
    hasBody: node.body !== undefined,
  };
}

function lowerClassDeclaration(reader: Reader, node: ts.ClassDeclaration): Statement {
  return {
    kind: 'ClassDeclaration',
    span: spanOf(reader, node),
    class: reader.lower.classNode(reader, node),
    exported: isExported(node),
    default: hasModifier(node, ts.SyntaxKind.DefaultKeyword),
  };
}

function typeDeclaration(
  reader: Reader,
  node: ts.InterfaceDeclaration | ts.TypeAliasDeclaration | ts.EnumDeclaration | ts.ModuleDeclaration,
  what: Pick<TypeDeclaration, 'declaration'> & { read: () => TypeDeclaration['type'] | InterfaceParts },
): TypeDeclaration {
  const exported = isExported(node);
  const declared = what.declaration === 'interface' || what.declaration === 'type' ? 'type' : what.declaration;
  const binding = ts.isIdentifier(node.name)
    ? declare(reader.names, node.name.text, spanOf(reader, node.name), { declared, exported })
    : null;
  const { result, references } = withReferences(reader, () =>
    inFunction(reader.names, reader.names.scope.functionSpan, what.read),
  );
  return {
    kind: 'TypeDeclaration',
    span: spanOf(reader, node),
    declaration: what.declaration,
    name: node.name.text,
    binding,
    exported,
    ...(result !== null && 'heritage' in result ? result : { type: result, heritage: [] }),
    references,
  };
}

type InterfaceParts = Pick<TypeDeclaration, 'type' | 'heritage'>;

function lowerInterface(reader: Reader, node: ts.InterfaceDeclaration): Statement {
  return typeDeclaration(reader, node, {
    declaration: 'interface',
    read: () => {
      declareTypeParameters(reader, node.typeParameters);
      const heritage = (node.heritageClauses ?? []).flatMap((each) =>
        each.types.map((base) => reader.lower.type(reader, base)),
      );
      const span = { start: node.members.pos - 1, end: node.end };
      const { result: members, references } = withReferences(reader, () => typeMembers(reader, node.members));
      const text = reader.text.slice(span.start, span.end);
      return { type: { span, text, form: { form: 'object', members }, references }, heritage };
    },
  });
}

function lowerTypeAlias(reader: Reader, node: ts.TypeAliasDeclaration): Statement {
  return typeDeclaration(reader, node, {
    declaration: 'type',
    read: () => {
      declareTypeParameters(reader, node.typeParameters);
      return reader.lower.type(reader, node.type);
    },
  });
}

function lowerEnum(reader: Reader, node: ts.EnumDeclaration): Statement {
  return typeDeclaration(reader, node, {
    declaration: 'enum',
    read: () => {
      for (const each of node.members) {
        declareMember(reader, each.name);
        if (each.initializer !== undefined) reader.lower.expression(reader, each.initializer);
      }
      return null;
    },
  });
}

/** `namespace A.B`, `declare module '…'`, `declare global`. */
function lowerNamespace(reader: Reader, node: ts.ModuleDeclaration): Statement {
  const isName = ts.isIdentifier(node.name) && (node.flags & ts.NodeFlags.GlobalAugmentation) === 0;
  const read = () => {
    if (node.body !== undefined) readNames(reader, node.body);
    return null;
  };
  if (isName) return typeDeclaration(reader, node, { declaration: 'namespace', read });
  const references = mentioned(reader, () => inFunction(reader.names, reader.names.scope.functionSpan, read));
  return { kind: 'OpaqueStatement', span: spanOf(reader, node), syntax: 'ModuleDeclaration', references };
}
