/** Statements that name other files. */
import { ts } from 'ts-morph';
import type { ExportAll, ExportNames, ImportDeclaration, ImportedName, Statement } from '../ir/syntax.js';
import { readEntity } from './lower-names.js';
import { mentioned, type Reader, spanOf } from './reader.js';
import { declare, use } from './scope.js';

export function lowerImport(reader: Reader, node: ts.ImportDeclaration): ImportDeclaration {
  const clause = node.importClause;
  const typeOnly = clause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  const specifier = specifierOf(node.moduleSpecifier);
  const from: ImportFrom = { specifier, typeOnly };
  const names: ImportedName[] = [];
  if (clause?.name !== undefined) names.push(importedName(reader, clause.name, { ...from, imported: 'default' }));
  const bindings = clause?.namedBindings;
  if (bindings !== undefined && ts.isNamespaceImport(bindings)) {
    names.push(importedName(reader, bindings.name, { ...from, imported: '*', node: bindings }));
  } else if (bindings !== undefined) {
    for (const each of bindings.elements) names.push(namedImport(reader, each, from));
  }
  return { kind: 'Import', span: spanOf(reader, node), specifier, typeOnly, names };
}

interface ImportFrom {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

function namedImport(reader: Reader, node: ts.ImportSpecifier, from: ImportFrom): ImportedName {
  const imported = (node.propertyName ?? node.name).text;
  return importedName(reader, node.name, { ...from, typeOnly: from.typeOnly || node.isTypeOnly, imported, node });
}

function importedName(
  reader: Reader,
  name: ts.Identifier,
  from: ImportFrom & { readonly imported: string; readonly node?: ts.Node },
): ImportedName {
  const { specifier, typeOnly, imported } = from;
  const origin = { specifier, imported, typeOnly, source: null };
  const binding = declare(reader.names, name.text, spanOf(reader, name), { declared: 'import', import: origin });
  return { span: spanOf(reader, from.node ?? name), imported, local: name.text, binding, typeOnly };
}

function specifierOf(node: ts.Expression): string {
  return ts.isStringLiteralLike(node) ? node.text : '';
}

export function lowerExport(reader: Reader, node: ts.ExportDeclaration): ExportNames | ExportAll {
  const span = spanOf(reader, node);
  const specifier = node.moduleSpecifier === undefined ? null : specifierOf(node.moduleSpecifier);
  const typeOnly = node.isTypeOnly;
  const clause = node.exportClause;
  if (clause !== undefined && ts.isNamedExports(clause)) {
    const names = clause.elements.map((each) => exportedName(reader, each, specifier === null));
    return { kind: 'ExportNames', span, specifier, typeOnly, names };
  }
  return { kind: 'ExportAll', span, specifier: specifier ?? '', as: clause?.name.text ?? null, typeOnly };
}

function exportedName(reader: Reader, node: ts.ExportSpecifier, own: boolean): ExportNames['names'][number] {
  const local = node.propertyName ?? node.name;
  const name = { span: spanOf(reader, node), local: local.text, exported: node.name.text, binding: null };
  if (own) {
    use(
      reader.names,
      { name: local.text, span: spanOf(reader, local), binding: null },
      { as: 'either', exports: true },
    );
    reader.names.uses.at(-1)?.targets.push(name);
  }
  return name;
}

/** `import x = require('…')` and `import x = A.B`: the name is known, the statement is left alone. */
export function lowerImportEquals(reader: Reader, node: ts.ImportEqualsDeclaration): Statement {
  const reference = node.moduleReference;
  const references = mentioned(reader, () => {
    if (!ts.isExternalModuleReference(reference)) readEntity(reader, reference);
  });
  const span = spanOf(reader, node.name);
  if (ts.isExternalModuleReference(reference)) {
    const origin = { specifier: specifierOf(reference.expression), imported: '*', typeOnly: node.isTypeOnly };
    declare(reader.names, node.name.text, span, { declared: 'import', import: { ...origin, source: null } });
  } else declare(reader.names, node.name.text, span, { declared: 'namespace' });
  return { kind: 'OpaqueStatement', span: spanOf(reader, node), syntax: 'ImportEqualsDeclaration', references };
}

/** `export default …` and `export = …`. */
export function lowerExportAssignment(reader: Reader, node: ts.ExportAssignment): Statement {
  const span = spanOf(reader, node);
  const exported = node.expression;
  if (node.isExportEquals) {
    const references = mentioned(reader, () => reader.lower.expression(reader, exported));
    return { kind: 'OpaqueStatement', span, syntax: 'ExportEquals', references };
  }
  if (!ts.isIdentifier(exported)) {
    return { kind: 'ExportDefault', span, expression: reader.lower.expression(reader, exported) };
  }
  const name = { kind: 'Identifier' as const, span: spanOf(reader, exported), name: exported.text, binding: null };
  use(reader.names, name, { as: 'either', exports: true });
  return { kind: 'ExportDefault', span, expression: name };
}
