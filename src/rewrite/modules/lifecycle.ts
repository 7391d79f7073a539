/** Questions that a class asks about its phase: what they give once a model is there, and what Linen's `init` saw. */
import { moduleMembers } from '../../../runtime/catalogue/shared-names.js';
import { ancestorsOf, parentOf } from '../../ir/declarations.js';
import type { BindingId, Block, Call, Expression, Statement, VariableStatement } from '../../ir/syntax.js';
import { type SyntaxNode, walk } from '../../ir/walk.js';
import { isInside } from '../text.js';
import type { Built, Draft, Kept } from './draft.js';
import { valueWrites } from './variable-writes.js';

/** `running`: a model is called · `initialising`: the one run in which Linen makes the variables. */
export type Phase = 'running' | 'initialising';

/** A call of `this.isInitializing` or `this.hasVariable` whose answer is known; null in a phase where it may be either. */
export interface Probe {
  readonly call: Call;
  readonly running: boolean | null;
  /** What asks the same of the model, where it may be either. */
  readonly text: string | null;
  readonly initialising: boolean | null;
}
export interface Lifecycle {
  readonly probes: readonly Probe[];
  /** Constants that hold nothing but answers: `const started = this.hasVariable(…)`. */
  readonly constants: ReadonlyMap<BindingId, { readonly statement: VariableStatement; readonly value: Expression }>;
}

const phases: readonly Phase[] = ['running', 'initialising'];

/** Reads the questions of a class, and refuses those that an NNX module would answer otherwise. */
export function readLifecycle(draft: Draft, built: readonly Built[]): Lifecycle {
  const probes: Probe[] = [];
  for (const { name, node, span } of draft.selfUses) {
    if (!(moduleMembers.phase as readonly string[]).includes(name)) continue;
    const call = node === null ? null : parentOf(draft.source, node);
    const isPlain = call?.kind === 'Call' && call.callee === node && !call.optional && isInMethod(draft, call);
    const probe = isPlain ? (name === 'hasVariable' ? ofVariable(draft, call, built) : ofPhase(call)) : null;
    if (probe === null) draft.refusals.add('L2N416', span, { member: name });
    else probes.push(probe);
  }
  const lifecycle = { probes, constants: new Map() };
  const found = { probes, constants: constantsOf(draft, lifecycle) };
  refuseInitialising(draft, built, found);
  return found;
}

/** A constructor or a getter has no phase of its own. */
function isInMethod(draft: Draft, call: Call): boolean {
  const { methods, setup } = draft.module;
  const isSetup = setup !== null && isInside(call.span, setup.span);
  return !isSetup && methods.some((each) => isInside(call.span, each.node.span));
}

function ofPhase(call: Call): Probe | null {
  return call.args.length === 0 ? { call, running: false, initialising: true, text: null } : null;
}

/** A variable that the constructor makes, whatever happens, is always there. */
function ofVariable(draft: Draft, call: Call, built: readonly Built[]): Probe | null {
  const [collection, name] = call.args.map((each) => (each.kind === 'Literal' ? each.value : null));
  const part = built.find(
    (each): each is Kept => each.builds === 'variable' && each.collection === collection && each.linenName === name,
  );
  if (part === undefined || call.args.length !== 2 || part.chain.length > 0 || part.optional || part.list !== null)
    return null;
  if (part.made === 'constructor')
    return { call, running: true, initialising: isThereAtInit(draft, part, call), text: null };
  if (!isAskedBefore(draft, part, call)) return null;
  return { call, running: null, initialising: false, text: `this.${part.attribute} !== null` };
}

/** Asked before the run makes the variable, in the method that makes it or in one that runs that method behind it. */
function isAskedBefore(draft: Draft, { method, place }: Kept, call: Call): boolean {
  const within = draft.module.methods.find((each) => isInside(call.span, each.node.span));
  if (within === undefined) return false;
  if (within.name === method) return call.span.end <= place.span.start;
  const runs = draft.selfUses.filter(({ name, span }) => name === method && isInside(span, within.node.span));
  return runs.length > 0 && runs.every(({ span }) => call.span.end <= span.start);
}

/** Whether the initialising run has made the variable by then. */
function isThereAtInit(draft: Draft, { phase, method, place }: Kept, call: Call): boolean | null {
  if (phase === 'setup') return true;
  const body = draft.module.methods.find((each) => each.name === method)?.node.span;
  const isBefore = body !== undefined && isInside(call.span, body) && call.span.end <= place.span.start;
  return isBefore ? false : null;
}

// -------------------------------------------------------------------------------------------------------- values

/** What an expression gives in a phase, where answers and plain words decide it. */
export function valueIn(draft: Draft, lifecycle: Lifecycle, node: Expression, phase: Phase): boolean | null {
  const value = (each: Expression): boolean | null => valueIn(draft, lifecycle, each, phase);
  switch (node.kind) {
    case 'Call':
      return lifecycle.probes.find((each) => each.call === node)?.[phase] ?? null;
    case 'Identifier': {
      const constant = node.binding === null ? undefined : lifecycle.constants.get(node.binding);
      return constant === undefined ? null : value(constant.value);
    }
    case 'Unary': {
      const inner = node.operator === '!' ? value(node.argument) : null;
      return inner === null ? null : !inner;
    }
    case 'Binary': {
      if (node.operator !== '&&' && node.operator !== '||') return null;
      const decisive = node.operator === '||';
      const [left, right] = [value(node.left), value(node.right)];
      if (left === decisive || (right === decisive && isSilent(node.left))) return decisive;
      return left !== null && right !== null ? !decisive : null;
    }
    case 'TypeWrap':
      return value(node.expression);
    default:
      return null;
  }
}

/** Evaluating it does nothing. */
function isSilent(node: Expression): boolean {
  let silent = true;
  walk(node, (each) => {
    if (!['Identifier', 'Member', 'This', 'Literal', 'Unary', 'Binary'].includes(each.kind)) silent = false;
    return silent;
  });
  return silent;
}

function constantsOf(draft: Draft, lifecycle: Lifecycle): Lifecycle['constants'] {
  const found = new Map<BindingId, { statement: VariableStatement; value: Expression }>();
  for (const { call } of lifecycle.probes) {
    const declared = ancestorsOf(draft.source, call).find((each) => each.kind === 'Variable');
    const declarator =
      declared?.kind === 'Variable' && declared.declarators.length === 1 ? declared.declarators[0] : null;
    if (declared?.kind !== 'Variable' || declarator?.init == null) continue;
    const { target, init } = declarator;
    if (target.kind !== 'IdentifierPattern' || target.binding === null) continue;
    if (draft.source.bindings[target.binding]?.writes.length !== 0) continue;
    if (phases.some((phase) => valueIn(draft, lifecycle, init, phase) !== null))
      found.set(target.binding, { statement: declared, value: init });
  }
  return found;
}

// --------------------------------------------------------------------------------------------------------- arms

/** Whether a place is never reached in a phase, by the answers alone. */
export function isDeadIn(draft: Draft, lifecycle: Lifecycle, node: SyntaxNode, phase: Phase): boolean {
  const value = (each: Expression): boolean | null => valueIn(draft, lifecycle, each, phase);
  let child: SyntaxNode = node;
  for (const parent of ancestorsOf(draft.source, node)) {
    if (parent.kind === 'If' || parent.kind === 'Conditional') {
      if (child === parent.consequent && value(parent.test) === false) return true;
      if (child === parent.alternate && value(parent.test) === true) return true;
    }
    if (parent.kind === 'Binary' && child === parent.right) {
      if (parent.operator === '&&' && value(parent.left) === false) return true;
      if (parent.operator === '||' && value(parent.left) === true) return true;
    }
    if (parent.kind === 'Block' && isBehindReturn(parent, child, value)) return true;
    if (parent.kind === 'Method' || parent.kind === 'Field') return false;
    child = parent;
  }
  return false;
}

function isBehindReturn(block: Block, child: SyntaxNode, value: (node: Expression) => boolean | null): boolean {
  const before = block.body.slice(0, Math.max(0, block.body.indexOf(child as Statement)));
  return before.some((each) => {
    if (each.kind !== 'If') return false;
    const taken = value(each.test) === true ? each.consequent : value(each.test) === false ? each.alternate : null;
    return taken !== null && endsInReturn(taken);
  });
}

function endsInReturn(statement: Statement): boolean {
  const last = statement.kind === 'Block' ? statement.body.at(-1) : statement;
  return last?.kind === 'Return' || last?.kind === 'Throw';
}

/** What only the initialising run does has no place in NNX, whose constructor runs nothing. */
function refuseInitialising(draft: Draft, built: readonly Built[], lifecycle: Lifecycle): void {
  if (lifecycle.probes.length === 0) return;
  const [first] = lifecycle.probes;
  const member = first?.call.callee.kind === 'Member' ? first.call.callee.property : '';
  const places = [
    ...built.flatMap((each) => (each.builds === 'variable' ? valueWrites(draft, each) : [])),
    ...draft.selfUses.flatMap(({ name, node }) => (name === 'sow' && node !== null ? [node] : [])),
  ];
  for (const each of places) {
    if (isDeadIn(draft, lifecycle, each, 'running') && !isDeadIn(draft, lifecycle, each, 'initialising'))
      draft.refusals.add('L2N416', each.span, { member });
  }
  for (const part of built) {
    const asks = part.chain.some(
      (each) =>
        each.structure === 'branch' &&
        mentions(lifecycle, each.node.kind === 'Binary' ? each.node.left : each.node.test),
    );
    const isDead =
      isDeadIn(draft, lifecycle, part.place, 'running') || isDeadIn(draft, lifecycle, part.place, 'initialising');
    if (asks || isDead) draft.refusals.add('L2N416', part.place.span, { member });
  }
}

/** Whether an expression asks a question, itself or through a constant. */
export function mentions(lifecycle: Lifecycle, node: Expression): boolean {
  let found = false;
  walk(node, (each) => {
    if (lifecycle.probes.some(({ call }) => call === each)) found = true;
    if (each.kind === 'Identifier' && each.binding !== null && lifecycle.constants.has(each.binding)) found = true;
    return !found;
  });
  return found;
}

/** Whether the initialising run sets the variable: its first value is then another than that of the constructor. */
export function isSetAtInit(draft: Draft, lifecycle: Lifecycle, part: Kept): boolean {
  return valueWrites(draft, part).some((each) => !isDeadIn(draft, lifecycle, each, 'initialising'));
}
