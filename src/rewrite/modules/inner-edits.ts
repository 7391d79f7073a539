/** Edits of expressions: what is built, what is read, which modes go. They hold wherever their text ends up. */
import type { IdiomName } from '../../../runtime/catalogue/idioms.js';
import { parentOf } from '../../ir/declarations.js';
import type { Edit } from '../../ir/edit.js';
import type { Call, Expression, Identifier, Span } from '../../ir/syntax.js';
import { counterpart, linenMentions, replacement } from '../namespaces.js';
import { isInside, movedText, sliceOf } from '../text.js';
import { callEdits, objectEdits } from './argument-lists.js';
import { constructEdits } from './construct-edits.js';
import type { Built, Decisions, Draft, Kept, Submodule } from './draft.js';
import { innerFactoryEdits } from './factory-functions.js';
import { isTarget } from './holders.js';
import { setupLiftEdits } from './lift-building.js';
import type { Lifecycle } from './lifecycle.js';
import { liftedCalls, liftedParts, liftSpans } from './lifting.js';
import { itemText } from './loops.js';
import { parameterOf, type Moves } from './moving.js';
import { annotationEdits } from './annotations.js';
import { keptReads } from './variable-writes.js';
import { variableClassText } from './variable-classes.js';

export type Decided = Pick<Decisions, 'built' | 'modes' | 'parameters'> & {
  readonly moves: Moves;
  readonly lifecycle: Lifecycle;
};

/** All of them for a class. Those of a kept variable's call are nested in one edit. */
export function innerEdits(draft: Draft, decided: Decided): readonly Edit[] {
  const plain = [
    ...decided.moves.edits.filter((each) => !isCopied(decided.moves, each)),
    ...decided.built.flatMap((each) =>
      each.builds === 'module' ? constructEdits(draft, each, decided.modes.removals) : [],
    ),
    ...innerFactoryEdits(draft, decided.built, decided.modes),
    ...modeEdits(draft, decided),
    ...liftedClassEdits(draft, decided.built),
    ...decided.built.flatMap((each) => readEdits(draft, each, decided.moves)),
    ...fieldEdits(draft, decided.moves).filter((each) => !isCopied(decided.moves, each)),
    ...stateEdits(draft, decided.moves),
    ...decided.built.flatMap((each) => (each.builds === 'variable' ? cloneEdits(draft, each) : [])),
    ...annotationEdits(draft),
  ];
  const renames = mentionEdits(draft, [
    ...plain,
    ...liftSpans(draft, decided.built),
    ...goneParameters(draft, decided),
  ]);
  const all = [...plain, ...renames];
  const kept = decided.built.flatMap((each) => (each.builds === 'variable' ? [keptEdit(draft, each, all)] : []));
  const nested = [...kept, ...setupLiftEdits(draft, decided.built, [...all, ...kept])];
  return [...all, ...kept]
    .filter((each) => !nested.some((outer) => outer !== each && isInside(each, outer)))
    .concat(nested.filter((each) => !kept.includes(each)));
}

/** Edits of text that stays in a method and is repeated in the constructor: they hold there only. */
export function copyEdits(draft: Draft, { moves }: Decided): readonly Edit[] {
  return [...moves.edits, ...fieldEdits(draft, moves)].filter((each) => isCopied(moves, each));
}

function isCopied(moves: Moves, edit: Span): boolean {
  const isOwn = moves.gone.some((each) => isInside(edit, each));
  return !isOwn && moves.copied.some((each) => isInside(edit, each));
}

/** What stands for a part where the method read it: `this.linear`, `block`, `this.proj!`, `this.scale.value`. */
export function accessText(draft: Draft, part: Built, loops: Moves['loops']): string {
  const sure = draft.typed ? '!' : '';
  const item = itemText(part, loops);
  const base =
    item !== null
      ? `${item}${item.endsWith(']') ? sure : ''}`
      : part.list !== null && part.list.fromEnd !== null
        ? `this.${part.attribute}.at(${part.list.fromEnd})${sure}`
        : `this.${part.attribute}${part.optional || isLater(part) ? sure : ''}`;
  return part.builds === 'variable' && part.form === 'param' ? `${base}.value` : base;
}

function isLater(part: Built): boolean {
  return part.builds === 'variable' && part.made === 'initCache';
}

// ---------------------------------------------------------------------------------------------------- variables

/** `this.param('w', init, [3])` → `new nnx.Param(init(rngs.params(), [3]))`. */
function keptEdit(draft: Draft, part: Kept, inner: readonly Edit[]): Edit {
  const { source } = draft;
  const args = part.args.map((each) => movedText(source, each.span, inner));
  const init = movedText(source, part.init.span, inner);
  const name = variableClassText(draft, part.collection);
  const isDrawn = part.form === 'param' && !isKeyless(part.init);
  const value = isDrawn
    ? called(part.init, init, ['rngs.params()', ...args])
    : initial(draft, part, { args, inner, init });
  return replacement(source.path, part.node.span, `new ${name}(${value})`, 'collections');
}

/** An initialiser that takes no key: `() => tf.zeros([3])`. */
export function isKeyless(init: Expression): boolean {
  return init.kind === 'Function' && init.params.length === 0;
}

/** A plain arrow function without parameters gives its body. */
function initial(
  draft: Draft,
  part: Kept,
  text: { args: readonly string[]; inner: readonly Edit[]; init: string },
): string {
  const { init } = part;
  const isPlain =
    init.kind === 'Function' && init.arrow && !init.async && init.params.length === 0 && text.args.length === 0;
  if (isPlain && init.body.kind !== 'Block') return movedText(draft.source, init.body.span, text.inner);
  return called(init, text.init, text.args);
}

function called(callee: Expression, text: string, args: readonly string[]): string {
  const isSimple = ['Identifier', 'Member', 'Call'].includes(callee.kind);
  return `${isSimple ? text : `(${text})`}(${args.join(', ')})`;
}

// -------------------------------------------------------------------------------------------------------- reads

/** Reads of a part become reads of its attribute; a parameter's value is in `.value`. */
function readEdits(draft: Draft, part: Built, moves: Moves): readonly Edit[] {
  const { holder } = part;
  const text = accessText(draft, part, moves.loops);
  const idiom = part.builds === 'variable' ? 'collections' : 'basic-module';
  if (holder.holder === 'local') {
    const lifted = part.builds === 'module' ? liftedCalls(part).map(({ callee }) => callee.span) : [];
    return (draft.identifiers.get(holder.binding) ?? [])
      .filter((each) => !lifted.some((span) => isInside(each.span, span)))
      .map((each) => nameEdit(draft, each, { text, idiom }));
  }
  if (holder.holder !== 'field' || part.builds !== 'variable' || part.form !== 'param') return [];
  return draft.selfUses
    .filter((each) => each.name === holder.name && !isTarget(draft, each.node))
    .flatMap((each) => {
      if (each.node !== null) return [replacement(draft.source.path, each.span, text, idiom)];
      draft.refusals.add('L2N426', each.span, { form: 'it is taken out of `this`' });
      return [];
    });
}

function nameEdit(draft: Draft, node: Identifier, { text, idiom }: { text: string; idiom: IdiomName }): Edit {
  const parent = parentOf(draft.source, node);
  const isShort = parent?.kind === 'Property' && parent.shorthand;
  return replacement(draft.source.path, node.span, isShort ? `${node.name}: ${text}` : text, idiom);
}

/** In text that moves to the constructor, a field is the parameter it came from. */
function fieldEdits(draft: Draft, moves: Moves): readonly Edit[] {
  return draft.selfUses.flatMap((use) => {
    const parameter = parameterOf(draft, use.name);
    if (parameter === null || use.node === null || isTarget(draft, use.node)) return [];
    if (!moves.spans.some((each) => isInside(use.span, each))) return [];
    const parent = parentOf(draft.source, use.node);
    const isSame =
      parent?.kind === 'Property' && parent.value === use.node && parent.key.name === parameter && !parent.method;
    return [replacement(draft.source.path, isSame ? parent.span : use.span, parameter, 'basic-module')];
  });
}

/** `this.sow('intermediates', …)`, `this.makeRng('noise')`. */
function stateEdits(draft: Draft, moves: Moves): readonly Edit[] {
  return draft.selfUses.flatMap((use) => {
    if (use.name !== 'sow' && use.name !== 'makeRng') return [];
    const call = use.node === null ? null : parentOf(draft.source, use.node);
    const first = call?.kind === 'Call' && call.callee === use.node ? call.args[0] : null;
    const text = first?.kind === 'Literal' && typeof first.value === 'string' ? first.value : null;
    if (call?.kind !== 'Call' || (text === null && !(use.name === 'makeRng' && call.args.length === 0))) {
      draft.refusals.add('L2N426', use.span, { form: `\`this.${use.name}\` with a name that is not a plain string` });
      return [];
    }
    if (use.name === 'sow') {
      return [replacement(draft.source.path, first!.span, variableClassText(draft, text ?? ''), 'collections')];
    }
    const owner = moves.spans.some((each) => isInside(use.span, each)) ? 'rngs' : 'this.rngs';
    return [replacement(draft.source.path, call.span, `${owner}.${text ?? 'params'}()`, 'collections')];
  });
}

/** The class of a lifted construction: the layer's name is edited with its arguments. */
function liftedClassEdits(draft: Draft, built: readonly Built[]): readonly Edit[] {
  return liftedParts(built)
    .filter(({ target }) => target.target === 'class')
    .map(({ node, lifting }) =>
      replacement(draft.source.path, node.callee.span, sliceOf(draft.source, lifting.class.span), 'lifted'),
    );
}

/** `const before = count.value` keeps what a later `count.value = …` would free. */
function cloneEdits(draft: Draft, part: Kept): readonly Edit[] {
  return keptReads(draft, part).map(({ span: { end } }) =>
    replacement(draft.source.path, { start: end, end }, '.clone()', 'collections'),
  );
}

// -------------------------------------------------------------------------------------------------------- modes

/** Mode arguments go from calls; constants given at construction come to each call. */
function modeEdits(draft: Draft, { built, modes }: Decided): readonly Edit[] {
  const calls = new Set<Call>();
  for (const each of modes.removals)
    if ((each.of === 'property' || each.of === 'argument') && each.call.kind === 'Call') calls.add(each.call);
  const edits = [...calls].flatMap((call) => callEdits(draft, call, modes.removals));
  const constants = built.flatMap((part) =>
    part.builds === 'module' ? constantEdits(draft, part, modes.constants.get(part)) : [],
  );
  return [...edits, ...constants];
}

function constantEdits(
  draft: Draft,
  part: Submodule,
  constant: { readonly option: string; readonly value: boolean | string } | undefined,
): readonly Edit[] {
  if (constant === undefined) return [];
  const value = String(constant.value);
  const text = constant.option === value ? value : `${constant.option}: ${value}`;
  return part.calls
    .filter((each) => each.method === 'call')
    .flatMap(({ node }) => {
      const options = node.args.length > 1 ? node.args.at(-1) : undefined;
      if (options?.kind === 'ObjectLiteral') return objectEdits(draft, options, new Set(), [text]);
      const at = node.args.at(-1)?.span.end ?? node.argsSpan.end;
      return [replacement(draft.source.path, { start: at, end: at }, `, { ${text} }`, 'basic-module')];
    });
}

// -------------------------------------------------------------------------------------------------------- names

/** Linen names that both styles have move by their prefix; any other that is left has no counterpart. */
function mentionEdits(draft: Draft, edits: readonly Span[]): readonly Edit[] {
  const { source, module, nnx } = draft;
  return linenMentions(draft.context.model, source)
    .filter((each) => isInside(each.span, module.node.span) && !edits.some((edit) => isInside(each.span, edit)))
    .flatMap((each) => {
      const text = counterpart(each, nnx);
      if (text !== null) return [replacement(source.path, each.span, text, 'basic-module')];
      if (!isStructural(draft, each.span) && !isCallee(draft, each.span))
        draft.refusals.add('L2N423', each.span, { name: each.name });
      return [];
    });
}

/** Constructor parameters that go, with the types they were given. */
function goneParameters({ module }: Draft, { parameters }: Decided): readonly Span[] {
  return parameters.kept.flatMap(({ position, stays }) => {
    const parameter = module.constructorMethod?.params[position];
    return stays || parameter === undefined ? [] : [parameter.span];
  });
}

/** The class of a `new`: what stands against it was said there. */
function isCallee({ context, source }: Draft, { start }: Span): boolean {
  return context.model.constructs.some(({ path, node }) => path === source.path && node.callee.span.start === start);
}

/** Heritage, decorators, wrappers and the types of fields that hold parts are rewritten with the class itself. */
function isStructural({ module, source }: Draft, span: Span): boolean {
  const { superClass, members } = module.node;
  if (superClass !== null && isInside(span, superClass.span)) return true;
  return members.some((member) => {
    if (member.decorators.some((each) => isInside(span, each.span))) return true;
    if (member.kind !== 'Field' || !isInside(span, member.span)) return false;
    const value = member.value;
    if (value?.kind === 'Call' && isInside(span, value.callee.span))
      return module.methods.some((each) => each.name === member.name);
    return (
      member.type !== null &&
      isInside(span, member.type.span) &&
      source.text.slice(span.start, span.end).endsWith('VariableRef')
    );
  });
}
