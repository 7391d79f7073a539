/** Functions of the project that give back a module they have just built: `const conv = (n: number) => new nn.Conv(n, [3, 3])`. */
import { ancestorsOf, parentOf } from './declarations.js';
import type { ConstructSite, ProjectModel } from './project.js';
import { entityOf } from './resolve.js';
import type { SourcePath } from './source.js';
import type { BindingId, Call, FunctionExpression, New } from './syntax.js';
import { type SyntaxNode, walk } from './walk.js';

export interface Factory {
  readonly path: SourcePath;
  readonly node: FunctionExpression;
  /** Its name. */
  readonly binding: BindingId;
  /** Where the module is built: one place for each way through the function, all of one layer or class. */
  readonly builds: readonly ConstructSite[];
}

interface Found {
  readonly byNew: ReadonlyMap<SyntaxNode, Factory>;
  readonly byFunction: ReadonlyMap<SyntaxNode, Factory>;
}
const found = new WeakMap<ProjectModel['constructs'], Found>();

/** The factory that a `new` stands in; null for any other `new`. */
export function factoryAround(model: ProjectModel, node: New): Factory | null {
  return findFactories(model).byNew.get(node) ?? null;
}

/** The factory that a call runs. */
export function calledFactory(model: ProjectModel, path: SourcePath, { callee }: Call): Factory | null {
  const { byFunction } = findFactories(model);
  if (byFunction.size === 0) return null;
  const entity = entityOf(model, path, callee);
  return entity?.entity === 'function' ? (byFunction.get(entity.node) ?? null) : null;
}

/** In the order of their first `new`. */
export function factoriesOf(model: ProjectModel): readonly Factory[] {
  return [...findFactories(model).byFunction.values()];
}

function findFactories(model: ProjectModel): Found {
  const known = found.get(model.constructs);
  if (known !== undefined) return known;
  const functions = new Map<FunctionExpression, ConstructSite[]>();
  for (const site of model.constructs) {
    const around = functionAround(model, site);
    if (around === null) continue;
    functions.set(around, [...(functions.get(around) ?? []), site]);
  }
  const byFunction = new Map<SyntaxNode, Factory>();
  for (const [node, builds] of functions) {
    const factory = readFactory(model, node, builds);
    if (factory !== null) byFunction.set(node, factory);
  }
  const byNew = new Map<SyntaxNode, Factory>();
  for (const factory of byFunction.values()) for (const { node } of factory.builds) byNew.set(node, factory);
  const made = { byNew, byFunction };
  found.set(model.constructs, made);
  return made;
}

/** The innermost function, where no method stands between. */
function functionAround(model: ProjectModel, { path, node }: ConstructSite): FunctionExpression | null {
  const source = model.sources[path];
  const inner = (source === undefined ? [] : ancestorsOf(source, node)).find((each) =>
    ['Function', 'Method', 'Field'].includes(each.kind),
  );
  return inner?.kind === 'Function' ? inner : null;
}

/** Every value it returns is one it builds there and then, and it builds nothing else. */
function readFactory(model: ProjectModel, node: FunctionExpression, builds: readonly ConstructSite[]): Factory | null {
  const [first] = builds;
  const binding = first === undefined ? null : functionName(model, first.path, node);
  if (first === undefined || binding === null || node.async || node.generator) return null;
  if (builds.some((each) => !isSameTarget(each, first))) return null;
  const results = node.body.kind === 'Block' ? returned(node) : [node.body];
  const made = new Set<SyntaxNode>(builds.map((each) => each.node));
  if (results.length !== builds.length || results.some((each) => each === null || !made.has(each))) return null;
  return { path: first.path, node, binding, builds };
}

function isSameTarget({ target }: ConstructSite, first: ConstructSite): boolean {
  const other = first.target;
  if (target.target === 'layer') return other.target === 'layer' && target.name === other.name;
  return target.target === 'class' && other.target === 'class' && target.id === other.id;
}

function returned(node: FunctionExpression): readonly (SyntaxNode | null)[] {
  const results: (SyntaxNode | null)[] = [];
  walk(node.body, (each) => {
    if (each.kind === 'Function' || each.kind === 'ClassDeclaration' || each.kind === 'ClassExpression') return false;
    if (each.kind === 'Return') results.push(each.argument);
    return true;
  });
  return results;
}

/** The name of a function declaration, or of a constant without a written type. */
export function functionName(model: ProjectModel, path: SourcePath, node: FunctionExpression): BindingId | null {
  const source = model.sources[path];
  const parent = source === undefined ? null : parentOf(source, node);
  if (source === undefined || parent === null) return null;
  if (parent.kind === 'FunctionDeclaration') return isConstant(source.bindings, node.binding) ? node.binding : null;
  if (parent.kind !== 'Variable' || parent.declarators.length !== 1) return null;
  const [declarator] = parent.declarators;
  const target = declarator?.init === node && declarator.type === null ? declarator.target : null;
  if (target?.kind !== 'IdentifierPattern') return null;
  return isConstant(source.bindings, target.binding) ? target.binding : null;
}

function isConstant(
  bindings: { readonly [id: BindingId]: { readonly writes: readonly unknown[] } | undefined },
  id: BindingId | null,
): id is BindingId {
  return id !== null && bindings[id]?.writes.length === 0;
}
