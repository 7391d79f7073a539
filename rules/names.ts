/** What a name of a file stands for in this package, from imports, constants and re-exports: no type information. */
import type { TSESLint, TSESTree } from '@typescript-eslint/utils';
import { jaxModule, linenModule, nnxModule, packageName, trainingModule } from '../runtime/catalogue/modules.js';
import { type ForeignExport, exportOf, leadsToPackage, resolveRelative } from './other-files.js';

type Scope = TSESLint.Scope.Scope;
type Variable = TSESLint.Scope.Variable;
type Source = Readonly<TSESLint.SourceCode>;

export const tensorModule = '@tensorflow/tfjs';

/** `Dense` of the Linen module, `random.split` of the JAX one; `*` stands for the whole module. */
export interface PackageName {
  readonly module: string;
  readonly name: string;
}

/** Where names are looked up: a file and the place of the node. */
export interface Names {
  readonly source: Source;
  readonly filename: string;
}

const known = new WeakMap<TSESTree.Node, PackageName | null>();

/** What `nn.Dense`, an imported or renamed `Dense`, or a constant that stands for one, is; null for anything else. */
export function nameOf(node: TSESTree.Node, names: Names): PackageName | null {
  const root = rootOf(node);
  if (root === null || !packageRoots(names).has(root)) return null;
  const before = known.get(node);
  if (before !== undefined) return before;
  const found = findName(node, names);
  known.set(node, found);
  return found;
}

/** The identifier at which a chain of accesses starts. */
function rootOf(node: TSESTree.Node): string | null {
  for (let at: TSESTree.Node = node; ;) {
    if (at.type === 'Identifier') return at.name;
    if (at.type === 'MemberExpression') at = at.object;
    else if (at.type === 'TSQualifiedName') at = at.left;
    else if (at.type === 'TSNonNullExpression' || at.type === 'TSAsExpression') at = at.expression;
    else return null;
  }
}

const roots = new WeakMap<Source, ReadonlySet<string>>();

/** Names that may stand for something of this package: imports, and constants set from them. */
function packageRoots({ source, filename }: Names): ReadonlySet<string> {
  const before = roots.get(source);
  if (before !== undefined) return before;
  const found = new Set<string>();
  for (const node of source.ast.body) {
    if (node.type !== 'ImportDeclaration') continue;
    const from = node.source.value;
    const own = from === tensorModule || from.startsWith(`${packageName}/`);
    const file = own ? null : resolveRelative(from, filename);
    if (own || (file !== null && leadsToPackage(file))) node.specifiers.forEach(({ local }) => found.add(local.name));
  }
  for (const each of declaredVariables(source)) addConstant(each, found);
  roots.set(source, found);
  return found;
}

const declared = new WeakMap<Source, readonly Variable[]>();

/** All variables that the file declares, outer scopes first: the thousand names of the language's library are not. */
export function declaredVariables(source: Source): readonly Variable[] {
  const before = declared.get(source);
  if (before !== undefined) return before;
  const [outermost, ...inner] = source.scopeManager?.scopes ?? [];
  // (A module declares nothing in the global scope: it is not searched for it.)
  const isModule = String(inner[0]?.type) === 'module';
  const scopes = outermost === undefined || isModule ? inner : [outermost, ...inner];
  const found = scopes.flatMap(({ variables }) => variables.filter((each) => each.defs.length > 0));
  declared.set(source, found);
  return found;
}

/** `const D = nn.Dense`, `const { Dense: D } = nn`: scopes come outer first, so what it is set from is known. */
function addConstant({ name, defs: [definition] }: Variable, found: Set<string>): void {
  const declarator = definition?.node as TSESTree.Node | undefined;
  if (declarator?.type !== 'VariableDeclarator' || declarator.init === null) return;
  const root = rootOf(declarator.init);
  if (root !== null && found.has(root)) found.add(name);
}

/** The name in `module`, or null. */
export function nameIn(module: string, node: TSESTree.Node | null | undefined, names: Names): string | null {
  if (node === null || node === undefined) return null;
  const found = nameOf(node, names);
  return found?.module === module ? found.name : null;
}
export const linenName = (node: TSESTree.Node | null | undefined, names: Names): string | null =>
  nameIn(linenModule, node, names);
export const nnxName = (node: TSESTree.Node | null | undefined, names: Names): string | null =>
  nameIn(nnxModule, node, names);
export const jaxName = (node: TSESTree.Node | null | undefined, names: Names): string | null =>
  nameIn(jaxModule, node, names);
export const trainingName = (node: TSESTree.Node | null | undefined, names: Names): string | null =>
  nameIn(trainingModule, node, names);
export const tensorName = (node: TSESTree.Node | null | undefined, names: Names): string | null =>
  nameIn(tensorModule, node, names);

const concerned = new WeakMap<Source, boolean>();

/** Whether the file imports anything of this package, directly or through files of its own project. */
export function concernsPackage({ source, filename }: Names): boolean {
  const before = concerned.get(source);
  if (before !== undefined) return before;
  const found = source.ast.body.some((node) => {
    const from = 'source' in node ? node.source?.value : undefined;
    if (typeof from !== 'string') return false;
    if (from.startsWith(`${packageName}/`)) return true;
    const file = node.type === 'ImportDeclaration' ? resolveRelative(from, filename) : null;
    return file !== null && leadsToPackage(file);
  });
  concerned.set(source, found);
  return found;
}

/** The import of `module` in this file, under its namespace name: `nnx`; null where it has none. */
export function namespaceImport(module: string, { source }: Names): string | null {
  for (const node of source.ast.body) {
    if (node.type !== 'ImportDeclaration' || node.source.value !== module) continue;
    const namespace = node.specifiers.find((each) => each.type === 'ImportNamespaceSpecifier');
    if (namespace !== undefined) return namespace.local.name;
  }
  return null;
}

/** The variable that a name refers to, looking outwards from `scope`. */
export function variableOf(name: string, scope: Scope): Variable | null {
  for (let at: Scope | null = scope; at !== null; at = at.upper) {
    const variable = at.set.get(name);
    if (variable !== undefined) return variable;
  }
  return null;
}

/** The variable of an identifier where it stands. */
export function variableAt(node: TSESTree.Identifier, { source }: Names): Variable | null {
  return variableOf(node.name, source.getScope(node));
}

/** The literal name of a member access; null when it is computed. */
export function staticProperty(node: TSESTree.MemberExpression): string | null {
  if (!node.computed && node.property.type === 'Identifier') return node.property.name;
  return node.computed && node.property.type === 'Literal' && typeof node.property.value === 'string'
    ? node.property.value
    : null;
}

/** The literal key of a property or class member. */
export function staticKey(node: { readonly key: TSESTree.Node; readonly computed: boolean }): string | null {
  if (node.key.type === 'Identifier' && !node.computed) return node.key.name;
  return node.key.type === 'Literal' && typeof node.key.value === 'string' ? node.key.value : null;
}

/** What an import of another file of the project stands for there. */
export function foreignExport(variable: Variable, { filename }: Names): ForeignExport | null {
  const definition = variable.defs[0];
  if (definition === undefined || String(definition.type) !== 'ImportBinding') return null;
  return foreign(definition.node as TSESTree.ImportClause, definition.parent as TSESTree.ImportDeclaration, filename);
}

function foreign(
  specifier: TSESTree.ImportClause,
  declaration: TSESTree.ImportDeclaration,
  filename: string,
): ForeignExport | null {
  const file = resolveRelative(declaration.source.value, filename);
  if (file === null || specifier.type === 'ImportNamespaceSpecifier') return null;
  return exportOf(file, importedName(specifier));
}

function findName(node: TSESTree.Node, names: Names): PackageName | null {
  if (node.type === 'TSNonNullExpression' || node.type === 'TSAsExpression') return nameOf(node.expression, names);
  if (node.type === 'MemberExpression') {
    const property = staticProperty(node);
    return property === null ? null : member(nameOf(node.object, names), property);
  }
  if (node.type === 'TSQualifiedName') return member(nameOf(node.left, names), node.right.name);
  if (node.type !== 'Identifier') return null;
  const variable = variableOf(node.name, names.source.getScope(node));
  const definition = variable?.defs[0];
  if (variable === null || definition === undefined || variable.defs.length !== 1) return null;
  if (String(definition.type) === 'ImportBinding') return importedPackageName(variable, names);
  return constantName(node.name, definition, names);
}

function member(owner: PackageName | null, property: string): PackageName | null {
  if (owner === null) return null;
  return { module: owner.module, name: owner.name === '*' ? property : `${owner.name}.${property}` };
}

function importedPackageName(variable: Variable, names: Names): PackageName | null {
  const { node, parent } = variable.defs[0] as { node: TSESTree.Node; parent?: TSESTree.Node | null };
  if (parent?.type !== 'ImportDeclaration') return null;
  const module = parent.source.value;
  if (module !== tensorModule && !module.startsWith(`${packageName}/`)) {
    const found = foreignExport(variable, names);
    return found?.kind === 'name' ? found : null;
  }
  if (node.type === 'ImportNamespaceSpecifier') return { module, name: '*' };
  return node.type === 'ImportSpecifier' ? { module, name: importedName(node) } : null;
}

function importedName(node: TSESTree.ImportSpecifier | TSESTree.ImportDefaultSpecifier): string {
  if (node.type === 'ImportDefaultSpecifier') return 'default';
  return node.imported.type === 'Identifier' ? node.imported.name : node.imported.value;
}

/** `const D = nn.Dense`, `const { Dense: D } = nn`. */
function constantName(name: string, definition: Variable['defs'][number], names: Names): PackageName | null {
  const declarator = definition.node as TSESTree.Node;
  if (declarator.type !== 'VariableDeclarator' || declarator.init === null) return null;
  if ((definition.parent as TSESTree.VariableDeclaration | undefined)?.kind !== 'const') return null;
  if (declarator.id.type === 'Identifier') return nameOf(declarator.init, names);
  if (declarator.id.type !== 'ObjectPattern') return null;
  const owner = nameOf(declarator.init, names);
  if (owner === null) return null;
  const property = declarator.id.properties.find(
    (each): each is TSESTree.Property =>
      each.type === 'Property' && each.value.type === 'Identifier' && each.value.name === name,
  );
  const key = property === undefined ? null : staticKey(property);
  return key === null ? null : member(owner, key);
}
