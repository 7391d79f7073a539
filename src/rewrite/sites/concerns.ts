/** Which parts of a file have to do with a unit: top-level statements that share a name are followed together. */
import { packageName } from '../../../runtime/catalogue/modules.js';
import type { ConversionUnit, ProjectModel } from '../../ir/project.js';
import { canonicalModule, originalBinding, sourceOf } from '../../ir/resolve.js';
import type { Binding, SourceModel, SourcePath } from '../../ir/source.js';

/** Whether what stands at a position of a file must be followed for the unit. */
export type Concerns = (path: SourcePath, position: number) => boolean;

interface Groups {
  /** The group of the top-level statement at a position. */
  readonly at: (path: SourcePath, position: number) => number;
  /** Groups that hold a class, a construction or a call of some unit. */
  readonly owned: ReadonlySet<number>;
  /** Groups that mention a package that module classes come from, or a file that could not be followed. */
  readonly open: ReadonlySet<number>;
}
const groups = new WeakMap<ProjectModel, Groups>();

/**
 * Code in one group with the unit's own, and code that mentions the libraries of models without being another unit's. What
 * shares no name with the unit, at any remove, can neither hold its models nor decide their modes.
 */
export function concernsOf(model: ProjectModel, unit: ConversionUnit): Concerns {
  const { at, owned, open } = groupsOf(model);
  const own = new Set(placesOf(model, unit).map(({ path, position }) => at(path, position)));
  return (path, position) => {
    const group = at(path, position);
    return own.has(group) || (open.has(group) && !owned.has(group));
  };
}

interface Place {
  readonly path: SourcePath;
  readonly position: number;
}

function placesOf(model: ProjectModel, unit: ConversionUnit): readonly Place[] {
  const classes = new Set(unit.classes);
  const sites = new Set([...unit.calls, ...unit.constructs]);
  return ownersIn(model)
    .filter(({ id }) => classes.has(id) || sites.has(id))
    .map(({ place }) => place);
}

function ownersIn(model: ProjectModel): readonly { readonly id: string; readonly place: Place }[] {
  return [...model.classes, ...model.constructs, ...model.calls].map(({ id, path, node }) => ({
    id,
    place: { path, position: node.span.start },
  }));
}

function groupsOf(model: ProjectModel): Groups {
  const known = groups.get(model);
  if (known !== undefined) return known;
  const made = makeGroups(model);
  groups.set(model, made);
  return made;
}

function makeGroups(model: ProjectModel): Groups {
  const forest: number[] = [];
  const statements = new Map<SourcePath, Statements>();
  for (const source of Object.values(model.sources)) {
    statements.set(source.path, { starts: source.body.map(({ span }) => span.start), first: forest.length });
    for (let i = 0; i <= source.body.length; i++) forest.push(forest.length);
  }
  const find = (index: number): number => {
    let root = index;
    while (forest[root] !== root) root = forest[root]!;
    for (let each = index; each !== root;) [each, forest[each]] = [forest[each]!, root];
    return root;
  };
  const indexAt = (path: SourcePath, position: number): number => statementAt(statements.get(path), position);
  const unite = (a: number, b: number): void => void (forest[find(a)] = find(b));
  const open: number[] = [];
  for (const source of Object.values(model.sources)) {
    for (const binding of Object.values(source.bindings)) {
      const uses = [...binding.reads, ...binding.writes].map(({ start }) => indexAt(source.path, start));
      const home = homeOf(model, binding);
      if (home === 'package') open.push(...(isOurs(model, binding) ? uses : []));
      else if (home === 'unknown') uniteAll(binding.import?.source ?? '', uses);
      else for (const use of uses) unite(use, indexAt(home.path, home.span.start));
    }
  }
  return {
    at: (path, position) => find(indexAt(path, position)),
    owned: new Set(ownersIn(model).map(({ place }) => find(indexAt(place.path, place.position)))),
    open: new Set(open.map(find)),
  };

  function uniteAll(path: SourcePath, uses: readonly number[]): void {
    open.push(...uses);
    const source: SourceModel | undefined = model.sources[path];
    for (const { span } of source?.body ?? []) for (const use of uses) unite(use, indexAt(path, span.start));
  }
}

interface Statements {
  readonly starts: readonly number[];
  /** Index of the file's first statement among all. */
  readonly first: number;
}

/** The last statement that starts before the position, by bisection. */
function statementAt(file: Statements | undefined, position: number): number {
  if (file === undefined) return -1;
  let [low, high] = [0, file.starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (file.starts[middle]! <= position) low = middle + 1;
    else high = middle;
  }
  return file.first + low;
}

/** Where a name comes from: its declaration, a package, or a file in a way that is not followed. */
function homeOf(model: ProjectModel, binding: Binding): Binding | 'package' | 'unknown' {
  if (binding.import === null) return binding;
  if (binding.import.source === null) return 'package';
  const original = originalBinding(model, binding.id);
  return (original === null ? undefined : sourceOf(model, original)?.bindings[original]) ?? 'unknown';
}

function isOurs(model: ProjectModel, binding: Binding): boolean {
  return canonicalModule(model, binding.import?.specifier ?? '').startsWith(packageName);
}
