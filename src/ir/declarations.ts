/** Where each name of a file is declared, what the file exports, and which node holds which. Made on first use. */
import type { BindingId, Parameter, Pattern, Span, Statement } from './syntax.js';
import type {
  ClassMethod,
  ClassNode,
  Declarator,
  Expression,
  ForEach,
  FunctionExpression,
  ImportDeclaration,
  ImportedName,
  Try,
  TypeDeclaration,
  VariableStatement,
} from './syntax.js';
import type { SourceModel } from './source.js';
import { type SyntaxNode, walk } from './walk.js';

/** The place that declares a name. `keys` lead from the value given there to the name; null where they do not (a default, a rest). */
export type DeclarationPlace =
  | {
      readonly declares: 'variable';
      readonly statement: VariableStatement;
      readonly declarator: Declarator;
      readonly keys: Keys | null;
    }
  | {
      readonly declares: 'parameter';
      readonly function: FunctionExpression | ClassMethod;
      /** Position among the arguments. */
      readonly index: number;
      readonly parameter: Parameter;
      readonly keys: Keys | null;
    }
  | { readonly declares: 'element'; readonly loop: ForEach; readonly keys: Keys | null }
  | { readonly declares: 'caught'; readonly statement: Try }
  | { readonly declares: 'function'; readonly node: FunctionExpression }
  | { readonly declares: 'class'; readonly node: ClassNode }
  | { readonly declares: 'import'; readonly statement: ImportDeclaration; readonly name: ImportedName }
  | { readonly declares: 'type'; readonly node: TypeDeclaration };
export type Keys = readonly (string | number)[];

/** What a file gives under a name. */
export type ExportOrigin =
  | { readonly export: 'binding'; readonly binding: BindingId }
  | { readonly export: 'expression'; readonly expression: Expression }
  | { readonly export: 'function'; readonly node: FunctionExpression }
  | { readonly export: 'class'; readonly node: ClassNode }
  /** `*` for the other file as a namespace. */
  | { readonly export: 'from'; readonly specifier: string; readonly name: string };
export interface Exports {
  readonly named: ReadonlyMap<string, ExportOrigin>;
  /** Specifiers of `export * from`. */
  readonly stars: readonly string[];
}

interface FileIndex {
  readonly declarations: ReadonlyMap<BindingId, DeclarationPlace>;
  readonly parents: ReadonlyMap<SyntaxNode, SyntaxNode | null>;
  /** Bindings some property of whose value is assigned in this file. */
  readonly mutated: ReadonlySet<BindingId>;
}
const indexes = new WeakMap<SourceModel, FileIndex>();
const exportIndexes = new WeakMap<SourceModel, Exports>();
const offsets = new WeakMap<SourceModel, ReadonlyMap<number, BindingId>>();

/** The place that declares a name of this file; null for one the reader left opaque. */
export function declarationIn(source: SourceModel, id: BindingId): DeclarationPlace | null {
  return indexOf(source).declarations.get(id) ?? null;
}

/** The node that holds `node`; null at the top of the file. */
export function parentOf(source: SourceModel, node: SyntaxNode): SyntaxNode | null {
  return indexOf(source).parents.get(node) ?? null;
}

/** The file that holds a node. */
export function sourceHolding(
  { sources }: { readonly sources: { readonly [path: string]: SourceModel } },
  node: SyntaxNode,
): SourceModel | null {
  const holds = (each: SourceModel): boolean => node.span.end <= each.text.length && parentOf(each, node) !== null;
  return Object.values(sources).find(holds) ?? null;
}

/** From the parent outwards. */
export function ancestorsOf(source: SourceModel, node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let each = parentOf(source, node); each !== null; each = parentOf(source, each)) found.push(each);
  return found;
}

/** Whether the file assigns to a property or an element of what the name holds. */
export function isMutated(source: SourceModel, id: BindingId): boolean {
  return indexOf(source).mutated.has(id);
}

export function exportsOf(source: SourceModel): Exports {
  return remember(exportIndexes, source, collectExports);
}

/** The declaration that the identifier at this offset means: its declaration, a read or a write. */
export function bindingAt(source: SourceModel, offset: number): BindingId | null {
  return remember(offsets, source, collectOffsets).get(offset) ?? null;
}

function indexOf(source: SourceModel): FileIndex {
  return remember(indexes, source, collectIndex);
}

function remember<T>(cache: WeakMap<SourceModel, T>, source: SourceModel, make: (source: SourceModel) => T): T {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const made = make(source);
  cache.set(source, made);
  return made;
}

function collectIndex(source: SourceModel): FileIndex {
  const declarations = new Map<BindingId, DeclarationPlace>();
  const parents = new Map<SyntaxNode, SyntaxNode | null>();
  const mutated = new Set<BindingId>();
  const add: Add = (id, place) => {
    if (id !== null && !declarations.has(id)) declarations.set(id, place);
  };
  walk(source.body, (node, parent) => {
    parents.set(node, parent);
    addDeclarations(node, add);
    if (node.kind === 'PlacePattern') noteRoot(node.place, mutated);
    if (node.kind === 'Update' && node.argument.kind !== 'Identifier') noteRoot(node.argument, mutated);
  });
  return { declarations, parents, mutated };
}

type Add = (id: BindingId | null, place: DeclarationPlace) => void;

function addDeclarations(node: SyntaxNode, add: Add): void {
  switch (node.kind) {
    case 'Variable':
      for (const declarator of node.declarators) {
        for (const [id, keys] of namesIn(declarator.target)) {
          add(id, { declares: 'variable', statement: node, declarator, keys });
        }
      }
      return;
    case 'ForEach':
      if (node.declaration === null) return;
      for (const [id, keys] of namesIn(node.target)) add(id, { declares: 'element', loop: node, keys });
      return;
    case 'Try':
      for (const [id] of node.param === null ? [] : namesIn(node.param))
        add(id, { declares: 'caught', statement: node });
      return;
    case 'Function':
      addParameters(node, add);
      if (node.name !== null) add(node.binding, { declares: 'function', node });
      return;
    case 'Method':
      return addParameters(node, add);
    case 'ClassDeclaration':
    case 'ClassExpression':
      return add(node.class.binding, { declares: 'class', node: node.class });
    case 'Import':
      for (const name of node.names) add(name.binding, { declares: 'import', statement: node, name });
      return;
    case 'TypeDeclaration':
      return add(node.binding, { declares: 'type', node });
    default:
  }
}

function addParameters(node: FunctionExpression | ClassMethod, add: Add): void {
  node.params.forEach((parameter, index) => {
    for (const [id, keys] of namesIn(parameter.pattern)) {
      add(id, { declares: 'parameter', function: node, index, parameter, keys });
    }
  });
}

/** The names a pattern declares, with the keys that lead to each. */
export function namesIn(pattern: Pattern, keys: Keys | null = []): readonly (readonly [BindingId, Keys | null])[] {
  switch (pattern.kind) {
    case 'IdentifierPattern':
      return pattern.binding === null ? [] : [[pattern.binding, keys]];
    case 'ArrayPattern':
      return pattern.elements.flatMap((each, index) => (each === null ? [] : namesIn(each, extend(keys, index))));
    case 'ObjectPattern': {
      const named = pattern.properties.flatMap((each) => namesIn(each.value, extend(keys, each.key.name)));
      return pattern.rest === null ? named : [...named, ...namesIn(pattern.rest, null)];
    }
    case 'DefaultPattern':
    case 'RestPattern':
      return namesIn(pattern.target, null);
    case 'PlacePattern':
      return [];
  }
}

function extend(keys: Keys | null, key: string | number | null): Keys | null {
  return keys === null || key === null ? null : [...keys, key];
}

function noteRoot(place: Expression, into: Set<BindingId>): void {
  let root: Expression = place;
  while (root.kind === 'Member' || root.kind === 'Index' || root.kind === 'TypeWrap') {
    root = root.kind === 'TypeWrap' ? root.expression : root.object;
  }
  if (root.kind === 'Identifier' && root.binding !== null) into.add(root.binding);
}

function collectExports(source: SourceModel): Exports {
  const named = new Map<string, ExportOrigin>();
  const stars: string[] = [];
  for (const statement of source.body) addExports(statement, named, stars);
  return { named, stars };
}

function addExports(statement: Statement, named: Map<string, ExportOrigin>, stars: string[]): void {
  const addBinding = (name: string, binding: BindingId | null): void => {
    if (binding !== null) named.set(name, { export: 'binding', binding });
  };
  switch (statement.kind) {
    case 'Variable':
      if (!statement.exported) return;
      for (const { target } of statement.declarators) {
        for (const [name, id] of declaredNames(target)) addBinding(name, id);
      }
      return;
    case 'FunctionDeclaration':
    case 'ClassDeclaration': {
      if (!statement.exported) return;
      const node = statement.kind === 'ClassDeclaration' ? statement.class : statement.function;
      const name = statement.default ? 'default' : node.name;
      if (node.binding !== null && name !== null) addBinding(name, node.binding);
      else if (statement.kind === 'ClassDeclaration') named.set('default', { export: 'class', node: statement.class });
      else named.set('default', { export: 'function', node: statement.function });
      return;
    }
    case 'TypeDeclaration':
      if (statement.exported && !named.has(statement.name)) addBinding(statement.name, statement.binding);
      return;
    case 'ExportDefault':
      named.set('default', { export: 'expression', expression: statement.expression });
      return;
    case 'ExportAll':
      if (statement.as === null) stars.push(statement.specifier);
      else named.set(statement.as, { export: 'from', specifier: statement.specifier, name: '*' });
      return;
    case 'ExportNames':
      for (const each of statement.names) {
        if (statement.specifier === null) addBinding(each.exported, each.binding);
        else named.set(each.exported, { export: 'from', specifier: statement.specifier, name: each.local });
      }
      return;
    default:
  }
}

function declaredNames(pattern: Pattern): readonly (readonly [string, BindingId | null])[] {
  switch (pattern.kind) {
    case 'IdentifierPattern':
      return [[pattern.name, pattern.binding]];
    case 'ArrayPattern':
      return pattern.elements.flatMap((each) => (each === null ? [] : declaredNames(each)));
    case 'ObjectPattern':
      return [...pattern.properties.map((each) => each.value), pattern.rest].flatMap((each) =>
        each === null ? [] : declaredNames(each),
      );
    case 'DefaultPattern':
    case 'RestPattern':
      return declaredNames(pattern.target);
    case 'PlacePattern':
      return [];
  }
}

function collectOffsets(source: SourceModel): ReadonlyMap<number, BindingId> {
  const found = new Map<number, BindingId>();
  const add = (span: Span, id: BindingId) => found.set(span.start, id);
  for (const binding of Object.values(source.bindings)) {
    for (const span of [...binding.reads, ...binding.writes, binding.span]) add(span, binding.id);
  }
  return found;
}
