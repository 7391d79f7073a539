/** Variables that are made for inputs of one shape: not there until `initCache` makes them. */
import { collections } from '../../../runtime/catalogue/collections.js';
import { constantTensors } from '../../../runtime/catalogue/constant-tensors.js';
import { ancestorsOf } from '../../ir/declarations.js';
import type { Edit } from '../../ir/edit.js';
import type { CacheSizes } from '../../ir/sizes.js';
import { classOf, entityOf } from '../../ir/resolve.js';
import type { Call, Expression, Spread } from '../../ir/syntax.js';
import { type SyntaxNode, walk } from '../../ir/walk.js';
import { camelCase, isInside, movedText, sliceOf } from '../text.js';
import type { Built, Draft, Kept, Submodule } from './draft.js';
import { isDeadIn, type Lifecycle } from './lifecycle.js';
import { labelOfPart } from './labels.js';
import { variableClassText } from './variable-classes.js';

/** What `initCache` makes: the class's own variables, then those of what it builds. */
export interface Caches {
  readonly own: readonly Kept[];
  readonly below: readonly Submodule[];
  readonly sizes: CacheSizes;
}

export const cacheMethod = 'initCache';

/** Whether a collection's variables wait for `initCache`: a class that asks for them in a method expects that. */
export function isMadeLater(draft: Draft, collection: string, phase: Built['phase']): boolean {
  const isCache = collections.some((each) => each.collection === collection && each.made === 'initCache');
  return isCache && phase === 'compact' && draft.selfUses.some((use) => asksFor(draft, use, collection));
}

function asksFor(draft: Draft, use: Draft['selfUses'][number], collection: string): boolean {
  if (use.name !== 'hasVariable' || use.node === null) return false;
  const quoted = /^\(\s*(['"`])([^'"`]*)\1/.exec(draft.source.text.slice(use.node.span.end));
  return quoted?.[2] === collection;
}

export function laterParts(built: readonly Built[]): readonly Kept[] {
  return built.filter((each): each is Kept => each.builds === 'variable' && each.made === 'initCache');
}

/** Null where the class has no cache, or one that a caller cannot make through it. */
export function decideCaches(draft: Draft, built: readonly Built[], lifecycle: Lifecycle): Caches | null {
  const own = laterParts(built);
  const below = built.filter((each): each is Submodule => each.builds === 'module' && hasCache(each));
  if (own.length === 0 && below.length === 0) return null;
  const { node, id } = draft.module;
  const taken = node.members.find((each) => !each.static && each.name === cacheMethod);
  if (taken !== undefined) draft.refusals.add('L2N419', taken.span, { name: cacheMethod });
  checkPlaces(draft, own);
  for (const part of own) checkUses(draft, part, lifecycle);
  for (const part of below) checkCalls(draft, part);
  const sizes = draft.context.sizes.caches[id];
  for (const part of own) checkFirstValue(draft, part, sizes);
  const isKnown = below.every((each) => each.lifting === null && sizes?.shapes[siteOf(draft, each)] !== undefined);
  return sizes === undefined || !isKnown ? null : { own, below, sizes };
}

function hasCache({ target }: Submodule): boolean {
  return target.target === 'class' && target.plan.initCache !== null;
}

function siteOf(draft: Draft, { node }: Built): string {
  return `${draft.source.path}@${node.span.start}`;
}

/** One method makes them all at once: so must Linen. */
function checkPlaces(draft: Draft, own: readonly Kept[]): void {
  const blocks = new Set(own.map((each) => ancestorsOf(draft.source, each.place).find(({ kind }) => kind === 'Block')));
  const [first] = own;
  if (first === undefined || blocks.size === 1) return;
  draft.refusals.add('L2N405', first.place.span, { module: labelOfPart(draft, first.place) });
}

/** Used where it is known to be there, and nowhere else. */
function checkUses(draft: Draft, part: Kept, lifecycle: Lifecycle): void {
  if (part.holder.holder !== 'local')
    return draft.refusals.add('L2N426', part.place.span, { form: 'it is not kept in a constant' });
  const mentions = draft.identifiers.get(part.holder.binding) ?? [];
  const loose = mentions.find((each) => !isDeadIn(draft, lifecycle, each, 'initialising'));
  if (loose !== undefined) draft.refusals.add('L2N437', loose.span, { variable: part.holder.name });
}

/** In its second call of the initialising run Linen's module has a cache already, and writes to it. */
function checkCalls(draft: Draft, part: Submodule): void {
  const isOne = part.list === null && part.holder.holder !== 'element';
  const again =
    part.calls.length > 1 ? part.calls[1] : isOne ? part.calls.find((each) => isRepeated(draft, each.node)) : undefined;
  if (again !== undefined) draft.refusals.add('L2N437', again.node.span, { variable: part.attribute });
}

function isRepeated(draft: Draft, call: Call): boolean {
  const above = ancestorsOf(draft.source, call);
  const inMethod = above.slice(
    0,
    above.findIndex((each) => each.kind === 'Method' || each.kind === 'Field'),
  );
  return inMethod.some((each) => ['For', 'ForEach', 'While'].includes(each.kind));
}

// -------------------------------------------------------------------------------------------------- first values

/** How a first value is written where no input is at hand. */
type FirstValue =
  | { readonly as: 'text'; readonly init: Expression; readonly args: readonly Expression[] }
  | { readonly as: 'filled'; readonly callee: string; readonly dtype: Expression | null };

function checkFirstValue(draft: Draft, part: Kept, sizes: CacheSizes | undefined): void {
  const value = firstValue(draft, part);
  const isKnown = value !== null && (value.as === 'text' || sizes?.shapes[siteOf(draft, part)] !== undefined);
  if (isKnown) return;
  const expression = sliceOf(draft.source, { start: part.init.span.start, end: part.place.argsSpan.end });
  draft.refusals.add('L2N420', part.init.span, { module: labelOfPart(draft, part.place), expression });
}

function firstValue(draft: Draft, { init, args }: Kept): FirstValue | null {
  if (![init, ...args].some((each) => readsLocal(draft, each))) return { as: 'text', init, args };
  const inner = init.kind === 'Function' && init.params.length === 0 && args.length === 0 ? init.body : null;
  const call: { readonly callee: Expression; readonly args: readonly (Expression | Spread)[] } | null =
    inner === null ? { callee: init, args } : inner.kind === 'Call' ? inner : null;
  if (call?.callee.kind !== 'Member') return null;
  const entity = entityOf(draft.context.model, draft.source.path, call.callee);
  const name = entity?.entity === 'external' ? constantTensors[entity.name] : undefined;
  if (name === undefined) return null;
  const [, dtype = null] = call.args;
  if (dtype?.kind === 'Spread') return null;
  const isOfInput = dtype?.kind === 'Member' && dtype.property === 'dtype' && readsLocal(draft, dtype.object);
  if (dtype !== null && readsLocal(draft, dtype) && !isOfInput) return null;
  const callee = `${sliceOf(draft.source, call.callee.object.span)}.${name}`;
  return { as: 'filled', callee, dtype: isOfInput ? null : dtype };
}

/** Whether it reads a parameter or constant of the method around it. */
function readsLocal(draft: Draft, node: Expression): boolean {
  let found = false;
  walk(node, (each) => {
    const binding =
      each.kind === 'Identifier' && each.binding !== null ? draft.source.bindings[each.binding] : undefined;
    if (binding !== undefined && isInside(binding.span, draft.module.node.span) && !isInside(binding.span, node.span))
      found = true;
    return !found;
  });
  return found;
}

// ---------------------------------------------------------------------------------------------------------- text

/** The method, after the one that uses the cache. */
export function cacheMethodText(draft: Draft, { own, below, sizes }: Caches, inner: readonly Edit[]): string {
  const lines = [
    ...own.map(
      (part) =>
        `this.${part.attribute} = new ${variableClassText(draft, part.collection)}(${valueText(draft, part, { sizes, inner })});`,
    ),
    ...below.map((part) => belowText(draft, part, sizes)),
  ];
  const parameter = sizes.parameter === null ? '' : draft.typed ? 'inputShape: number[]' : 'inputShape';
  const doc =
    sizes.parameter === null ? '/** Makes an empty cache. */' : '/** Makes an empty cache for inputs of this shape. */';
  return `${doc}\n${cacheMethod}(${parameter})${draft.typed ? ': void' : ''} {\n${lines.join('\n')}\n}`;
}

function valueText(
  draft: Draft,
  part: Kept,
  at: { readonly sizes: CacheSizes; readonly inner: readonly Edit[] },
): string {
  const value = firstValue(draft, part);
  if (value?.as === 'filled') {
    const shape = shapeText(draft, at.sizes, part);
    const dtype = value.dtype === null ? '' : `, ${movedText(draft.source, value.dtype.span, at.inner)}`;
    return `${value.callee}(${shape}${dtype})`;
  }
  const { init, args } = part;
  const texts = args.map((each) => movedText(draft.source, each.span, at.inner));
  const isPlain =
    init.kind === 'Function' && init.params.length === 0 && init.body.kind !== 'Block' && texts.length === 0;
  if (isPlain) return movedText(draft.source, init.body.span, at.inner);
  const text = movedText(draft.source, init.span, at.inner);
  return `${init.kind === 'Function' ? `(${text})` : text}(${texts.join(', ')})`;
}

function belowText(draft: Draft, part: Submodule, sizes: CacheSizes): string {
  const { target, attribute, holder, list, optional } = part;
  const isSized = target.target === 'class' && target.plan.initCache?.parameter !== null;
  const call = `${cacheMethod}(${isSized ? shapeText(draft, sizes, part) : ''})`;
  const place = holder.holder === 'element' ? holder.place : null;
  if (list !== null || place?.place === 'turn') {
    const name =
      target.target === 'class' ? camelCase(classOf(draft.context.model, target.plan.class)?.name ?? 'each') : 'each';
    return `for (const ${name} of this.${attribute}) ${name}.${call};`;
  }
  const path =
    place === null ? attribute : place.place === 'item' ? `${attribute}[${place.index}]` : `${attribute}.${place.key}`;
  return `this.${path}${optional ? '?' : ''}.${call};`;
}

function shapeText(draft: Draft, sizes: CacheSizes, part: Built): string {
  const text = sizes.shapes[siteOf(draft, part)] ?? '';
  return draft.typed ? text : text.replace(/(inputShape\[\d+\])!/g, '$1');
}

/** The calls that make the variables, with the text in them. */
export function laterPlaces(built: readonly Built[]): readonly Call[] {
  return laterParts(built).map((each) => each.place);
}

/** Names in the text of variables made later. */
export function namesInLater(built: readonly Built[]): readonly (SyntaxNode & { kind: 'Identifier' })[] {
  const found: (SyntaxNode & { kind: 'Identifier' })[] = [];
  for (const place of laterPlaces(built))
    walk(place, (each) => {
      if (each.kind === 'Identifier') found.push(each);
      return true;
    });
  return found;
}
