/** In which order a class builds its parts, as Linen runs it: that order gives the names. */
import { tidyFunctions } from '../../../runtime/catalogue/functions-once.js';
import { ancestorsOf } from '../../ir/declarations.js';
import type { ModuleClass, ModuleMethod } from '../../ir/project.js';
import { classOf, entityOf } from '../../ir/resolve.js';
import type { Call, New } from '../../ir/syntax.js';
import { childrenOf, type SyntaxNode, walk } from '../../ir/walk.js';
import type { Draft } from './draft.js';

/** A part being built: a `new`, or `this.param` / `this.variable`. */
export interface BuildStep {
  readonly node: New | Call;
  readonly phase: 'setup' | 'compact';
  readonly method: string;
}

/** The steps of `setup`, then those of the compact method and the helpers it calls. Refuses what has no fixed order. */
export function buildSteps(draft: Draft): readonly BuildStep[] {
  const { module } = draft;
  const steps: BuildStep[] = [];
  const compacts = module.methods.filter((each) => each.compact !== null);
  if (compacts.length > 1) refuseCompact(draft, compacts[1]!.node);
  if (module.setup?.body != null) visit(draft, { body: module.setup.body, phase: 'setup', method: 'setup' }, steps);
  const root = compacts[0] ?? inheritedCompact(draft, module);
  if (root !== null) visit(draft, { body: root.node, phase: 'compact', method: root.name }, steps);
  refuseUnreached(draft, steps);
  return steps;
}

/** Where a node stands in a body: built once for certain, or not. */
export type Standing = 'straight' | 'condition' | 'loop' | 'closure';

export function standingOf(draft: Draft, node: SyntaxNode, body: SyntaxNode): Standing {
  const above = ancestorsOf(draft.source, node);
  const chain = [node, ...above.slice(0, above.indexOf(body))];
  let standing: Standing = 'straight';
  for (const [index, parent] of [...chain.slice(1), body].entries()) {
    const here = standingBelow(draft, parent, chain[index]!);
    if (here !== 'straight' && parent !== body) standing = here;
  }
  return standing === 'straight' && followsReturn(node, body) ? 'condition' : standing;
}

// ---------------------------------------------------------------------------------------------------- walking

interface Body {
  readonly body: SyntaxNode;
  readonly phase: 'setup' | 'compact';
  readonly method: string;
}

function visit(draft: Draft, root: Body, steps: BuildStep[], entered: Set<string> = new Set([root.method])): void {
  afterChildren(root.body, (node) => {
    if (node.kind === 'New' && isOwnSite(draft, node)) steps.push({ node, phase: root.phase, method: root.method });
    if (node.kind !== 'Call' || node.callee.kind !== 'Member' || node.callee.object.kind !== 'This') return;
    const name = node.callee.property;
    if (name === 'param' || name === 'variable') steps.push({ node, phase: root.phase, method: root.method });
    const helper = methodOf(draft, name);
    if (helper === null) return;
    const before = steps.length;
    if (!entered.has(name)) {
      entered.add(name);
      visit(draft, { body: helper.node, phase: root.phase, method: name }, steps, entered);
      if (steps.length > before) requireStraight(draft, node, { root, name });
    } else if (steps.some((each) => each.method === name)) {
      draft.refusals.add('L2N421', node.span, { method: name });
    }
  });
}

/** Evaluation order: operands before what uses them. */
function afterChildren(node: SyntaxNode, see: (node: SyntaxNode) => void): void {
  for (const child of childrenOf(node)) afterChildren(child, see);
  see(node);
}

function requireStraight(draft: Draft, call: Call, at: { readonly root: Body; readonly name: string }): void {
  const standing = standingOf(draft, call, at.root.body);
  if (standing !== 'straight')
    draft.refusals.add(standingCode(standing), call.span, { module: `What \`${at.name}\` builds` });
}

export function standingCode(standing: Exclude<Standing, 'straight'>): string {
  return { condition: 'L2N405', loop: 'L2N404', closure: 'L2N406' }[standing];
}

function isOwnSite(draft: Draft, node: New): boolean {
  return draft.context.model.constructs.some((each) => each.node === node);
}

function methodOf(draft: Draft, name: string): ModuleMethod | null {
  return draft.module.methods.find((each) => each.name === name) ?? null;
}

function inheritedCompact(draft: Draft, module: ModuleClass): ModuleMethod | null {
  if (module.base.base !== 'class') return null;
  const base = classOf(draft.context.model, module.base.id);
  const found = base?.methods.find((each) => each.compact !== null);
  if (base === null || found !== undefined) return null;
  return inheritedCompact(draft, base);
}

function refuseCompact(draft: Draft, node: SyntaxNode): void {
  draft.refusals.add('L2N422', node.span, {});
}

/** Built somewhere that neither `setup` nor the compact method reaches. */
function refuseUnreached(draft: Draft, steps: readonly BuildStep[]): void {
  const reached = new Set<SyntaxNode>(steps.map((each) => each.node));
  for (const site of draft.context.model.constructs) {
    if (site.owner?.class === draft.module.id && !reached.has(site.node))
      draft.refusals.add('L2N422', site.node.span, {});
  }
  for (const { node, name } of draft.selfUses) {
    const call = node === null ? null : ancestorsOf(draft.source, node)[0];
    const builds = name === 'param' || name === 'variable';
    if (builds && (call?.kind !== 'Call' || !reached.has(call)))
      draft.refusals.add('L2N422', node?.span ?? draft.module.node.span, {});
  }
}

// --------------------------------------------------------------------------------------------------- standing

function standingBelow(draft: Draft, parent: SyntaxNode, child: SyntaxNode): Standing {
  switch (parent.kind) {
    case 'If':
    case 'Conditional':
      return child === parent.test ? 'straight' : 'condition';
    case 'Binary':
      return ['&&', '||', '??'].includes(parent.operator) && child === parent.right ? 'condition' : 'straight';
    case 'Switch':
      return child === parent.discriminant ? 'straight' : 'condition';
    case 'Try':
      return child === parent.finalizer ? 'straight' : 'condition';
    case 'For':
      return child === parent.init ? 'straight' : 'loop';
    case 'ForEach':
      return child === parent.iterable ? 'straight' : 'loop';
    case 'While':
      return 'loop';
    case 'Function':
      return runsOnce(draft, parent) ? 'straight' : 'closure';
    case 'Call':
      return parent.optional && child !== parent.callee ? 'condition' : 'straight';
    default:
      return 'straight';
  }
}

/** `tf.tidy(() => …)`. */
function runsOnce(draft: Draft, node: SyntaxNode): boolean {
  const call = ancestorsOf(draft.source, node)[0];
  if (call?.kind !== 'Call' || call.args.at(-1) !== node) return false;
  const entity = entityOf(draft.context.model, draft.source.path, call.callee);
  return (
    entity?.entity === 'external' &&
    tidyFunctions.some((each) => each.module === entity.module && each.name === entity.name)
  );
}

/** Whether the body may have returned before it gets to the node. */
function followsReturn(node: SyntaxNode, body: SyntaxNode): boolean {
  let found = false;
  walk(body, (each) => {
    if (each.kind === 'Function' && each !== body) return false;
    if (each.kind === 'Return' && each.span.end <= node.span.start) found = true;
    return !found;
  });
  return found;
}
