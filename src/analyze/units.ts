/** What must convert together: connected components of classes, construction sites, model calls and the functions around them. */
import { ancestorsOf, namesIn } from '../ir/declarations.js';
import { type Factory, factoriesOf } from '../ir/factories.js';
import { moduleTakers } from '../ir/module-takers.js';
import { positionOf } from '../ir/position.js';
import type { ClassId, ConversionUnit, ConstructTarget, ProjectModel } from '../ir/project.js';
import { type Reference, referencesTo } from '../ir/references.js';

import type { SourceModel, SourcePath } from '../ir/source.js';
import type { BindingId, ClassNode, Expression, Statement } from '../ir/syntax.js';
import { trainStateClasses } from '../ir/train-state.js';
import { type SyntaxNode, walk } from '../ir/walk.js';
import { escapingClasses } from './escapes.js';
import { ownerOf } from './owner.js';

/** Sorted by the first class, else by the first site, in path-then-position order. */
export function planUnits(model: ProjectModel): readonly ConversionUnit[] {
  const groups = makeGroups();
  for (const each of model.classes) {
    groups.add(each.id);
    if (each.base.base === 'class') groups.join(each.id, each.base.id);
  }
  for (const each of model.constructs) {
    groups.add(each.id);
    for (const id of classesIn(each.target)) groups.join(each.id, id);
    if (each.owner !== null) groups.join(each.id, each.owner.class);
  }
  for (const each of trainStateClasses(model)) joinStateUsers(model, groups, each);
  for (const { binding, builds } of factoriesOf(model)) joinUsers(model, groups, { binding, builds });
  for (const { uses } of moduleTakers(model))
    for (const each of uses) groups.join(each.class, uses[0]?.class ?? each.class);
  for (const each of [...model.calls, ...model.detached]) {
    groups.add(each.id);
    for (const other of [
      each.class,
      each.construct,
      each.owner?.class ?? null,
      programOf(model, each.path, each.node),
    ]) {
      if (other !== null) groups.join(each.id, other);
    }
  }
  const unknown = [...model.calls, ...model.detached].filter((each) => each.class === null && each.construct === null);
  if (unknown.length > 0) {
    for (const id of escapingClasses(model)) for (const each of unknown) groups.join(each.id, id);
  }
  return collect(model, groups);
}

/** A class of train states goes when nothing makes one any more: the functions that do are rewritten together. */
function joinStateUsers(model: ProjectModel, groups: Groups, { binding }: ClassNode): void {
  const users = (binding === null ? [] : referencesTo(model, binding)).flatMap(({ path, node }) => {
    const program = programOf(model, path, node);
    return program !== null && hasSites(model, path, node) ? [program] : [];
  });
  for (const each of users) groups.join(each, users[0] ?? each);
}

/** Whether the outermost function around a node makes or runs a model. */
function hasSites(model: ProjectModel, path: SourcePath, node: SyntaxNode): boolean {
  const program = programOf(model, path, node);
  const sites = [...model.calls, ...model.detached, ...model.constructs].filter((each) => each.path === path);
  return sites.some((each) => programOf(model, path, each.node) === program);
}

/** A function that builds a module for classes is rewritten with all of them. */
function joinUsers(
  model: ProjectModel,
  groups: Groups,
  { binding, builds }: Pick<Factory, 'binding' | 'builds'>,
): void {
  for (const { path, node } of referencesTo(model, binding)) {
    const source = model.sources[path];
    const user = source === undefined ? null : ownerOf(model, source, node);
    if (user !== null) for (const { id } of builds) groups.join(id, user.class);
  }
}

/** The project's classes that a `new` makes an instance of, through lifts too. */
export function classesIn(target: ConstructTarget): readonly ClassId[] {
  if (target.target === 'class') return [target.id];
  return target.target === 'lifted' ? classesIn(target.of) : [];
}

/** Sites in one function are rewritten together: its signature is theirs. */
function programOf(model: ProjectModel, path: SourcePath, node: SyntaxNode): string | null {
  const source = model.sources[path];
  const functions = source === undefined ? [] : ancestorsOf(source, node).filter((each) => each.kind === 'Function');
  const outermost = functions.at(-1);
  return outermost === undefined ? null : `program ${path}@${outermost.span.start}`;
}

interface Groups {
  add(item: string): void;
  join(a: string, b: string): void;
  rootOf(item: string): string;
}

function makeGroups(): Groups {
  const parents = new Map<string, string>();
  const rootOf = (item: string): string => {
    let root = item;
    for (let up = parents.get(root); up !== undefined && up !== root; up = parents.get(root)) root = up;
    parents.set(item, root);
    return root;
  };
  const add = (item: string): void => {
    if (!parents.has(item)) parents.set(item, item);
  };
  const join = (a: string, b: string): void => {
    add(a);
    add(b);
    parents.set(rootOf(a), rootOf(b));
  };
  return { add, join, rootOf };
}

interface Draft {
  readonly classes: string[];
  readonly constructs: string[];
  readonly calls: string[];
  readonly paths: Set<SourcePath>;
  /** Sites outside module classes. */
  readonly nodes: { readonly path: SourcePath; readonly node: SyntaxNode }[];
}

function collect(model: ProjectModel, groups: Groups): readonly ConversionUnit[] {
  const drafts = new Map<string, Draft>();
  const draftOf = (id: string, path: SourcePath): Draft => {
    const root = groups.rootOf(id);
    const draft = drafts.get(root) ?? { classes: [], constructs: [], calls: [], paths: new Set(), nodes: [] };
    drafts.set(root, draft);
    draft.paths.add(path);
    return draft;
  };
  for (const each of model.classes) draftOf(each.id, each.path).classes.push(each.id);
  for (const each of model.constructs) {
    const draft = draftOf(each.id, each.path);
    draft.constructs.push(each.id);
    if (each.owner === null) draft.nodes.push({ path: each.path, node: each.node });
  }
  for (const each of model.calls) {
    const draft = draftOf(each.id, each.path);
    draft.calls.push(each.id);
    if (each.owner === null) draft.nodes.push({ path: each.path, node: each.node });
  }
  for (const each of model.detached) draftOf(each.id, each.path).nodes.push({ path: each.path, node: each.node });
  return [...drafts.values()].map((draft) => finish(model, draft));
}

function finish(model: ProjectModel, draft: Draft): ConversionUnit {
  for (const path of followingPaths(model, draft)) draft.paths.add(path);
  const { classes, constructs, calls } = draft;
  return { id: classes[0] ?? placeOf(model, draft), classes, constructs, calls, paths: [...draft.paths].sort() };
}

function placeOf(model: ProjectModel, draft: Draft): string {
  const [first] = draft.nodes;
  const text = first === undefined ? undefined : model.sources[first.path]?.text;
  if (first === undefined || text === undefined) return '';
  return `${first.path}:${positionOf(text, first.node.span.start).line}`;
}

// ------------------------------------------------------------------------------------- files that must follow

/**
 * Files that use what the unit's sites give: the variables an `init` made, and the functions that run a model. A
 * function that only calls such a function passes it on where it hands over something of its own parameters.
 */
function followingPaths(model: ProjectModel, draft: Draft): ReadonlySet<SourcePath> {
  const paths = new Set<SourcePath>();
  const done = new Set<BindingId>();
  const waiting: BindingId[] = [];
  const carry = (path: SourcePath, node: SyntaxNode): void => {
    for (const id of carriersOf(model.sources[path], node)) {
      if (done.has(id)) continue;
      done.add(id);
      waiting.push(id);
    }
  };
  for (const { path, node } of draft.nodes) carry(path, node);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    for (const reference of referencesTo(model, id)) {
      paths.add(reference.path);
      if (passesOn(model, reference)) carry(reference.path, reference.node);
    }
  }
  return paths;
}

/** The names that the statement at the top of the file around a node declares. */
function carriersOf(source: SourceModel | undefined, node: SyntaxNode): readonly BindingId[] {
  const statement = source === undefined ? undefined : [node, ...ancestorsOf(source, node)].at(-1);
  if (source === undefined || statement === undefined) return [];
  return declaredBy(statement as Statement, node);
}

function declaredBy(statement: Statement, node: SyntaxNode): readonly BindingId[] {
  switch (statement.kind) {
    case 'Variable':
      return statement.declarators
        .filter((each) => each.span.start <= node.span.start && node.span.end <= each.span.end)
        .flatMap((each) => namesIn(each.target).map(([id]) => id));
    case 'FunctionDeclaration':
      return statement.function.binding === null ? [] : [statement.function.binding];
    case 'ClassDeclaration':
      return statement.class.binding === null ? [] : [statement.class.binding];
    case 'Expression':
      return statement.expression.kind === 'Assign' ? namesIn(statement.expression.target).map(([id]) => id) : [];
    default:
      return [];
  }
}

/** A constant made from it carries it on; a function does where its own parameters go into the call. */
function passesOn(model: ProjectModel, reference: Reference): boolean {
  const source = model.sources[reference.path];
  if (source === undefined) return false;
  const around = ancestorsOf(source, reference.node);
  const functions = around.filter((each) => each.kind === 'Function' || each.kind === 'Method');
  if (functions.length === 0) return true;
  const call = around.find((each) => each.kind === 'Call');
  if (call?.kind !== 'Call' || call.callee !== reference.node) return false;
  const parameters = new Set(
    functions.flatMap((each) => each.params.flatMap(({ pattern }) => namesIn(pattern).map(([id]) => id))),
  );
  return call.args.some((each) => mentions(each.kind === 'Spread' ? each.argument : each, parameters));
}

function mentions(node: Expression, names: ReadonlySet<BindingId>): boolean {
  let found = false;
  walk(node, (each) => {
    if (each.kind === 'Identifier' && each.binding !== null && names.has(each.binding)) found = true;
    return !found;
  });
  return found;
}
