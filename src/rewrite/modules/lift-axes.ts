/** Where the variables, keys and arguments of a lifted module are sliced, as Linen's options say it and as NNX takes it. */
import { linenModule } from '../../../runtime/catalogue/modules.js';
import { literalOf } from '../../ir/literal.js';
import { entityOf } from '../../ir/resolve.js';
import type { Expression, New } from '../../ir/syntax.js';
import type { Draft, Target } from './draft.js';
import type { LiftAxes, Lifting, LiftLevel, StateAxis } from './lift.js';
import { refuseLift } from './lifting.js';
import { usedCollections } from './used-collections.js';
import { variableClassText } from './variable-classes.js';

/** The axes of a lifted module's state; null where no lift slices. Refuses what NNX would do differently. */
export function readAxes(
  draft: Draft,
  node: New,
  { lifting, target }: { readonly lifting: Lifting; readonly target: Target },
): LiftAxes | null {
  const level = slicingLevel(lifting);
  if (level === null) return null;
  const refuse = (form: string): null => refuseLift(draft, node, { lift: level.record.linen, form });
  const splits = readRecord(draft, level.options.get('splitRngs'));
  const axisOf = readCollections(draft, level);
  if (splits === null || axisOf === null) return refuse('axes that are not plain literals');
  const { collections, optional, streams, sown } = contentOf(draft, target);
  if (sown.length > 0) return refuse(`values that it sows (\`${sown[0]}\`)`);
  // A collection that only an option of a layer makes (a cache) does not exist in Linen where it is not passed in.
  const present = [...collections, ...optional.filter((each) => axisOf(each) !== undefined)];
  const axes = new Map(present.map((each) => [each, axisOf(each)]));
  const lost = present.find((each) => axes.get(each) === undefined);
  if (lost !== undefined) return refuse(`its collection \`${lost}\`, for which no axis is given`);
  const isSplit = (stream: string): boolean => (splits.get(stream) ?? splits.get('...')) === true;
  const shared = streams.find((each) => !isSplit(each));
  if (shared !== undefined) return refuse(`its stream \`${shared}\`, which \`splitRngs\` does not split`);
  const found = new Set([...axes.values()].map((each) => typeof each));
  const isStacked = found.has('number');
  if (isStacked && found.size > 1) return refuse('collections of which some are stacked and some shared');
  if (!isStacked && level.record.runs === 'map' && streams.length > 0)
    return refuse('keys split over shared variables');
  if (isStacked !== isSplit('params') && collections.includes('params'))
    return refuse(isStacked ? '`params` stacked with one key' : '`params` shared with split keys');
  const count = level.options.get(level.record.sizeOption ?? '') ?? null;
  if (isStacked && count === null) return refuse(`variables stacked without \`${level.record.sizeOption}\``);
  const main = axes.get('params') ?? [...axes.values()][0] ?? null;
  const others = [...axes].filter(([, axis]) => axis !== main);
  const streamAxis = isStacked ? 0 : 'carry';
  const filters = others.map(([name, axis]) => [variableClassText(draft, name), axis ?? null] as const);
  const keys = streams.length > 0 && streamAxis !== main ? [[`${draft.nnx}.RngState`, streamAxis] as const] : [];
  return { state: [...filters, ...keys, ["'...'", main]], count: isStacked ? count : null };
}

/** The lift that slices; null where all compute the same. */
export function slicingLevel({ levels }: Lifting): LiftLevel | null {
  return levels.find(({ record }) => record.runs !== 'same') ?? null;
}

/** `0`, `null`, `nnx.Carry`, `new nnx.StateAxes([[nnx.BatchStat, nnx.Carry], ['...', null]])`. */
export function stateText({ nnx }: Draft, { state }: LiftAxes): string {
  const text = (axis: StateAxis): string => (axis === 'carry' ? `${nnx}.Carry` : String(axis));
  if (state.length === 1) return text(state[0]![1]);
  return `new ${nnx}.StateAxes([${state.map(([filter, axis]) => `[${filter}, ${text(axis)}]`).join(', ')}])`;
}

/** The axis of argument `index` behind module and carry, as text; null where it is not plain. */
export function argumentAxis(draft: Draft, level: LiftLevel, index: number): string | null {
  const axes = level.options.get('inAxes');
  if (axes === undefined) return '0';
  if (axes.kind !== 'ArrayLiteral') return axisText(draft, axes);
  const item = axes.elements[index];
  return item === undefined || item === null || item.kind === 'Spread' ? null : axisText(draft, item);
}

/** An axis, or a tree of them, as NNX writes it. */
export function axisText(draft: Draft, axes: Expression): string | null {
  const { model } = draft.context;
  const entity = entityOf(model, draft.source.path, axes);
  if (entity?.entity === 'external' && entity.module === linenModule && entity.name === 'broadcast') return 'null';
  if (axes.kind === 'ArrayLiteral') {
    const items = axes.elements.map((each) => (each === null || each.kind === 'Spread' ? null : axisText(draft, each)));
    return items.includes(null) ? null : `[${items.join(', ')}]`;
  }
  const literal = literalOf(model, draft.source.path, axes)?.value;
  return literal === null || typeof literal === 'number' ? String(literal) : null;
}

// --------------------------------------------------------------------------------------------------- options

/** The axis of each collection; undefined for one that is not passed in. Null where the options are not plain. */
function readCollections(draft: Draft, { options }: LiftLevel): ((collection: string) => StateAxis | undefined) | null {
  const axes = readRecord(draft, options.get('variableAxes'));
  const shared = readNames(draft, options.get('variableBroadcast'));
  const carried = readNames(draft, options.get('variableCarry'));
  if (axes === null || shared === null || carried === null) return null;
  if ([...axes.values()].some((each) => each !== null && typeof each !== 'number')) return null;
  const has = (names: readonly string[] | 'all', name: string): boolean => names === 'all' || names.includes(name);
  return (collection) => {
    // Shared and carried collections are taken first, as Linen takes them.
    if (has(shared, collection)) return null;
    if (has(carried, collection)) return 'carry';
    const axis = axes.has(collection) ? axes.get(collection) : axes.get('...');
    return axis === null || typeof axis === 'number' ? axis : undefined;
  };
}

/** A literal record of plain values; empty where it is left out. */
function readRecord(draft: Draft, given: Expression | undefined): ReadonlyMap<string, unknown> | null {
  const found = new Map<string, unknown>();
  if (given === undefined) return found;
  if (given.kind !== 'ObjectLiteral') return null;
  for (const each of given.properties) {
    if (each.kind === 'Spread' || each.key.name === null) return null;
    const literal = literalOf(draft.context.model, draft.source.path, each.value);
    if (literal === null) return null;
    found.set(each.key.name, literal.value);
  }
  return found;
}

/** A filter of collections: a name, a list of them, true for all, false for none. */
function readNames(draft: Draft, given: Expression | undefined): readonly string[] | 'all' | null {
  if (given === undefined) return [];
  const items = given.kind === 'ArrayLiteral' ? given.elements : [given];
  const values = items.map((each) =>
    each === null || each.kind === 'Spread' ? null : literalOf(draft.context.model, draft.source.path, each)?.value,
  );
  if (given.kind !== 'ArrayLiteral' && typeof values[0] === 'boolean') return values[0] ? 'all' : [];
  const names = values.filter((each) => typeof each === 'string');
  return names.length === values.length ? names : null;
}

// --------------------------------------------------------------------------------------------------- content

interface Content {
  readonly collections: readonly string[];
  /** Collections that may be there, by an option. */
  readonly optional: readonly string[];
  /** Streams drawn when it runs. */
  readonly streams: readonly string[];
  readonly sown: readonly string[];
}

/** What a module holds, itself and below. */
function contentOf(draft: Draft, target: Target): Content {
  if (target.target === 'layer') {
    const { variables, streams } = target.record;
    const names = (some: typeof variables): readonly string[] => [...new Set(some.map(({ collection }) => collection))];
    const collections = names(variables.filter(({ collection, unless }) => unless === null || collection === 'params'));
    return { collections, optional: names(variables).filter((each) => !collections.includes(each)), streams, sown: [] };
  }
  const { decided, streams } = target.plan;
  const own = decided.draft;
  const base = own.module.base.base === 'class' ? own.done.get(own.module.base.id) : undefined;
  const parts = [...(base?.decided.built ?? []), ...decided.built];
  const inner = parts.flatMap((part): readonly Content[] =>
    part.builds === 'module' ? [contentOf(draft, part.target)] : [],
  );
  const kept = parts.flatMap((part) => (part.builds === 'variable' ? [part.collection] : []));
  const sown = usedCollections(own).filter((each) => !kept.includes(each));
  return {
    collections: [...new Set([...kept, ...inner.flatMap((each) => each.collections)])],
    optional: [...new Set(inner.flatMap((each) => each.optional))],
    streams,
    sown: [...sown, ...inner.flatMap((each) => each.sown)],
  };
}
