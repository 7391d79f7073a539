/** Modes become state of the model: which flags go, and what callers set instead. */
import { parentOf } from '../../ir/declarations.js';
import type { MethodPlan, ModeFlag } from '../../ir/module-plan.js';
import type { ModuleMethod } from '../../ir/project.js';
import type { Call, Expression, New, Span } from '../../ir/syntax.js';
import { isInside, sliceOf } from '../text.js';
import type {
  Built,
  ClassPlan,
  Draft,
  HandedRemoval,
  ModeDecisions,
  ModeRemoval,
  Submodule,
  SubmoduleCall,
} from './draft.js';
import { type Alias, type FlagSource, modeValueOf, sameFlag } from './flags.js';
import { handedModes, type HandedMode } from './handed-modes.js';
import { keepFlags } from './kept-flags.js';
import { checkCall, isModeAsked } from './layer-calls.js';
import { propertyPlace } from './option-places.js';
import { optionsOf } from './parts.js';

/** Decides about every mode argument in the class. */
export function decideModes(draft: Draft, built: readonly Built[]): ModeDecisions {
  if (draft.kept.has(draft.module.id)) {
    readAll(draft, built);
    return keepFlags(draft, built);
  }
  const state: State = {
    draft,
    built,
    removals: [],
    constants: new Map(),
    moded: new Set(),
    fixed: new Map(),
    uses: [],
    handed: [],
    methods: new Map(),
    open: new Set(),
  };
  for (const method of draft.module.methods) planMethod(state, method);
  for (const part of built) if (part.method === 'setup' && part.builds === 'module') readConstruct(state, part);
  const constructorMode = constructorFlag(state);
  const inherited =
    draft.module.base.base === 'class' ? draft.done.get(draft.module.base.id)?.decided.modes.methods : undefined;
  const methods = new Map([...(inherited ?? []), ...state.methods]);
  refuseLooseMethods(state);
  return {
    removals: state.removals,
    handed: state.handed,
    constants: state.constants,
    moded: state.moded,
    fixed: state.fixed,
    methods,
    constructorMode,
  };
}

/** What calls of layers are given must be known here as well. */
function readAll(draft: Draft, built: readonly Built[]): void {
  for (const part of built) {
    if (part.builds !== 'module' || part.target.target !== 'layer') continue;
    const { record } = part.target;
    handedModes(draft, built, part);
    for (const call of part.calls)
      checkCall(draft, { record, call, label: `\`${sliceOf(draft.source, part.node.callee.span)}\`` });
  }
}

/** A place that takes a mode, and the flag it got. */
interface ModeUse {
  readonly method: string;
  readonly span: Span;
  readonly flag: FlagSource;
  readonly aliases: readonly Alias[];
  /** Value of the flag that means training. */
  readonly training: boolean;
  readonly initial: boolean | null;
  /** The text stays: what is called goes on asking for the flag. */
  readonly stays: boolean;
}

interface State {
  readonly draft: Draft;
  readonly built: readonly Built[];
  readonly removals: ModeRemoval[];
  readonly constants: Map<Submodule, { readonly option: string; readonly value: boolean }>;
  readonly moded: Set<Submodule>;
  readonly fixed: Map<Submodule, readonly boolean[]>;
  readonly uses: ModeUse[];
  readonly handed: HandedRemoval[];
  readonly methods: Map<string, MethodPlan>;
  readonly open: Set<string>;
}

function planMethod(state: State, method: ModuleMethod): MethodPlan | null {
  const { name } = method;
  const known = state.methods.get(name);
  if (known !== undefined || state.open.has(name)) return known ?? null;
  state.open.add(name);
  for (const part of state.built) {
    if (part.builds !== 'module') continue;
    if (part.method === name) readConstruct(state, part);
    for (const call of part.calls) if (call.within === name) readCall(state, part, call);
    for (const each of handedModes(state.draft, state.built, part))
      if (each.within === name) readHanded(state, part, each);
  }
  for (const { node, callee } of selfCalls(state.draft, name)) {
    const target = state.draft.module.methods.find((each) => each.name === callee);
    const plan = target === undefined ? inheritedPlan(state.draft, callee) : planMethod(state, target);
    if (plan != null)
      readPlannedCall(state, node, { plan, method: name, label: `\`this.${callee}\``, of: state.draft.module.id });
  }
  const plan = finishMethod(state, method);
  state.methods.set(name, plan);
  return plan;
}

// -------------------------------------------------------------------------------------------------- mode places

function readConstruct(state: State, part: Submodule): void {
  const { node, target, method } = part;
  if (target.target === 'class') {
    const flag = target.plan.constructorMode;
    if (flag !== null)
      readFlagArgument(state, node, { flag, method, label: labelOf(state, node), of: target.plan.class });
    return;
  }
  const option = target.record.mode?.option;
  const place = option === undefined ? null : propertyPlace(optionsOf(node, target), option);
  if (place === null || target.record.mode === null) return;
  const argument = node.args.length - 1;
  const value = take(state, {
    expression: place.value,
    method,
    training: target.record.mode.training,
    label: labelOf(state, node),
  });
  state.removals.push({ of: 'property', call: node, argument, property: place.index });
  if (value === 'refused') return;
  noteMode(state, part, value);
  if (value !== null) state.constants.set(part, { option: target.record.mode.option, value });
}

function readCall(state: State, part: Submodule, call: SubmoduleCall): void {
  const { target, node } = part;
  const label = labelOf(state, node);
  if (target.target === 'class') {
    const plan = target.plan.methods[call.method];
    if (plan === undefined)
      return state.draft.refusals.add('L2N407', call.callee.span, {
        module: label,
        form: `\`.${call.method}\` is called`,
      });
    return readPlannedCall(state, call.node, { plan, method: call.within, label, of: target.plan.class });
  }
  const { record } = target;
  const options = checkCall(state.draft, { record, call, label });
  if (options === 'refused') return;
  if (record.mode === null || call.method !== 'call') return;
  const place = propertyPlace(options?.kind === 'ObjectLiteral' ? options : null, record.mode.option);
  if (place === null) {
    if (!isGivenAtConstruction(part, record.mode.option) && isModeAsked(part, record.mode.onlyWith))
      state.draft.refusals.add('L2N415', call.node.span, { module: label });
    return;
  }
  const value = take(state, { expression: place.value, method: call.within, training: record.mode.training, label });
  if (value !== 'refused') noteMode(state, part, value);
  const argument = call.node.args.length - 1;
  if (value === null) state.removals.push({ of: 'property', call: call.node, argument, property: place.index });
}

/** A call of it in a function that it is handed to. */
function readHanded(state: State, part: Submodule, at: HandedMode): void {
  if (at.mode === 'constant') return noteMode(state, part, at.value);
  const label = labelOf(state, part.node);
  const { expression, within, training, stays } = at;
  const value = take(state, { expression, method: within, training, label, stays });
  if (value === 'refused') return;
  state.handed.push(at.removal);
  if (!stays) state.removals.push({ of: 'argument', call: at.call, argument: at.argument });
  if (value === null) return noteMode(state, part, null);
  state.draft.flagged.add(state.draft.module.id);
  state.draft.refusals.add('L2N413', expression.span, { module: label, option: `\`${value}\`` });
}

function noteMode(state: State, part: Submodule, value: boolean | null): void {
  if (value === null) state.moded.add(part);
  else state.fixed.set(part, [...(state.fixed.get(part) ?? []), value]);
}

/** A call of a converted method: its own class's or a submodule's. */
function readPlannedCall(
  state: State,
  call: Call,
  at: { readonly plan: MethodPlan; readonly method: string; readonly label: string; readonly of: string },
): void {
  const { mode } = at.plan;
  if (at.plan.positions.some((each) => each === null) && call.args.some((each) => each.kind === 'Spread')) {
    return state.draft.refusals.add('L2N425', call.span, { module: at.label, option: 'spread arguments' });
  }
  if (mode !== null) readFlagArgument(state, call, { flag: mode, method: at.method, label: at.label, of: at.of });
}

function readFlagArgument(
  state: State,
  call: Call | New,
  at: { readonly flag: ModeFlag; readonly method: string; readonly label: string; readonly of: string },
): void {
  const { flag, method, label } = at;
  const argument = call.args[flag.parameter];
  const options = argument?.kind === 'ObjectLiteral' ? argument : null;
  const place = flag.key === null ? null : propertyPlace(options, flag.key);
  const expression = flag.key === null ? (argument?.kind === 'Spread' ? undefined : argument) : place?.value;
  if (expression === undefined) {
    const isKnown = argument === undefined || options !== null;
    state.draft.flagged.add(at.of);
    return state.draft.refusals.add(isKnown ? 'L2N413' : 'L2N412', call.span, { module: label, option: 'left out' });
  }
  const value = take(state, { expression, method, training: flag.training, label, stays: flag.stays });
  if (value === 'refused') return void state.draft.flagged.add(at.of);
  if (value !== null) state.draft.flagged.add(at.of);
  if (value !== null)
    return state.draft.refusals.add('L2N413', expression.span, { module: label, option: `\`${value}\`` });
  if (flag.stays) return;
  const isWhole = place === null || options?.properties.length === 1;
  state.removals.push(
    isWhole
      ? { of: 'argument', call, argument: flag.parameter }
      : { of: 'property', call, argument: flag.parameter, property: place.index },
  );
}

/** Notes the flag behind a mode expression: null when it is one, else the constant. */
function take(
  state: State,
  at: {
    readonly expression: Expression;
    readonly method: string;
    readonly training: boolean;
    readonly label: string;
    readonly stays?: boolean;
  },
): boolean | null | 'refused' {
  const value = modeValueOf(state.draft, at.method, at.expression);
  const { start, end } = at.expression.span;
  if (value === null) {
    state.draft.flagged.add(state.draft.module.id);
    state.draft.refusals.add('L2N412', at.expression.span, {
      module: at.label,
      option: `\`${state.draft.source.text.slice(start, end)}\``,
    });
    return 'refused';
  }
  if (value.mode === 'constant') return value.value;
  const { flag, aliases, initial } = value;
  const training = value.negated ? !at.training : at.training;
  state.uses.push({
    method: at.method,
    span: at.expression.span,
    flag,
    aliases,
    training,
    initial,
    stays: at.stays ?? false,
  });
  return null;
}

// ----------------------------------------------------------------------------------------------------- results

function finishMethod(state: State, { name, node }: ModuleMethod): MethodPlan {
  const { draft } = state;
  const uses = state.uses.filter((each) => each.method === name);
  const own = uses.filter((each) => each.flag.from === 'parameter');
  const all = node.params.map((_, index) => index);
  const first = uses[0];
  if (
    first !== undefined &&
    uses.some((each) => !sameFlag(each.flag, first.flag) || each.training !== first.training)
  ) {
    draft.flagged.add(draft.module.id);
    draft.refusals.add('L2N414', first.span, { method: name });
  }
  const flag = own[0]?.flag;
  if (flag?.from !== 'parameter' || own[0] === undefined) return { positions: all, mode: null };
  const pure = isSpent(state, own, flag.binding);
  const mode: ModeFlag = {
    parameter: flag.index,
    key: flag.key,
    training: own[0].training,
    initial: own[0].initial,
    stays: !pure,
  };
  if (!pure) return { positions: all, mode };
  const isWhole = flag.key === null || holdsOnly(node.params[flag.index]?.pattern, flag.key);
  if (!isWhole && node.params[flag.index]?.type?.form.form !== 'object')
    return { positions: all, mode: { ...mode, stays: true } };
  state.removals.push({ of: 'parameter', method: name, index: flag.index, key: isWhole ? null : flag.key });
  const positions = all.map((each) => (!isWhole || each < flag.index ? each : each === flag.index ? null : each - 1));
  return { positions, mode };
}

function holdsOnly(pattern: ModuleMethod['node']['params'][number]['pattern'] | undefined, key: string): boolean {
  if (pattern?.kind === 'IdentifierPattern') return true;
  return (
    pattern?.kind === 'ObjectPattern' &&
    pattern.rest === null &&
    pattern.properties.every((each) => each.key.name === key)
  );
}

/** Whether every read of a flag, and of the constants made from it, only chose modes; such constants go. */
function isSpent(state: State, uses: readonly ModeUse[], binding: string): boolean {
  const { bindings } = state.draft.source;
  const spent: Span[] = spentBy(uses);
  const reads = (id: string): readonly Span[] => bindings[id]?.reads ?? [];
  const nearestFirst = uses.flatMap((each) => [...each.aliases].reverse());
  const aliases = [...new Map(nearestFirst.map((each) => [each.binding, each])).values()];
  for (const alias of aliases) {
    const isOver = reads(alias.binding).every((read) => spent.some((each) => isInside(read, each)));
    if (!isOver || alias.statement.declarators.length !== 1) continue;
    spent.push(alias.init.span);
    state.removals.push({ of: 'alias', statement: alias.statement });
  }
  return reads(binding).every((read) => spent.some((each) => isInside(read, each)));
}

function spentBy(uses: readonly ModeUse[]): Span[] {
  return uses.filter((each) => !each.stays).map((each) => each.span);
}

/** The mode kept in a field: one for the whole class. */
function constructorFlag(state: State): ModeFlag | null {
  const { draft } = state;
  const uses = state.uses.filter((each) => each.flag.from === 'field');
  const [first] = uses;
  if (first?.flag.from !== 'field') return null;
  const { name } = first.flag;
  if (uses.some((each) => !sameFlag(each.flag, first.flag) || each.training !== first.training)) {
    draft.flagged.add(draft.module.id);
    draft.refusals.add('L2N414', first.span, { method: 'constructor' });
  }
  const field = draft.module.fields.find((each) => each.name === name);
  if (field?.position == null) return null;
  const spans = spentBy(uses);
  const mentions = draft.selfUses.filter((each) => each.name === name && !isAssigned(draft, each.node));
  const pure = field.origin !== 'option' && mentions.every((each) => spans.some((span) => isInside(each.span, span)));
  return { parameter: field.position, key: field.key, training: first.training, initial: first.initial, stays: !pure };
}

function isAssigned(draft: Draft, node: Expression | null): boolean {
  return node !== null && parentOf(draft.source, node)?.kind === 'PlacePattern';
}

/** A method handed on as a value keeps its callers out of sight: it must not lose a parameter. */
function refuseLooseMethods(state: State): void {
  const { draft } = state;
  for (const { name, node, span } of draft.selfUses) {
    const plan = state.methods.get(name);
    if (plan === undefined || plan.positions.every((each) => each !== null)) continue;
    const parent = node === null ? null : parentOf(draft.source, node);
    if (parent?.kind === 'Call' && parent.callee === node) continue;
    draft.refusals.add('L2N430', span, { method: name, form: 'it is passed on, and its mode flag would go' });
  }
}

// ------------------------------------------------------------------------------------------------------ reading

function selfCalls(draft: Draft, method: string): readonly { readonly node: Call; readonly callee: string }[] {
  return draft.selfUses.flatMap(({ node, name, within }) => {
    const parent = node === null ? null : parentOf(draft.source, node);
    return within === method && parent?.kind === 'Call' && parent.callee === node
      ? [{ node: parent, callee: name }]
      : [];
  });
}

function inheritedPlan(draft: Draft, method: string): MethodPlan | null {
  const base: ClassPlan | undefined =
    draft.module.base.base === 'class' ? draft.done.get(draft.module.base.id) : undefined;
  return base?.methods[method] ?? null;
}

function isGivenAtConstruction(part: Submodule, option: string): boolean {
  return propertyPlace(optionsOf(part.node, part.target), option) !== null;
}

function labelOf({ draft }: State, node: New): string {
  return `\`${draft.source.text.slice(node.callee.span.start, node.callee.span.end)}\``;
}
