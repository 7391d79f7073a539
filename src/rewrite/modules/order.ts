/** In which order a class builds its parts, as Linen runs it: that order gives the names. */
import { ancestorsOf } from '../../ir/declarations.js';
import { type Factory, factoryAround } from '../../ir/factories.js';
import type { ModuleClass, ModuleMethod } from '../../ir/project.js';
import { classOf } from '../../ir/resolve.js';
import type { Call, New } from '../../ir/syntax.js';
import { childrenOf, type SyntaxNode } from '../../ir/walk.js';
import type { Draft } from './draft.js';
import { isUsable, usableFactory } from './factory-calls.js';
import { type Displaced, type Structure, structuresOf } from './structures.js';

/** A part being built: a `new`, or `this.param` / `this.variable`. */
export interface BuildStep {
  readonly node: New | Call;
  /** The function that a call runs to build it; null for a `new` and for variables. */
  readonly factory: Factory | null;
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

// ---------------------------------------------------------------------------------------------------- walking

interface Body {
  readonly body: SyntaxNode;
  readonly phase: 'setup' | 'compact';
  readonly method: string;
}

function visit(draft: Draft, root: Body, steps: BuildStep[], entered: Set<string> = new Set([root.method])): void {
  afterChildren(root.body, (node) => {
    const at = { phase: root.phase, method: root.method };
    if (node.kind === 'New' && isOwnSite(draft, node) && !isInFactory(draft, node))
      steps.push({ node, factory: null, ...at });
    if (node.kind !== 'Call') return;
    const factory = usableFactory(draft, node);
    if (factory !== null) steps.push({ node, factory, ...at });
    if (node.callee.kind !== 'Member' || node.callee.object.kind !== 'This') return;
    const name = node.callee.property;
    if (name === 'param' || name === 'variable') steps.push({ node, factory: null, ...at });
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
  const place = structuresOf(draft, call, at.root.body);
  const displaced = 'displaced' in place ? place.displaced : displacedBy(place.chain);
  if (displaced !== null)
    draft.refusals.add(displacedCode(displaced), call.span, { module: `What \`${at.name}\` builds` });
}

function displacedBy(chain: readonly Structure[]): Displaced | null {
  if (chain.length === 0) return null;
  return chain.some((each) => each.structure === 'loop') ? 'loop' : 'condition';
}

export function displacedCode(displaced: Displaced): string {
  return { condition: 'L2N405', loop: 'L2N404', closure: 'L2N406' }[displaced];
}

function isOwnSite(draft: Draft, node: New): boolean {
  return draft.context.model.constructs.some((each) => each.node === node);
}

/** Whether the calls of the function around it are steps instead. */
function isInFactory(draft: Draft, node: New): boolean {
  const factory = factoryAround(draft.context.model, node);
  return factory !== null && isUsable(draft, factory);
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
  const reached = new Set<SyntaxNode>(
    steps.flatMap((each) => [each.node, ...(each.factory?.builds ?? []).map(({ node }) => node)]),
  );
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
