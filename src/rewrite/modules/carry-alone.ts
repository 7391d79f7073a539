/** `call(x, _: null): [tf.Tensor, null]`, the form that Linen's scan asks for: in NNX the carry goes in and out alone. */
import { declarationIn, parentOf } from '../../ir/declarations.js';
import type { Edit } from '../../ir/edit.js';
import type { MethodPlan } from '../../ir/module-plan.js';
import type { ConstructSite, ConstructTarget, ModuleClass, ProjectModel } from '../../ir/project.js';
import type { ArrayLiteral, Call, Expression, Pattern, Return } from '../../ir/syntax.js';
import { type SyntaxNode, walk } from '../../ir/walk.js';
import { replacement } from '../namespaces.js';
import type { Built, Draft, ModeDecisions, ModeRemoval } from './draft.js';
import { liftedCalls, liftedParts } from './lifting.js';

/** Whether `call` of a class has an input that it does not use, gives nothing beside its carry, and is scanned only. */
export function isCarryAlone({ context, module, source }: Draft): boolean {
  const { model } = context;
  const method = module.methods.find((each) => each.name === 'call');
  if (method === undefined || method.lifts.length > 0 || method.node.params.length !== 2) return false;
  const binding = method.node.params[1]?.pattern;
  if (binding?.kind !== 'IdentifierPattern' || binding.binding === null) return false;
  const { reads = [], writes = [] } = source.bindings[binding.binding] ?? {};
  if (reads.length > 0 || writes.length > 0 || pairsOf(method.node) === null) return false;
  const isRelated = module.base.base !== 'module' || model.classes.some((each) => extendsIt(each, module));
  const isRun = model.calls.some((each) => each.class === module.id || each.class === null);
  if (isRelated || isRun) return false;
  const sites = model.constructs.filter((each) => makes(each.target, module));
  return sites.length > 0 && sites.every((each) => isScanned(each.target) && isUnpacked(model, each));
}

/** The mode decisions with the unused input gone, of a class that gives its carry alone. */
export function withoutInput(modes: ModeDecisions): ModeDecisions {
  const plan: MethodPlan = modes.methods.get('call') ?? { positions: [0, 1], mode: null };
  const removal: ModeRemoval = { of: 'parameter', method: 'call', index: 1, key: null };
  const methods = new Map(modes.methods).set('call', { ...plan, positions: [0, null] });
  return { ...modes, removals: [...modes.removals, removal], methods };
}

/** The second argument of calls of such classes goes. */
export function withoutArguments(built: readonly Built[], modes: ModeDecisions): ModeDecisions {
  const removals = carryCalls(built).map((call): ModeRemoval => ({ of: 'argument', call, argument: 1 }));
  return removals.length === 0 ? modes : { ...modes, removals: [...modes.removals, ...removals] };
}

/** Edits of the class itself: `return [x, null]` and its type. */
export function carryEdits(draft: Draft): readonly Edit[] {
  const method = draft.module.methods.find((each) => each.name === 'call');
  const { path } = draft.source;
  const pairs = method === undefined ? null : pairsOf(method.node);
  if (method === undefined || pairs === null) return [];
  const returned = pairs.flatMap((each) => {
    const first = each.elements[0]!.span;
    return [
      replacement(path, { start: each.span.start, end: first.start }, '', 'lifted'),
      replacement(path, { start: first.end, end: each.span.end }, '', 'lifted'),
    ];
  });
  const { returnType } = method.node;
  const type = returnType?.form.form === 'tuple' ? returnType.form.elements[0] : undefined;
  if (returnType === null || type === undefined) return returned;
  return [...returned, replacement(path, returnType.span, type.text, 'lifted')];
}

/** Edits where such classes are called: `const [y] = …` becomes `const y = …`. */
export function unpackEdits(draft: Draft, built: readonly Built[]): readonly Edit[] {
  const { source } = draft;
  return carryCalls(built).flatMap((call): readonly Edit[] => {
    const pattern = patternOf(parentOf(source, outermost(draft, call)), outermost(draft, call));
    const first = pattern?.kind === 'ArrayPattern' ? pattern.elements[0] : undefined;
    if (pattern === null || first == null) return [];
    return [
      replacement(source.path, { start: pattern.span.start, end: first.span.start }, '', 'lifted'),
      replacement(source.path, { start: first.span.end, end: pattern.span.end }, '', 'lifted'),
    ];
  });
}

function carryCalls(built: readonly Built[]): readonly Call[] {
  return liftedParts(built)
    .filter(({ target }) => target.target === 'class' && target.plan.decided.carryAlone)
    .flatMap((part) => liftedCalls(part).map(({ node }) => node));
}

// --------------------------------------------------------------------------------------------------- its body

/** What the method returns, where every return is `[carry, null]`; null where one is not. */
function pairsOf(node: ModuleClass['methods'][number]['node']): readonly ArrayLiteral[] | null {
  const returns: Return[] = [];
  if (node.body?.kind !== 'Block') return null;
  walk(node.body, (each) => {
    if (each.kind === 'Function' || each.kind === 'ClassExpression') return false;
    if (each.kind === 'Return') returns.push(each);
    return true;
  });
  const pairs = returns.map(({ argument }) => (argument !== null && isPair(argument) ? argument : null));
  const found = pairs.filter((each) => each !== null);
  const hasType = node.returnType === null || node.returnType.form.form === 'tuple';
  return hasType && found.length > 0 && found.length === pairs.length ? found : null;
}

function isPair(node: Expression): node is ArrayLiteral {
  if (node.kind !== 'ArrayLiteral' || node.elements.length !== 2) return false;
  const [first, second] = node.elements;
  return first != null && first.kind !== 'Spread' && second?.kind === 'Literal' && second.value === null;
}

function extendsIt({ base }: ModuleClass, { id }: ModuleClass): boolean {
  return base.base === 'class' && base.id === id;
}

// ---------------------------------------------------------------------------------------------------- its uses

function makes(target: ConstructTarget, module: ModuleClass): boolean {
  if (target.target === 'lifted') return makes(target.of, module);
  return target.target === 'class' && target.id === module.id;
}

function isScanned(target: ConstructTarget): boolean {
  return target.target === 'lifted' && (target.lift === 'scan' || isScanned(target.of));
}

/** Whether every call of what a site makes passes null and takes the carry alone out of the pair. */
function isUnpacked(model: ProjectModel, site: ConstructSite): boolean {
  const source = model.sources[site.path];
  if (source === undefined || site.owner === null) return false;
  const at = { source };
  const parent = parentOf(source, site.node);
  if (parent?.kind === 'Member') return isUnpackedCall(at, parentOf(source, parent));
  if (parent?.kind !== 'Variable') return false;
  const target = parent.declarators.find((each) => each.init === site.node)?.target;
  const binding = target?.kind === 'IdentifierPattern' ? target.binding : null;
  const uses: SyntaxNode[] = [];
  walk(source.body, (each) => {
    if (each.kind === 'Identifier' && binding !== null && each.binding === binding) uses.push(each);
  });
  return (
    uses.length > 0 &&
    uses.every((each) => {
      const member = parentOf(source, each);
      return member?.kind === 'Member' && (member.property !== 'call' || isUnpackedCall(at, parentOf(source, member)));
    })
  );
}

function isUnpackedCall(at: Pick<Draft, 'source'>, call: SyntaxNode | null): boolean {
  if (call?.kind !== 'Call' || call.args.length !== 2) return false;
  const second = call.args[1];
  if (second?.kind !== 'Literal' || second.value !== null) return false;
  const outer = outermost(at, call);
  const pattern = patternOf(parentOf(at.source, outer), outer);
  if (pattern?.kind !== 'ArrayPattern' || pattern.elements[0] == null) return false;
  return pattern.elements
    .slice(1)
    .every((each) => each === null || (each.kind === 'IdentifierPattern' && isUnread(at, each.binding)));
}

function isUnread({ source }: Pick<Draft, 'source'>, binding: string | null): boolean {
  return binding !== null && source.bindings[binding]?.reads.length === 0 && declarationIn(source, binding) !== null;
}

function outermost({ source }: Pick<Draft, 'source'>, node: Expression): Expression {
  const parent = parentOf(source, node);
  return parent?.kind === 'TypeWrap' ? outermost({ source }, parent) : node;
}

function patternOf(parent: SyntaxNode | null, value: Expression): Pattern | null {
  if (parent?.kind === 'Variable') return parent.declarators.find((each) => each.init === value)?.target ?? null;
  return parent?.kind === 'Assign' && parent.operator === '=' ? parent.target : null;
}
