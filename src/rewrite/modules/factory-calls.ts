/** Calls of functions that build a module and give it back: such a call is a part, and moves to the constructor. */
import { layerByLinenName } from '../../../runtime/catalogue/layers.js';
import type { LayerRecord } from '../../../runtime/catalogue/record.js';
import { ancestorsOf, parentOf } from '../../ir/declarations.js';
import type { Edit } from '../../ir/edit.js';
import { calledFactory, type Factory } from '../../ir/factories.js';
import { referencesTo } from '../../ir/references.js';
import { literalProperty } from '../../ir/resolve.js';
import type { SourceModel } from '../../ir/source.js';
import type { Call, Expression, Parameter, Property, Spread } from '../../ir/syntax.js';
import { replacement } from '../namespaces.js';
import { isInside, sliceOf } from '../text.js';
import { listEdits, objectEdits } from './argument-lists.js';
import type { Draft, Submodule, Target } from './draft.js';
import { labelOfPart } from './labels.js';

const idiom = 'basic-module';

/** What of a factory's parameters goes into the module's options. */
export interface Passed {
  /** The parameter that only names the module: it goes. */
  readonly name: number | null;
  /** The parameter that is spread into the options. */
  readonly spread: number | null;
}

/** The factory that a call runs, where every use of it is such a call in a class of the project. */
export function usableFactory(draft: Draft, call: Call): Factory | null {
  const factory = calledFactory(draft.context.model, draft.source.path, call);
  return factory !== null && isUsable(draft, factory) ? factory : null;
}

/** Whether its sizes can become its parameters, and every use of it is a plain call in a class. */
export function isUsable(draft: Draft, factory: Factory): boolean {
  const { context } = draft;
  const isOwn = isLocal(draft, factory);
  const home = context.model.sources[factory.path];
  if (home === undefined || !hasPlainParameters(factory) || passedBy(factory) === null) return false;
  const isSized = Object.keys(context.sizes.places).some((id) => {
    const at = id.lastIndexOf('@');
    const start = Number(id.slice(at + 1));
    return id.slice(0, at) === factory.path && isInside({ start, end: start }, factory.node.span);
  });
  if (isSized || !isBuildable(factory, isOwn)) return false;
  if (!isOwn && !isAtTop(home, factory)) return false;
  return referencesTo(context.model, factory.binding).every(({ path, node }) => {
    const around = context.model.sources[path];
    const use = around === undefined ? null : parentOf(around, node);
    const inClass = context.model.classes.some((each) => each.path === path && isInside(node.span, each.node.span));
    const isCall = use?.kind === 'Call' && use.callee === node && !use.optional;
    return inClass && isCall && use.args.every((each) => each.kind !== 'Spread');
  });
}

/** Whether it is written in the class whose parts it builds. */
export function isLocal({ source, module }: Draft, { path, node }: Factory): boolean {
  return path === source.path && isInside(node.span, module.node.span);
}

function isAtTop(source: SourceModel, { node }: Factory): boolean {
  const [declaration, ...around] = ancestorsOf(source, node);
  return declaration !== undefined && around.length === 0;
}

function hasPlainParameters({ node }: Factory): boolean {
  return node.params.every((each) => each.pattern.kind !== 'RestPattern' && each.decorators.length === 0);
}

/** Layers whose sizes are plain leading numbers; modes only where the method that has the flag is around it. */
function isBuildable(factory: Factory, isOwn: boolean): boolean {
  const { builds } = factory;
  const target = builds[0]?.target;
  if (target?.target === 'class') return isOwn && builds.length === 1;
  const record = target?.target === 'layer' ? layerByLinenName(target.name) : undefined;
  if (record?.nnx == null || record.sizeArguments.some((each) => each.option !== undefined)) return false;
  if (axisOptions(record).some((axis) => gives(factory, axis))) return false;
  return record.mode === null || (builds.length === 1 && (isOwn || !gives(factory, record.mode.option)));
}

/** Options that say which axis a size is read from. */
function axisOptions({ sizeArguments }: LayerRecord): readonly string[] {
  return sizeArguments.flatMap(({ axis }) => (typeof axis === 'number' ? [] : [axis.option]));
}

/** Whether the function itself may give an option; what its calls add is looked at there. */
function gives({ builds }: Factory, option: string): boolean {
  return builds.some(({ node: { args } }) => {
    const options = args.at(-1);
    const properties = options?.kind === 'ObjectLiteral' ? options.properties : [];
    return properties.some((each) => each.kind === 'Property' && each.key.name === option);
  });
}

/** Null where a name or a spread reaches the options in a way that is not followed. */
export function passedBy({ node, builds }: Factory): Passed | null {
  const passed = builds.map((each): Passed | null => {
    const options = each.node.args.at(-1);
    if (options?.kind !== 'ObjectLiteral') return { name: null, spread: null };
    const spreads = options.properties.filter((property) => property.kind === 'Spread');
    const name = literalProperty(options, 'name');
    const spread = spreads.length === 1 ? parameterAt(node.params, spreads[0]!.argument) : null;
    const named = name === null ? null : parameterAt(node.params, name);
    if (spreads.length > 0 && spread === null) return null;
    const isLast = spread === null || options.properties.at(-1) === spreads[0];
    const isNamed = options.properties.some((property) => property.kind === 'Property' && property.key.name === 'name');
    if (spreads.length > 1 || !isLast || (isNamed && (named === null || spread !== null))) return null;
    return { name: named, spread };
  });
  const [first] = passed;
  if (first == null || passed.some((each) => each?.name !== first.name || each.spread !== first.spread)) return null;
  return first;
}

function parameterAt(params: readonly Parameter[], value: Expression): number | null {
  if (value.kind !== 'Identifier' || value.binding === null) return null;
  const index = params.findIndex(
    (each) => each.pattern.kind === 'IdentifierPattern' && each.pattern.binding === value.binding,
  );
  return index === -1 ? null : index;
}

// --------------------------------------------------------------------------------------------------------- calls

/** What a call names the module, as written; null for no name, undefined where it cannot be read. */
export function nameInCall(factory: Factory, call: Call): Expression | Spread | null | undefined {
  const passed = passedBy(factory);
  if (passed?.name != null) return call.args[passed.name] ?? null;
  const options = passed?.spread == null ? undefined : call.args[passed.spread];
  if (options === undefined) return null;
  if (options.kind !== 'ObjectLiteral' || options.properties.some((each) => each.kind === 'Spread')) return undefined;
  const isNamed = options.properties.some((each) => each.kind === 'Property' && each.key.name === 'name');
  return isNamed ? (literalProperty(options, 'name') ?? undefined) : null;
}

/** Sizes first, the streams behind what must be given; the name goes. */
export function factoryCallEdits(
  draft: Draft,
  part: Submodule & { readonly factory: Factory },
  sizes: readonly string[],
): readonly Edit[] {
  const { factory, place, target } = part;
  const passed = passedBy(factory);
  if (passed === null || place.kind !== 'Call') return [];
  const removed = new Set(passed.name === null ? [] : [passed.name]);
  const options = passed.spread === null ? undefined : place.args[passed.spread];
  const inner: Edit[] = [];
  if (options?.kind === 'ObjectLiteral') {
    const gone = new Set<number>();
    options.properties.forEach((each, index) => {
      const becomes = becomesOf(each, target);
      if (becomes === 'dropped') gone.add(index);
      else if (becomes === 'refused')
        draft.refusals.add('L2N409', each.span, {
          module: labelOfPart(draft, place),
          option: `\`${sliceOf(draft.source, each.span)}\``,
        });
    });
    if (gone.size === options.properties.length && passed.spread === place.args.length - 1) removed.add(passed.spread!);
    else if (gone.size > 0) inner.push(...objectEdits(draft, options, gone, []));
  }
  const at = needsStreams(draft, factory, target) ? streamsPosition(factory) : null;
  if (at === null) return [...listEdits(draft, place, { before: sizes, removed, after: [] }), ...inner];
  const before = place.args[at - 1];
  const isLast = place.args.length <= at || place.args.slice(at).every((_, index) => removed.has(at + index));
  if (before === undefined && !isLast)
    return [...listEdits(draft, place, { before: [...sizes, 'rngs'], removed, after: [] }), ...inner];
  const after = isLast ? ['rngs'] : [];
  const middle = isLast || before === undefined ? [] : [insertion(draft.source.path, before.span.end, ', rngs')];
  return [...listEdits(draft, place, { before: sizes, removed, after }), ...middle, ...inner];
}

/** What becomes of an option that a call spreads into the module's own. */
function becomesOf(each: Property | Spread, target: Target): 'kept' | 'dropped' | 'refused' {
  if (each.kind === 'Spread' || each.key.name === null || each.method) return 'refused';
  if (each.key.name === 'name') return 'dropped';
  if (target.target === 'class') return 'kept';
  const { record } = target;
  const found = record.options.find((option) => option.linen === each.key.name);
  const isOdd = found?.linen === record.mode?.option || axisOptions(record).includes(each.key.name);
  return found?.becomes === 'same' && !isOdd ? 'kept' : 'refused';
}

// ------------------------------------------------------------------------------------------------------ streams

/** A function of the class reads the constructor's streams; any other is handed them. */
export function needsStreams(draft: Draft, factory: Factory, target: Target): boolean {
  if (isLocal(draft, factory)) return false;
  return target.target === 'class' ? target.plan.needsRngs : target.record.rngs !== 'none';
}

function streamsPosition(factory: Factory): number {
  const passed = passedBy(factory);
  return streamsPositionOf(factory.node.params, new Set(passed?.name == null ? [] : [passed.name]));
}

/** Behind the last parameter that must be given. */
export function streamsPositionOf(params: readonly Parameter[], removed: ReadonlySet<number>): number {
  const first = params.findIndex((each, index) => !removed.has(index) && (each.optional || each.initial !== null));
  return first === -1 ? params.length : first;
}

export function insertion(path: string, at: number, text: string): Edit {
  return replacement(path, { start: at, end: at }, text, idiom);
}
