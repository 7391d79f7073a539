/** Every `init`, `apply`, … of a module, and the same methods mentioned without a call. */
import { declarationIn, parentOf } from '../ir/declarations.js';
import type { DetachedEntry, ModelCall, ProjectModel } from '../ir/project.js';
import { originalBinding, sourceOf } from '../ir/resolve.js';
import type { SourceModel, SourcePath } from '../ir/source.js';
import type { Call, Expression, Member } from '../ir/syntax.js';
import { walk } from '../ir/walk.js';
import { isCallee, type Origin, originOf, startTracer, type Tracer } from './origin.js';
import { ownerOf } from './owner.js';

type Entry = ModelCall['entry'];
const entries: readonly Entry[] = ['init', 'initWithOutput', 'lazyInit', 'apply', 'bind', 'tabulate'];

/** In path-then-position order. `model` has its classes and construction sites. */
export function findModelCalls(model: ProjectModel): Pick<ProjectModel, 'calls' | 'detached'> {
  const tracer = startTracer(model);
  const sources = Object.values(model.sources).filter((each) => entries.some((entry) => each.text.includes(entry)));
  const detached = sources.flatMap((source) => detachedIn(tracer, source));
  const known = new Map(detached.map((each) => [each.node, each]));
  const stored = detached.filter((each) => storedKey(model, each) === 'applyFn');
  return { detached, calls: sources.flatMap((source) => callsIn(tracer, source, { known, stored })) };
}

function asEntry(name: string): Entry | null {
  return entries.find((each) => each === name) ?? null;
}

function detachedIn(tracer: Tracer, source: SourceModel): readonly DetachedEntry[] {
  const found: DetachedEntry[] = [];
  walk(source.body, (node) => {
    if (node.kind !== 'Member' || isCallee(source, node)) return;
    const entry = asEntry(node.property);
    const origin = entry === null ? null : originOf(tracer, source.path, node.object);
    if (entry === null || origin?.of !== 'module') return;
    const { class: id, construct } = origin;
    found.push({ ...siteFacts(tracer.model, source, node), node, entry, class: id, construct });
  });
  return found;
}

function siteFacts(
  model: ProjectModel,
  source: SourceModel,
  node: Call | Member,
): Pick<ModelCall, 'id' | 'path' | 'owner'> {
  return { id: `${source.path}@${node.span.start}`, path: source.path, owner: ownerOf(model, source, node) };
}

/** The key of the object literal that holds the method. */
function storedKey(model: ProjectModel, entry: DetachedEntry): string | null {
  const source = model.sources[entry.path];
  const parent = source === undefined ? null : parentOf(source, entry.node);
  return parent?.kind === 'Property' ? parent.key.name : null;
}

interface Detached {
  readonly known: ReadonlyMap<Member, DetachedEntry>;
  /** Those kept as `applyFn` of a train state. */
  readonly stored: readonly DetachedEntry[];
}

function callsIn(tracer: Tracer, source: SourceModel, detached: Detached): readonly ModelCall[] {
  const found: ModelCall[] = [];
  walk(source.body, (node) => {
    if (node.kind !== 'Call') return;
    const call = direct(tracer, source.path, node) ?? indirect(tracer, node, detached);
    if (call !== null) found.push({ ...siteFacts(tracer.model, source, node), node, ...call });
  });
  return found;
}

type Found = Pick<ModelCall, 'entry' | 'receiver' | 'class' | 'construct'>;

/** `model.apply(…)`. */
function direct(tracer: Tracer, path: SourcePath, node: Call): Found | null {
  const { callee } = node;
  const named = namedMethod(callee);
  const entry = named === null ? null : asEntry(named.name);
  if (named === null || entry === null) return null;
  const origin = originOf(tracer, path, named.object);
  if (origin.of === 'module') {
    return { entry, receiver: named.object, class: origin.class, construct: origin.construct };
  }
  if (!mayBeModule(origin) || !looksLike(entry, node)) return null;
  return { entry, receiver: named.object, class: null, construct: null };
}

function namedMethod(callee: Expression): { readonly object: Expression; readonly name: string } | null {
  if (callee.kind === 'Member') return { object: callee.object, name: callee.property };
  if (callee.kind !== 'Index' || callee.index.kind !== 'Literal') return null;
  return { object: callee.object, name: String(callee.index.value) };
}

function mayBeModule(origin: Origin): boolean {
  return origin.of === 'unknown' || origin.of === 'typed';
}

/** With a receiver that is not known, only a call that is formed like Linen's counts: `(rngs, [args])`. */
function looksLike(entry: Entry, node: Call): boolean {
  const [first, second] = node.args;
  if (entry === 'bind' || first === undefined) return false;
  if (entry === 'initWithOutput' || entry === 'lazyInit') return true;
  if (second?.kind !== 'ArrayLiteral') return false;
  return (
    first.kind !== 'This' && first.kind !== 'Literal' && !(first.kind === 'Identifier' && first.name === 'undefined')
  );
}

/** `const f = model.apply; f(…)`, `state.applyFn(…)`. */
function indirect(tracer: Tracer, node: Call, detached: Detached): Found | null {
  const { callee } = node;
  if (callee.kind === 'Member' && callee.property === 'applyFn') return throughState(callee.object, detached.stored);
  if (callee.kind !== 'Identifier' || callee.binding === null) return null;
  const original = originalBinding(tracer.model, callee.binding);
  const source = original === null ? null : sourceOf(tracer.model, original);
  const place = original === null || source === null ? null : declarationIn(source, original);
  if (place?.declares !== 'variable' || original === null) return null;
  const { init } = place.declarator;
  if (init === null || place.keys === null) return null;
  if (place.keys.length === 1) return destructured(tracer, { path: source?.path ?? '', init, key: place.keys[0] });
  const entry = init.kind === 'Member' && place.keys.length === 0 ? detached.known.get(init) : undefined;
  if (entry === undefined || init.kind !== 'Member') return null;
  return { entry: entry.entry, receiver: init.object, class: entry.class, construct: entry.construct };
}

/** `const { apply } = model`. */
function destructured(
  tracer: Tracer,
  from: { readonly path: SourcePath; readonly init: Expression; readonly key: string | number | undefined },
): Found | null {
  const entry = typeof from.key === 'string' ? asEntry(from.key) : null;
  const origin = entry === null ? null : originOf(tracer, from.path, from.init);
  if (entry === null || origin?.of !== 'module') return null;
  return { entry, receiver: from.init, class: origin.class, construct: origin.construct };
}

/** The class is known where every train state of the project holds a model of one class. */
function throughState(receiver: Expression, stored: readonly DetachedEntry[]): Found | null {
  const [first, ...rest] = stored;
  if (first === undefined) return null;
  const same = rest.every((each) => each.class === first.class);
  return { entry: 'apply', receiver, class: same ? first.class : null, construct: null };
}
