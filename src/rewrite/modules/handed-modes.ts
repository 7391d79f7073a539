/** Modules that are handed to functions: what their calls there are given, and the flags that reach them through parameters. */
import { declarationIn } from '../../ir/declarations.js';
import { literalOf } from '../../ir/literal.js';
import type { TakenCall } from '../../ir/module-takers.js';
import type { BindingId, Call, Expression, ObjectLiteral, Span } from '../../ir/syntax.js';
import { isInside, sliceOf } from '../text.js';
import type { Built, ClassPlan, Draft, Handed, HandedRemoval, Submodule, Target } from './draft.js';
import { checkCall, isModeAsked } from './layer-calls.js';
import { propertyPlace } from './option-places.js';
import { optionsOf } from './parts.js';

/** A mode that a function gives to the layer it was handed. */
export type HandedMode = { readonly within: string } & (
  | { readonly mode: 'constant'; readonly value: boolean }
  | {
      readonly mode: 'flag';
      readonly call: Call;
      /** The argument that becomes the function's flag. */
      readonly argument: number;
      readonly expression: Expression;
      /** Value of the argument that means training. */
      readonly training: boolean;
      /** The function goes on asking for it. */
      readonly stays: boolean;
      readonly removal: HandedRemoval;
    }
);

/** Those of one part; refuses a function that does with it what cannot be told here. */
export function handedModes(draft: Draft, built: readonly Built[], part: Submodule): readonly HandedMode[] {
  return part.handed.flatMap((handed) => {
    const odd = oddity(draft, built, { part, handed });
    const label = `\`${sliceOf(draft.source, part.node.callee.span)}\``;
    if (odd !== null) {
      draft.refusals.add('L2N407', handed.call.span, { module: label, form: odd });
      return [];
    }
    return handed.taken.calls.flatMap((call) => modeOf(draft, built, { part, handed, call, label }));
  });
}

interface At {
  readonly part: Submodule;
  readonly handed: Handed;
}

/** Why a function cannot have the part; null where it can. */
function oddity(draft: Draft, built: readonly Built[], { part, handed }: At): string | null {
  const { taker, index } = handed.taken;
  const { target } = part;
  if (part.lifting !== null || part.list !== null) return 'a lifted or repeated module is passed on';
  const mode = target.target === 'layer' ? target.record.mode?.option : undefined;
  if (mode !== undefined && propertyPlace(optionsOf(part.node, target), mode) !== null)
    return 'passed on with its mode';
  const isTyped = taker.node.params[index]?.type?.form.form === 'reference';
  for (const use of taker.uses) {
    const isOwn = use.class === draft.module.id;
    if (!isOwn && !isTyped) return 'a function without types has it, and other classes call that function';
    if (isOwn && !built.some((each) => isHandedAt(each, use.call, { index, target })))
      return 'the function is handed something else as well';
  }
  return null;
}

function isHandedAt(
  part: Built,
  call: Call,
  { index, target }: { readonly index: number; readonly target: Target },
): boolean {
  if (part.builds !== 'module' || !isSameTarget(part.target, target)) return false;
  return part.handed.some((each) => each.call === call && each.taken.index === index);
}

function isSameTarget(a: Target, b: Target): boolean {
  if (a.target === 'class') return b.target === 'class' && a.plan.class === b.plan.class;
  return b.target === 'layer' && a.record.linen === b.record.linen;
}

/** A class of the project is called there as it was: its methods keep their parameters, flags among them. */
function checkClassCall(
  draft: Draft,
  plan: ClassPlan,
  at: At & { readonly call: TakenCall; readonly label: string },
): void {
  const { handed, call, label } = at;
  const method = plan.methods[call.method];
  if (method === undefined) {
    draft.refusals.add('L2N407', handed.call.span, { module: label, form: `\`.${call.method}\` is called` });
    return;
  }
  if (method.mode === null && method.positions.every((each, index) => each === index)) return;
  draft.flagged.add(plan.class);
  draft.refusals.add('L2N412', handed.call.span, { module: label, option: 'a flag of a function' });
}

function modeOf(
  draft: Draft,
  built: readonly Built[],
  at: At & { readonly call: TakenCall; readonly label: string },
): readonly HandedMode[] {
  const { part, handed, call, label } = at;
  const { taker } = handed.taken;
  if (part.target.target === 'class') {
    checkClassCall(draft, part.target.plan, at);
    return [];
  }
  const { record } = part.target;
  // What stands against it is said where the class hands it over: refusals belong to the class's own file.
  const add: Draft['refusals']['add'] = (code, _, data) => draft.refusals.add(code, handed.call.span, data);
  const options = checkCall({ ...draft, refusals: { ...draft.refusals, add } }, { record, call, label });
  if (options === 'refused' || record.mode === null || call.method !== 'call') return [];
  const literal = options?.kind === 'ObjectLiteral' ? options : null;
  const place = propertyPlace(literal, record.mode.option);
  if (place === null || literal === null) {
    if (isModeAsked(part, record.mode.onlyWith)) draft.refusals.add('L2N415', handed.call.span, { module: label });
    return [];
  }
  const { within } = handed;
  const constant = literalOf(draft.context.model, taker.path, place.value);
  if (typeof constant?.value === 'boolean') return [{ within, mode: 'constant', value: constant.value }];
  const flag = flagOf(draft, handed, place.value);
  const expression = flag === null ? undefined : handed.call.args[flag.index];
  const isShared = taker.uses.some((each) => each.class !== draft.module.id);
  if (flag === null || expression === undefined || expression.kind === 'Spread' || isShared) {
    for (const each of taker.uses) draft.flagged.add(each.class);
    if (!draft.kept.has(draft.module.id)) {
      const option = isShared ? 'a flag of a function that other classes call' : 'a flag of a function';
      draft.refusals.add('L2N412', handed.call.span, { module: label, option });
    }
    return [];
  }
  const stays = !isSpent(draft, built, { handed, binding: flag.binding });
  const removal: HandedRemoval = {
    taker,
    call: call.node,
    argument: call.node.args.indexOf(literal),
    property: place.index,
    parameter: stays ? null : flag.index,
  };
  const training = flag.negated ? !record.mode.training : record.mode.training;
  return [
    { within, mode: 'flag', call: handed.call, argument: flag.index, expression, training, stays, removal } as const,
  ];
}

interface Flag {
  readonly index: number;
  readonly binding: BindingId;
  readonly negated: boolean;
}

/** `training` or `!training`, a parameter of the function that is always given. */
function flagOf(draft: Draft, handed: Handed, value: Expression): Flag | null {
  if (value.kind === 'Unary' && value.operator === '!') {
    const inner = flagOf(draft, handed, value.argument);
    return inner === null ? null : { ...inner, negated: !inner.negated };
  }
  const { taker } = handed.taken;
  const source = draft.context.model.sources[taker.path];
  if (value.kind !== 'Identifier' || value.binding === null || source === undefined) return null;
  const place = declarationIn(source, value.binding);
  if (place?.declares !== 'parameter' || place.function !== taker.node) return null;
  const { pattern, initial, optional } = place.parameter;
  if (pattern.kind !== 'IdentifierPattern' || initial !== null || optional) return null;
  if (source.bindings[value.binding]?.writes.length !== 0) return null;
  return { index: place.index, binding: value.binding, negated: false };
}

/** Whether a flag of the function only chose modes of layers that the same call hands over. */
function isSpent(
  draft: Draft,
  built: readonly Built[],
  { handed, binding }: { readonly handed: Handed; readonly binding: BindingId },
): boolean {
  const { taker } = handed.taken;
  const reads = draft.context.model.sources[taker.path]?.bindings[binding]?.reads ?? [];
  const modes = taker.uses.map(({ call }) => built.flatMap((part) => modeSpans(part, call)));
  return modes.every((spans) => reads.every((read) => spans.some((each) => isInside(read, each))));
}

/** The modes that a part gets in the function that a call hands it to. */
function modeSpans(part: Built, call: Call): readonly Span[] {
  if (part.builds !== 'module' || part.target.target === 'class') return [];
  const { mode } = part.target.record;
  const here = part.handed.filter((each) => each.call === call);
  return here.flatMap(({ taken }) =>
    taken.calls.flatMap(({ node, method }) => {
      const options: ObjectLiteral[] = node.args.filter((each) => each.kind === 'ObjectLiteral');
      const place = mode === null || method !== 'call' ? null : propertyPlace(options.at(-1) ?? null, mode.option);
      return place === null ? [] : [place.value.span];
    }),
  );
}
