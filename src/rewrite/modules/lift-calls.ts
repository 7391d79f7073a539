/** Calls of lifted modules: a function of the module under the NNX transform, made before the statement that calls it. */
import { declarationIn, parentOf } from '../../ir/declarations.js';
import type { Edit } from '../../ir/edit.js';
import { classOf } from '../../ir/resolve.js';
import type { Call, Expression, Parameter } from '../../ir/syntax.js';
import { type SyntaxNode, walk } from '../../ir/walk.js';
import { linenMentions, replacement } from '../namespaces.js';
import { camelCase, isInside, sliceOf, wholeLine } from '../text.js';
import { attributeType } from './declarations.js';
import type { Built, Draft, Submodule, SubmoduleCall } from './draft.js';
import { accessText, type Decided } from './inner-edits.js';
import { argumentAxis, axisText, slicingLevel, stateText } from './lift-axes.js';
import type { LiftLevel } from './lift.js';
import { constantSpans, lastName, type LiftedPart, liftedCalls, liftedParts, refuseLift } from './lifting.js';
import { freeName } from './parts.js';

const idiom = 'lifted';

/** Edits of method text: constants of lifted classes go, functions come, calls name them. */
export function liftEdits(draft: Draft, decided: Decided): readonly Edit[] {
  const functions = new Functions(draft);
  const calls = liftedParts(decided.built).flatMap((part) =>
    liftedCalls(part).flatMap((call) => callEdits(draft, { part, call, decided, functions })),
  );
  return [...constantRemovals(draft, decided.built), ...functions.edits(), ...calls];
}

function constantRemovals(draft: Draft, built: readonly Built[]): readonly Edit[] {
  const setup = draft.module.setup?.span;
  return constantSpans(draft, built)
    .filter((each) => setup === undefined || !isInside(each, setup))
    .map((each) => replacement(draft.source.path, wholeLine(draft.source, each), '', idiom));
}

// -------------------------------------------------------------------------------------------------- functions

interface Place {
  readonly part: LiftedPart;
  readonly call: SubmoduleCall;
  readonly decided: Decided;
}

/** The functions of a class's methods: equal ones are made once in a method. */
class Functions {
  readonly #made: { readonly within: string; readonly name: string; readonly text: string; at: number }[] = [];

  constructor(private readonly draft: Draft) {}

  /** Name of a function with this text in the method of the call. */
  nameOf(text: string, { part, call }: Pick<Place, 'part' | 'call'>): string {
    const at = insertionPoint(this.draft, call.node);
    const same = this.#made.find((each) => each.within === call.within && each.text === text);
    if (same !== undefined) {
      same.at = Math.min(same.at, at);
      return same.name;
    }
    const name = this.#freeName(part);
    this.#made.push({ within: call.within, name, text, at });
    return name;
  }

  edits(): readonly Edit[] {
    return this.#made.map(({ name, text, at }) =>
      replacement(this.draft.source.path, { start: at, end: at }, `const ${name} = ${text};\n`, idiom),
    );
  }

  #freeName({ lifting }: LiftedPart): string {
    const gone = new Set(lifting.constants.map((each) => each.statement));
    const taken = new Set(this.#made.map((each) => each.name));
    for (const { id, name } of Object.values(this.draft.source.bindings)) {
      const place = declarationIn(this.draft.source, id);
      if (place?.declares !== 'variable' || !gone.has(place.statement)) taken.add(name);
    }
    return freeName(lifting.name, taken);
  }
}

/** Before the statement of a call; before the loops around it, so that the function is made once. */
function insertionPoint(draft: Draft, call: SyntaxNode): number {
  let found = call.span.start;
  let isFound = false;
  for (let node = call; ;) {
    const parent = parentOf(draft.source, node);
    if (parent === null || parent.kind === 'Method' || parent.kind === 'Field') return found;
    if (parent.kind === 'For' || parent.kind === 'ForEach' || parent.kind === 'While' || parent.kind === 'Function')
      isFound = false;
    if (parent.kind === 'Block' && !isFound) {
      found = node.span.start;
      isFound = true;
    }
    node = parent;
  }
}

function callEdits(draft: Draft, at: Place & { readonly functions: Functions }): readonly Edit[] {
  const { part, call, decided, functions } = at;
  const text = functionText(draft, at);
  if (text === null) return [];
  const { path } = draft.source;
  const name = functions.nameOf(text, at);
  const module = accessText(draft, part, decided.moves.loops);
  const [first] = call.node.args;
  const hasCarry = slicingLevel(part.lifting)?.record.runs === 'carry';
  const start = first === undefined ? call.node.argsSpan.start : hasCarry ? first.span.end : first.span.start;
  const added = first === undefined ? module : hasCarry ? `, ${module}` : `${module}, `;
  return [replacement(path, call.callee.span, name, idiom), replacement(path, { start, end: start }, added, idiom)];
}

/** `nnx.scan((carry: tf.Tensor, cell: Cell, x: tf.Tensor) => cell.call(carry, x), { … })`. */
function functionText(draft: Draft, at: Place): string | null {
  const { part, call } = at;
  const kept = keptArguments(call.node, at.decided);
  const given = kept === null ? null : kept.map((index) => argumentOf(draft, part, index));
  if (kept === null || given === null) {
    return refuseLift(draft, call.node, { lift: part.lifting.name, form: 'arguments that are spread' });
  }
  const names = new Set<string>();
  const named = given.map((each) => ({ ...each, name: claim(each.name, names) }));
  const type = attributeType(draft, part);
  const module = { name: claim(moduleName(type), names), type };
  const isCarried = slicingLevel(part.lifting)?.record.runs === 'carry';
  const all = isCarried ? [...named.slice(0, 1), module, ...named.slice(1)] : [module, ...named];
  const params = all.map((each) => (draft.typed ? `${each.name}: ${each.type}` : each.name));
  const body = `${module.name}.call(${named.map((each) => each.name).join(', ')})`;
  let text = `(${params.join(', ')}) => ${body}`;
  for (const level of [...part.lifting.levels].reverse()) {
    const options = optionTexts(draft, { ...at, level, kept });
    if (options === null) return null;
    const object = options.length === 0 ? '' : `, {\n${options.join(',\n')},\n}`;
    text = `${draft.nnx}.${level.record.nnx}(${text}${object})`;
  }
  return text;
}

/** Positions of the arguments that stay; null where some are spread. */
function keptArguments(call: Call, { modes }: Decided): readonly number[] | null {
  if (call.args.some((each) => each.kind === 'Spread')) return null;
  return call.args.flatMap((_, index) => {
    const goes = modes.removals.some((each) => each.of === 'argument' && each.call === call && each.argument === index);
    return goes ? [] : [index];
  });
}

// ---------------------------------------------------------------------------------------------------- options

function optionTexts(
  draft: Draft,
  at: Place & { readonly level: LiftLevel; readonly kept: readonly number[] },
): readonly string[] | null {
  const { level, part, call, kept } = at;
  const { runs, sameOptions, sizeOption } = level.record;
  const no = (form: string): null => refuseLift(draft, call.node, { lift: level.record.linen, form });
  const texts: string[] = [];
  if (runs !== 'same') {
    if (part.axes === null) return null;
    const inputs = runs === 'carry' ? kept.slice(1) : kept;
    const first = runs === 'carry' ? 1 : 0;
    const axes = inputs.map((index) => argumentAxis(draft, level, index - first));
    const given = level.options.get('outAxes');
    const out = given === undefined ? '0' : axisText(draft, given);
    if (
      axes.includes(null) ||
      out === null ||
      (runs === 'carry' && out.includes('null')) ||
      (runs === 'carry' && kept[0] !== 0)
    )
      return no('axes that are not plain literals');
    const carry = runs === 'carry' ? [`${draft.nnx}.Carry`] : [];
    const outAxes = runs === 'map' ? out : isCarryAlone(part) ? carry.join('') : `[${carry.join('')}, ${out}]`;
    texts.push(`inAxes: [${[...carry, stateText(draft, part.axes), ...axes].join(', ')}]`, `outAxes: ${outAxes}`);
    if (part.axes.count === null && sizeOption !== null && level.options.has(sizeOption)) {
      const text = optionText(draft, call, level.options.get(sizeOption)!);
      if (text === null) return no(`\`${sizeOption}\``);
      texts.push(`${sizeOption}: ${text}`);
    }
  }
  for (const name of sameOptions) {
    const given = level.options.get(name);
    const text = given === undefined ? undefined : optionText(draft, call, given);
    if (text === null) return no(`\`${name}\``);
    if (text !== undefined) texts.push(name === text ? name : `${name}: ${text}`);
  }
  const positions = positionsText(at);
  if (positions === undefined) return no('positions that are not plain numbers');
  return positions === null ? texts : [...texts, positions];
}

/** Whether its class gives the carry alone. */
function isCarryAlone({ target }: Submodule): boolean {
  return target.target === 'class' && target.plan.decided.carryAlone;
}

/** An option's expression, where it means the same in the method of the call; null where it does not. */
function optionText(draft: Draft, { node: call }: SubmoduleCall, option: Expression): string | null {
  let isKnown = !linenMentions(draft.context.model, draft.source).some((each) => isInside(each.span, option.span));
  const member = draft.module.node.members.find((each) => isInside(call.span, each.span));
  walk(option, (each) => {
    const binding =
      each.kind === 'Identifier' && each.binding !== null ? draft.source.bindings[each.binding] : undefined;
    if (binding === undefined || !isInside(binding.span, draft.module.node.span)) return;
    if (member === undefined || !isInside(binding.span, member.span) || !isInside(option.span, member.span))
      isKnown = false;
  });
  return isKnown ? sliceOf(draft.source, option.span) : null;
}

/** `staticArgnums` counts the module as 0, before a carry; positions of arguments that went go. Undefined where not read. */
function positionsText(
  at: Pick<Place, 'part'> & { readonly level: LiftLevel; readonly kept: readonly number[] },
): string | null | undefined {
  const option = at.level.record.positionsOption;
  const given = option === null ? undefined : at.level.options.get(option);
  if (given === undefined) return null;
  const items = given.kind === 'ArrayLiteral' ? given.elements : [given];
  const numbers = items.map((each) => (each?.kind === 'Literal' && typeof each.value === 'number' ? each.value : -1));
  if (numbers.some((each) => each < 1)) return undefined;
  const isCarried = slicingLevel(at.part.lifting)?.record.runs === 'carry';
  const places = numbers.flatMap((each) => {
    const place = at.kept.indexOf(each - 1);
    return place < 0 ? [] : [isCarried && place === 0 ? 0 : place + 1];
  });
  return places.length === 0 ? null : `${option}: [${places.join(', ')}]`;
}

// -------------------------------------------------------------------------------------------------- arguments

interface Argument {
  readonly name: string;
  readonly type: string;
}

/** Name and type of an argument, as the lifted method declares it. */
function argumentOf(draft: Draft, part: Submodule, index: number): Argument {
  const parameter = part.target.target === 'class' ? methodParameter(draft, part.target.plan.class, index) : null;
  const declared = parameter === null ? null : typeOf(draft, parameter.path, parameter.node);
  const pattern = parameter?.node.pattern;
  return {
    name:
      pattern?.kind === 'IdentifierPattern'
        ? pattern.name.replace(/^_+(?=.)/, '')
        : index === 0
          ? 'x'
          : `x${index + 1}`,
    type: declared ?? `Parameters<${attributeType(draft, part)}['call']>[${index}]`,
  };
}

function methodParameter(
  draft: Draft,
  id: string,
  index: number,
): { readonly path: string; readonly node: Parameter } | null {
  const module = classOf(draft.context.model, id);
  const method = module?.methods.find((each) => each.name === 'call');
  const node = method?.node.params[index];
  if (module !== null && method === undefined && module.base.base === 'class')
    return methodParameter(draft, module.base.id, index);
  return module === null || node === undefined ? null : { path: module.path, node };
}

/** A type that means the same in this file. */
function typeOf(draft: Draft, path: string, { type, optional, initial }: Parameter): string | null {
  if (type === null || optional || initial !== null) return null;
  if (path === draft.source.path) return type.text;
  const origin = draft.context.model.sources[path]?.bindings;
  const isShared = type.references.every(({ name, binding }) => {
    const imported = binding === null ? null : origin?.[binding]?.import;
    if (binding === null) return true;
    const own = Object.values(draft.source.bindings).find((each) => each.name === name && each.import !== null)?.import;
    return (
      imported != null &&
      own?.specifier === imported.specifier &&
      own.imported === imported.imported &&
      imported.source === null
    );
  });
  return isShared ? type.text : null;
}

/** `cell` for `RNNCell`, `linear` for `nnx.Linear`. */
function moduleName(type: string): string {
  const words = lastName(type.replace(/<.*$/, '')).match(/[A-Z]?[a-z0-9]+$|[A-Z0-9]+$/);
  return camelCase(words?.[0] ?? 'module');
}

function claim(wished: string, taken: Set<string>): string {
  const name = freeName(wished, taken);
  taken.add(name);
  return name;
}
