/** `new nn.Dense(this.features)` becomes `new nnx.Linear(inFeatures, features, { rngs })`. */
import type { LayerRecord, OptionRecord } from '../../../runtime/catalogue/record.js';
import type { Edit } from '../../ir/edit.js';
import { classOf } from '../../ir/resolve.js';
import type { Expression, New, ObjectLiteral, Property, Span, Spread } from '../../ir/syntax.js';
import { replacement } from '../namespaces.js';
import { listEdits, objectEdits, removedProperties } from './argument-lists.js';
import type { ClassPlan, Draft, ModeRemoval, Submodule } from './draft.js';
import { factoryCallEdits } from './factory-calls.js';
import { optionKeys } from './option-keys.js';
import { labelOfPart } from './labels.js';
import { optionsOf } from './parts.js';

const idiom = 'basic-module';

/** Edits inside the `new` of a submodule, so that what else is written there stays. */
export function constructEdits(draft: Draft, part: Submodule, removals: readonly ModeRemoval[]): readonly Edit[] {
  const { place, factory } = part;
  const wanted =
    part.target.target === 'layer' ? part.target.record.sizeArguments : part.target.plan.manifest.newArguments;
  const sizes =
    draft.context.sizes.sites[`${draft.source.path}@${place.span.start}`]?.sizes.map((each) => each.text) ?? [];
  if (sizes.length !== wanted.length) {
    if (draft.context.sizes.refusals.every((each) => each.class !== draft.module.id)) {
      draft.refusals.add('L2N420', place.span, { module: labelOfPart(draft, place), expression: 'its input size' });
    }
    return [];
  }
  return factory === null
    ? sizedConstruction(draft, part, { sizes, removals })
    : factoryCallEdits(draft, { ...part, factory }, sizes);
}

/** What a `new` is built from. */
export interface Construction {
  /** Its input sizes, as text. */
  readonly sizes: readonly string[];
  readonly removals: readonly ModeRemoval[];
  /** Spread options whose every caller has been looked at. */
  readonly known?: Expression | null;
}

/** Edits inside a `new` whose input sizes are known. */
export function sizedConstruction(
  draft: Draft,
  part: Pick<Submodule, 'node' | 'target'>,
  { sizes, removals, known = null }: Construction,
): readonly Edit[] {
  const { node } = part;
  if (node.argsSpan === null || node.args.some((each) => each.kind === 'Spread')) {
    draft.refusals.add('L2N409', node.span, {
      module: labelOfPart(draft, node),
      option: 'arguments that are spread or missing',
    });
    return [];
  }
  return part.target.target === 'layer'
    ? layerEdits(draft, part, { record: part.target.record, sizes, removals, known })
    : classEdits(draft, part, { plan: part.target.plan, sizes, removals });
}

// ------------------------------------------------------------------------------------------------------ layers

interface LayerWork {
  readonly record: LayerRecord;
  readonly sizes: readonly string[];
  readonly removals: readonly ModeRemoval[];
  readonly known: Expression | null;
}
type Part = Pick<Submodule, 'node' | 'target'>;

function layerEdits(draft: Draft, part: Part, { record, sizes, removals, known }: LayerWork): readonly Edit[] {
  const { node } = part;
  const options = optionsOf(node, part.target);
  const given = options === null ? givenOptions(draft, part, record) : null;
  const positional = options === null && given === null ? node.args : node.args.slice(0, -1);
  const required = record.linenPositional.filter((each) => each.required).length;
  const isFitting = positional.length >= required && positional.length <= record.linenPositional.length;
  const order = [...(record.nnxLeading ?? []), ...record.nnxPositional];
  const isSameOrder = record.linenPositional.every((each, index) => order[index] === each.name);
  if (!isFitting || !isSameOrder) {
    const odd = positional.at(-1);
    const option = odd === undefined || !isFitting === false ? 'its arguments' : `\`${textOf(draft, odd.span)}\``;
    draft.refusals.add('L2N409', node.span, { module: labelOfPart(draft, node), option });
    return [];
  }
  return [
    replacement(draft.source.path, node.callee.span, `${draft.nnx}.${record.nnx}`, idiom),
    ...sizeEdits(draft, part, { record, sizes, hasOptions: options !== null || given !== null }),
    ...(given ?? []),
    ...(options === null
      ? []
      : optionEdits(draft, part, { record, options, removals, known, sizes: optionSizes(record, sizes) })),
  ];
}

/** Sizes that are options, where they differ from the first: `inKvFeatures: textDim`. */
function optionSizes(record: LayerRecord, sizes: readonly string[]): readonly string[] {
  return record.sizeArguments.flatMap(({ option }, index) =>
    option === undefined || sizes[index] === sizes[0] ? [] : [`${option}: ${sizes[index]}`],
  );
}

/** Sizes behind the leading parameters, and an options object where there was none. */
function sizeEdits(
  draft: Draft,
  { node }: Part,
  work: { readonly record: LayerRecord; readonly sizes: readonly string[]; readonly hasOptions: boolean },
): readonly Edit[] {
  const { record, sizes, hasOptions } = work;
  const positional = sizes.filter((_, index) => record.sizeArguments[index]?.option === undefined);
  const added = [
    ...optionSizes(record, sizes),
    ...changedDefaults(record, new Set()),
    ...(record.rngs === 'none' ? [] : ['rngs']),
  ];
  const after = !hasOptions && added.length > 0 ? [`{ ${added.join(', ')} }`] : [];
  const leading = record.nnxLeading?.length ?? 0;
  const before = node.args[leading - 1];
  if (before === undefined) return listEdits(draft, node, { before: positional, removed: new Set(), after });
  const at = { start: before.span.end, end: before.span.end };
  const isLast = node.args.length === leading;
  const text = [...positional, ...(isLast ? after : [])].join(', ');
  const rest = isLast ? [] : listEdits(draft, node, { before: [], removed: new Set(), after });
  return [replacement(draft.source.path, at, `, ${text}`, idiom), ...rest];
}

function optionEdits(
  draft: Draft,
  { node }: Part,
  work: {
    readonly record: LayerRecord;
    readonly options: ObjectLiteral;
    readonly removals: readonly ModeRemoval[];
    readonly sizes: readonly string[];
    readonly known: Expression | null;
  },
): readonly Edit[] {
  const { record, options } = work;
  const moded = removedProperties(work.removals, node, node.args.length - 1);
  const removed = new Set(moded);
  const edits: Edit[] = [];
  options.properties.forEach((each, index) => {
    if (removed.has(index)) return;
    if (each.kind === 'Spread' && (each.argument === work.known || takesSpread(draft, record, each.argument))) return;
    const known = optionRecord(record, each);
    if (known === null || each.kind === 'Spread') return refuseOption(draft, node, each);
    if (known.becomes === 'dropped') removed.add(index);
    if (known.becomes === 'renamed' && known.nnx !== null) edits.push(renamed(draft, each, known.nnx));
  });
  const given = new Set(options.properties.map((each) => (each.kind === 'Property' ? each.key.name : null)));
  const added = [...work.sizes, ...changedDefaults(record, given), ...(record.rngs === 'none' ? [] : ['rngs'])];
  return [...edits, ...objectEdits(draft, options, removed, added)];
}

/** Whether every key of a value is an option of the same name, meaning and default in both styles. */
function takesSpread(draft: Draft, { options, mode }: LayerRecord, value: Expression): boolean {
  const keys = optionKeys(draft, value);
  return (
    keys !== null &&
    keys.every(
      (key) =>
        key !== mode?.option &&
        options.some((each) => each.linen === key && each.becomes === 'same' && each.linenDefault === each.nnxDefault),
    )
  );
}

/** Options given as a value: `new nn.Dense(3, config.layer())`. */
function givenOptions(draft: Draft, { node }: Part, record: LayerRecord): readonly Edit[] | null {
  const last = node.args.at(-1);
  if (node.args.length !== record.linenPositional.length + 1 || last === undefined) return null;
  if (last.kind === 'Spread' || last.kind === 'ObjectLiteral' || !takesSpread(draft, record, last)) return null;
  const { path } = draft.source;
  const rngs = record.rngs === 'none' ? '' : ', rngs';
  return [
    replacement(path, { start: last.span.start, end: last.span.start }, '{ ...', idiom),
    replacement(path, { start: last.span.end, end: last.span.end }, `${rngs} }`, idiom),
  ];
}

function optionRecord(record: LayerRecord, property: Property | Spread): OptionRecord | null {
  if (property.kind === 'Spread') return null;
  const found = record.options.find((each) => each.linen === property.key.name);
  return found === undefined || found.becomes === 'refused' || property.method ? null : found;
}

function refuseOption(draft: Draft, node: New, property: Property | Spread): void {
  const option = property.kind === 'Spread' ? 'a spread' : `\`${textOf(draft, property.key.span)}\``;
  draft.refusals.add('L2N409', property.span, { module: labelOfPart(draft, node), option });
}

function renamed(draft: Draft, property: Property, name: string): Edit {
  const text = property.shorthand ? `${name}: ${textOf(draft, property.span)}` : name;
  return replacement(draft.source.path, property.shorthand ? property.span : property.key.span, text, idiom);
}

/** Options whose defaults differ are written out. */
function changedDefaults(record: LayerRecord, given: ReadonlySet<string | null>): readonly string[] {
  return record.options
    .filter((each) => ['same', 'renamed'].includes(each.becomes) && !given.has(each.linen))
    .filter((each) => each.linenDefault !== null && each.linenDefault !== each.nnxDefault)
    .map((each) => `${each.nnx ?? each.linen}: ${each.linenDefault}`);
}

// ------------------------------------------------------------------------------------------------------ classes

interface ClassWork {
  readonly plan: ClassPlan;
  readonly sizes: readonly string[];
  readonly removals: readonly ModeRemoval[];
}

function classEdits(draft: Draft, part: Part, { plan, sizes, removals }: ClassWork): readonly Edit[] {
  const { node } = part;
  const module = classOf(draft.context.model, plan.class);
  const params = module?.constructorMethod?.params ?? [];
  const stays = plan.decided.parameters.kept;
  const removed = new Set(node.args.flatMap((_, index) => (stays[index]?.stays === false ? [index] : [])));
  const padding = plan.needsRngs
    ? params
        .slice(node.args.length)
        .flatMap((_, index) => (stays[node.args.length + index]?.stays === false ? [] : ['undefined']))
    : [];
  const after = plan.needsRngs ? [...padding, '{ rngs }'] : [];
  const options = node.args.flatMap((each, index) =>
    each.kind === 'ObjectLiteral' && !removed.has(index)
      ? optionsOfClass(draft, node, { options: each, index, removals })
      : [],
  );
  return [...listEdits(draft, node, { before: sizes, removed, after }), ...options];
}

/** A `name`, and a mode kept in the options, go. */
function optionsOfClass(
  draft: Draft,
  node: New,
  at: { readonly options: ObjectLiteral; readonly index: number; readonly removals: readonly ModeRemoval[] },
): readonly Edit[] {
  const removed = new Set(removedProperties(at.removals, node, at.index));
  at.options.properties.forEach((each, index) => {
    if (each.kind === 'Property' && each.key.name === 'name') removed.add(index);
  });
  return removed.size === 0 ? [] : objectEdits(draft, at.options, removed, []);
}

function textOf(draft: Draft, span: Span): string {
  return draft.source.text.slice(span.start, span.end);
}
