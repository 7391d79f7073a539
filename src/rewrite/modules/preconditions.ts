/** Forms of a class that are left as they are, before anything is decided about it. */
import { moduleMembers } from '../../../runtime/catalogue/shared-names.js';
import { declarationIn } from '../../ir/declarations.js';
import { classOf, entityOf } from '../../ir/resolve.js';
import type { Expression, FunctionExpression, Span } from '../../ir/syntax.js';
import { type SyntaxNode, walk } from '../../ir/walk.js';
import { nnxNamespace } from '../namespaces.js';
import { isInside } from '../text.js';
import type { Built, Draft } from './draft.js';
import { usableFactory } from './factory-calls.js';
import { superCall } from './parameters.js';

export function checkForm(draft: Draft, escapes: readonly Span[]): void {
  checkClass(draft);
  checkConstructor(draft);
  checkMethods(draft);
  checkSelf(draft, escapes);
  checkFunctions(draft);
}

function checkClass(draft: Draft): void {
  const { module, source, refusals } = draft;
  const { node } = module;
  const head = node.nameSpan ?? node.span;
  for (const member of node.members) {
    const isPrivate = member.name?.startsWith('#') === true || (member.kind === 'Field' && member.private);
    if (isPrivate) refusals.add('L2N400', member.span, {});
  }
  if (node.decorators.length > 0) refusals.add('L2N401', node.decorators[0]!.span, { form: 'it has a decorator' });
  const isTop = source.body.some((each) => each.kind === 'ClassDeclaration' && each.class === node);
  if (!isTop) refusals.add('L2N401', head, { form: 'it is made in a function or an expression' });
  if (module.base.base === 'layer')
    refusals.add('L2N402', head, { base: module.base.name, form: 'it extends a layer' });
  const { taken, local } = nnxNamespace(draft.context.model, source.path);
  if (taken) refusals.add('L2N419', head, { name: local });
}

function checkConstructor(draft: Draft): void {
  const method = draft.module.constructorMethod;
  if (method?.body == null) return;
  const refuse = (span: Span, form: string): void => draft.refusals.add('L2N403', span, { form });
  const overloads = draft.module.node.members.filter((each) => each.kind === 'Method' && each.role === 'constructor');
  if (overloads.length > 1) refuse(method.span, 'it has overloads');
  for (const each of method.params) {
    if (each.pattern.kind === 'RestPattern') refuse(each.span, 'it takes a rest parameter');
    if (each.decorators.length > 0) refuse(each.span, 'a parameter has a decorator');
    if (each.pattern.kind === 'ArrayPattern') refuse(each.span, 'a parameter is an array pattern');
  }
  const call = superCall(draft);
  if (call === null) refuse(method.span, 'it does not call `super` at its top');
  else if (draft.module.base.base === 'module' && !isPlainSuper(draft, call))
    refuse(call, 'it passes more than a name to `super`');
}

/** `super()`, `super({ name })`, `super({ name: options.name })`, `super(options)`. */
function isPlainSuper(draft: Draft, call: Span): boolean {
  const text = draft.source.text.slice(call.start, call.end).replace(/\s+/g, ' ');
  return /^super ?\( ?(?:\{ ?name(?: ?: ?[\w.?]+)? ?,? ?\}|\w+)? ?\)$/.test(text);
}

function checkMethods(draft: Draft): void {
  const { module, refusals } = draft;
  for (const method of module.methods) {
    const refuse = (form: string): void => refusals.add('L2N430', method.node.span, { method: method.name, form });
    const [lift] = method.lifts;
    if (lift !== undefined) refusals.add('L2N410', lift.span, { lift: lift.name });
    const member = module.node.members.find(
      (each) => each === method.node || (each.kind === 'Field' && each.name === method.name),
    );
    const own = (method.compact === null ? 0 : 1) + (method.nowrap ? 1 : 0);
    const decorators = member?.decorators.length ?? 0;
    if (method.compact === 'decorator' && decorators !== own) refuse('it has other decorators');
    if (method.compact === 'wrapper' && method.node.body?.kind !== 'Block')
      refuse('the wrapped function is an expression');
    if (method.compact === 'wrapper' && method.nowrap) refuse('it is wrapped twice');
    if (method.compact !== null && (method.node.async || method.node.generator)) refuse('it is async or a generator');
  }
}

function checkSelf(draft: Draft, escapes: readonly Span[]): void {
  const { refusals, selfUses, module } = draft;
  for (const each of escapes) refusals.add('L2N418', each, {});
  const own = new Set([...module.fields.map((each) => each.name), ...module.methods.map((each) => each.name)]);
  for (const { name, span } of selfUses) {
    if (own.has(name)) continue;
    if ((moduleMembers.probes as readonly string[]).includes(name) && !isAnswered(name))
      refusals.add('L2N416', span, { member: name });
    if ((moduleMembers.runs as readonly string[]).includes(name)) refusals.add('L2N417', span, { member: name });
  }
}

/** Asked for the phase: decided when the parts are known. */
function isAnswered(name: string): boolean {
  return (moduleMembers.phase as readonly string[]).includes(name);
}

/** Functions outside the class that build modules while it runs. */
function checkFunctions(draft: Draft): void {
  const { module, source } = draft;
  const { model } = draft.context;
  walk(module.node.members, (node) => {
    if (node.kind !== 'Call') return;
    const entity = entityOf(model, source.path, node.callee);
    if (entity?.entity !== 'function' || isInside(entity.node.span, module.node.span)) return;
    if (usableFactory(draft, node) !== null || !buildsModules(draft, entity.path, entity.node, new Set())) return;
    const { start, end } = node.callee.span;
    draft.refusals.add('L2N429', node.span, { function: source.text.slice(start, end) });
  });
}

function buildsModules(draft: Draft, path: string, node: FunctionExpression, seen: Set<SyntaxNode>): boolean {
  const { model } = draft.context;
  if (seen.has(node)) return false;
  seen.add(node);
  if (model.constructs.some((each) => each.path === path && isInside(each.node.span, node.span))) return true;
  let found = false;
  walk(node, (each) => {
    if (each.kind !== 'Call' || found) return !found;
    const entity = entityOf(model, path, each.callee);
    if (entity?.entity === 'function' && buildsModules(draft, entity.path, entity.node, seen)) found = true;
    return !found;
  });
  return found;
}

/**
 * Names that the new constructor has, where code that moves there (or stands there already) means another thing by
 * them.
 */
export function checkNames(draft: Draft, names: ReadonlySet<string>, spans: readonly Span[]): void {
  const { module, source, refusals } = draft;
  const parameters = module.constructorMethod;
  walk(module.node.members, (node) => {
    if (node.kind !== 'Identifier' || !names.has(node.name)) return;
    const binding = node.binding === null ? undefined : source.bindings[node.binding];
    const isOwn = binding !== undefined && isInside(binding.span, module.node.span);
    const isMoved = spans.some((each) => isInside(node.span, each));
    const isThere = parameters !== null && isInside(node.span, parameters.span);
    if (!isOwn && (isMoved || isThere)) refusals.add('L2N419', node.span, { name: node.name });
  });
}

/** Whether a base and its subclass share what they build in a way that has no plain constructor. */
export function checkInheritance(draft: Draft, builds: boolean): void {
  const { module, refusals, done } = draft;
  if (module.base.base !== 'class') return;
  const base = classOf(draft.context.model, module.base.id);
  const plan = done.get(module.base.id);
  if (base === null || plan === undefined) return;
  const head = module.node.nameSpan ?? module.node.span;
  const refuse = (form: string): void => refusals.add('L2N402', head, { base: base.name, form });
  const inherited = plan.decided.built;
  if (inherited.length > 0 && builds) refuse('both build submodules');
  const overridden = inherited.some((part) => module.methods.some((each) => each.name === part.method));
  if (overridden || (inherited.length > 0 && module.setup !== null)) refuse('it overrides the method that builds them');
  const hasOwn = module.constructorMethod !== null;
  if (hasOwn && plan.manifest.newArguments.length > 0) refuse('the base needs input sizes');
  if (hasOwn && plan.decided.parameters.kept.some((each) => !each.stays)) refuse('the base loses a constructor value');
  if (!hasOwn && builds && (base.constructorMethod?.params.length ?? 0) > 0) refuse('it has no constructor of its own');
  for (const method of module.methods) {
    const above = base.node.members.find((each) => each.kind === 'Method' && each.name === method.name);
    const isCut = above?.kind === 'Method' && above.params.length !== method.node.params.length;
    if (isCut) refuse(`\`${method.name}\` takes other parameters`);
  }
}

/** A method that loses a parameter must lose it in the base as well. */
export function checkOverrides(
  draft: Draft,
  methods: ReadonlyMap<string, { readonly positions: readonly (number | null)[] }>,
): void {
  const { module } = draft;
  if (module.base.base !== 'class') return;
  const base = classOf(draft.context.model, module.base.id);
  const plan = draft.done.get(module.base.id);
  for (const { name, node } of module.methods) {
    const above = base?.node.members.find((each) => each.kind === 'Method' && each.name === name);
    const own = methods.get(name)?.positions ?? [];
    const theirs = plan?.methods[name]?.positions ?? own.map((_, index) => index);
    if (above === undefined || JSON.stringify(own) === JSON.stringify(theirs)) continue;
    draft.refusals.add('L2N402', node.span, {
      base: base?.name ?? '',
      form: `the mode flag of \`${name}\` would go in one of them`,
    });
  }
}

/**
 * A `.call` on something that is no part of the class runs a module from elsewhere (a field, a factory's result): its
 * mode, arguments and variables would have to follow from a class that is not known.
 */
export function checkForeignCalls(draft: Draft, built: readonly Built[]): void {
  const { module, refusals, source } = draft;
  const own = new Set<SyntaxNode>(
    built.flatMap((each) => (each.builds === 'module' ? each.calls.map(({ node }) => node) : [])),
  );
  walk(module.node.members, (node) => {
    if (node.kind !== 'Call' || node.callee.kind !== 'Member' || own.has(node)) return;
    const { object, property } = node.callee;
    if (object.kind === 'Super') return checkSuperCall(draft, node, property);
    if (property !== 'call' || object.kind === 'This' || isOwnPart(draft, object)) return;
    const field = object.kind === 'Member' && object.object.kind === 'This' ? object.property : null;
    if (field !== null && built.some((each) => each.attribute === field)) return;
    if (field !== null) refusals.add('L2N427', object.span, { field });
    else
      refusals.add('L2N411', object.span, {
        form: `\`${source.text.slice(object.span.start, object.span.end)}\` is called as a module`,
      });
  });
}

/** What is built here, also where it was refused. */
function isOwnPart(draft: Draft, object: Expression): boolean {
  const { model } = draft.context;
  const isSite = (node: SyntaxNode | null): boolean =>
    model.constructs.some((each) => each.node === node) ||
    (node?.kind === 'Call' && usableFactory(draft, node) !== null);
  if (object.kind !== 'Identifier' || object.binding === null) return isSite(object);
  const place = declarationIn(draft.source, object.binding);
  return place?.declares === 'variable' && isSite(place.declarator.init);
}

/** `super.call(x, training)` passes by the old positions. */
function checkSuperCall(draft: Draft, node: SyntaxNode, method: string): void {
  const { base } = draft.module;
  const plan = base.base === 'class' ? draft.done.get(base.id)?.methods[method] : undefined;
  if (plan === undefined || (plan.mode === null && plan.positions.every((each) => each !== null))) return;
  draft.refusals.add('L2N402', node.span, { base: 'its base', form: `\`super.${method}\` takes a mode flag` });
}
