/** The parts a class is built of: submodules and variables, each with its Linen name and its attribute. */
import { layerByLinenName } from '../../../runtime/catalogue/layers.js';
import { nnxMembers } from '../../../runtime/catalogue/shared-names.js';
import { ancestorsOf } from '../../ir/declarations.js';
import type { ConstructSite } from '../../ir/project.js';
import { classOf, literalProperty } from '../../ir/resolve.js';
import type { Call, Expression, New, ObjectLiteral } from '../../ir/syntax.js';
import type { SyntaxNode } from '../../ir/walk.js';
import { camelCase, isIdentifier } from '../text.js';
import type { Built, Draft, Holder, Kept, Submodule, Target } from './draft.js';
import { callsOf, holderOf } from './holders.js';
import { type BuildStep, standingCode, standingOf } from './order.js';

/** In building order. A part that cannot be converted is refused and left out. */
export function readParts(draft: Draft, steps: readonly BuildStep[]): readonly Built[] {
  const counts = new Map<string, number>();
  const parts = steps.map((step) => readPart(draft, step, counts)).filter((each) => each !== null);
  return nameAttributes(draft, parts);
}

type Unnamed<T> = T extends unknown ? Omit<T, 'attribute'> : never;

function readPart(draft: Draft, step: BuildStep, counts: Map<string, number>): Unnamed<Built> | null {
  const body = bodyOf(draft, step.node);
  const standing = body === null ? 'straight' : standingOf(draft, step.node, body);
  const holder = holderOf(draft, step);
  const label = labelOfPart(draft, step.node);
  const isConditionalField = standing === 'condition' && holder?.holder === 'field';
  if (standing !== 'straight' && !isConditionalField) {
    draft.refusals.add(standingCode(standing), step.node.span, { module: label });
    return null;
  }
  if (holder === null) {
    draft.refusals.add('L2N407', step.node.span, { module: label, form: 'kept in a way that is not followed' });
    return null;
  }
  return step.node.kind === 'New'
    ? readSubmodule(draft, { ...step, node: step.node, holder, label }, counts)
    : readVariable(draft, { ...step, node: step.node, holder });
}

interface SubmoduleStep extends BuildStep {
  readonly node: New;
  readonly holder: Holder;
  readonly label: string;
}

function readSubmodule(draft: Draft, step: SubmoduleStep, counts: Map<string, number>): Unnamed<Submodule> | null {
  const { node, holder, label, phase, method } = step;
  const site = draft.context.model.constructs.find((each) => each.node === node);
  const target = site === undefined ? null : targetOf(draft, site);
  if (site === undefined || target === null) return null;
  const given = givenName(draft, node, target);
  if (given === undefined) {
    draft.refusals.add('L2N408', node.span, { module: label });
    return null;
  }
  const own = given ?? (holder.holder === 'field' ? holder.name : null);
  const prefix = target.target === 'layer' ? target.record.linen : moduleName(draft, target.plan.class);
  const count = counts.get(prefix) ?? 0;
  if (own === null) counts.set(prefix, count + 1);
  const linenName = own ?? `${prefix}_${count}`;
  const calls = callsOf(draft, node, { holder, method, label });
  const userName =
    holder.holder === 'field' ? holder.name : (given ?? (holder.holder === 'local' ? holder.name : null));
  return { builds: 'module', node, site, target, calls, holder, phase, method, linenName, userName };
}

function targetOf(draft: Draft, site: ConstructSite): Target | null {
  const { target, node } = site;
  const refuse = (code: string, data: { readonly [name: string]: string }): null => {
    draft.refusals.add(code, node.span, data);
    return null;
  };
  switch (target.target) {
    case 'layer': {
      const record = layerByLinenName(target.name);
      return record?.nnx == null ? refuse('L2N424', { layer: target.name }) : { target: 'layer', record };
    }
    case 'class': {
      const plan = draft.done.get(target.id);
      if (plan !== undefined) return { target: 'class', plan };
      return target.id === draft.module.id ? refuse('L2N428', {}) : null;
    }
    case 'lifted':
      return refuse('L2N410', { lift: target.lift });
    case 'unknown':
      return refuse('L2N411', { form: target.why });
  }
}

/** The options object of a `new`: its last argument, as written. */
export function optionsOf(node: New, target: Target): ObjectLiteral | null {
  const last = node.args.at(-1);
  const positional = target.target === 'layer' ? target.record.linenPositional.length : 0;
  if (last?.kind !== 'ObjectLiteral') return null;
  return target.target === 'class' || node.args.length > positional ? last : null;
}

/** The name given at construction: null for none, undefined where it is not a plain string. */
function givenName(draft: Draft, node: New, target: Target): string | null | undefined {
  if (target.target === 'class') {
    const position = namePosition(draft, target.plan.class);
    const argument = position === null ? undefined : node.args[position];
    if (argument !== undefined) return stringOf(argument);
  }
  const options = optionsOf(node, target);
  if (options === null) return null;
  if (!options.properties.some((each) => each.kind === 'Property' && each.key.name === 'name')) return null;
  const value = literalProperty(options, 'name');
  return value === null ? undefined : stringOf(value);
}

function stringOf(value: Expression | { readonly kind: 'Spread' }): string | undefined {
  return value.kind === 'Literal' && typeof value.value === 'string' ? value.value : undefined;
}

/** The position of a constructor parameter that only names the module. */
function namePosition(draft: Draft, id: string): number | null {
  const module = classOf(draft.context.model, id);
  const parameter = module?.constructorMethod?.params.findIndex(
    (each) => each.pattern.kind === 'IdentifierPattern' && each.pattern.name === 'name' && each.property === null,
  );
  return parameter === undefined || parameter === -1 ? null : parameter;
}

/** Class name in auto-names: `static moduleName = '…'` or the class's own. */
function moduleName(draft: Draft, id: string): string {
  const module = classOf(draft.context.model, id);
  const member = module?.node.members.find((each) => each.static && each.name === 'moduleName');
  const value = member?.kind === 'Field' ? member.value : null;
  return (value?.kind === 'Literal' && typeof value.value === 'string' ? value.value : module?.name) ?? '';
}

function readVariable(
  draft: Draft,
  step: BuildStep & { readonly node: Call; readonly holder: Holder },
): Unnamed<Kept> | null {
  const { node, holder, phase, method } = step;
  const form = node.callee.kind === 'Member' && node.callee.property === 'param' ? 'param' : 'variable';
  const texts = node.args.map(stringOf);
  const collection = form === 'param' ? 'params' : texts[0];
  const name = form === 'param' ? texts[0] : texts[1];
  const [init, ...args] = node.args.slice(form === 'param' ? 1 : 2);
  const plain = args.filter((each) => each.kind !== 'Spread');
  if (
    collection === undefined ||
    name === undefined ||
    init === undefined ||
    init.kind === 'Spread' ||
    plain.length !== args.length
  ) {
    draft.refusals.add('L2N426', node.span, { form: 'its collection, name or initialiser is not plain' });
    return null;
  }
  if (form === 'variable' && holder.holder === 'inline') {
    draft.refusals.add('L2N426', node.span, { form: 'the reference is not kept' });
    return null;
  }
  const own = holder.holder === 'field' ? holder.name : name;
  return {
    builds: 'variable',
    node,
    collection,
    form,
    init,
    args: plain,
    holder,
    phase,
    method,
    linenName: name,
    userName: own,
  };
}

// ------------------------------------------------------------------------------------------------- attributes

/** The user's name, else the class in camelCase, else the layer's readable name; from 2 on where it is taken. */
function nameAttributes(draft: Draft, parts: readonly Unnamed<Built>[]): readonly Built[] {
  const taken = takenNames(draft);
  const fields = new Set(parts.flatMap((each) => (each.holder.holder === 'field' ? [each.holder.name] : [])));
  return parts.map((part) => {
    const attribute =
      part.holder.holder === 'field'
        ? part.holder.name
        : freeName(wishedName(draft, part), new Set([...taken, ...fields]));
    taken.add(attribute);
    return { ...part, attribute };
  });
}

function wishedName(draft: Draft, part: Unnamed<Built>): string {
  if (part.userName !== null) return isIdentifier(part.userName) ? part.userName : camelCase(part.userName);
  if (part.builds === 'variable') return camelCase(part.linenName);
  return part.target.target === 'layer'
    ? part.target.record.attribute
    : camelCase(classOf(draft.context.model, part.target.plan.class)?.name ?? 'module');
}

function freeName(wished: string, taken: ReadonlySet<string>): string {
  const base = isIdentifier(wished) ? wished : `_${wished}`;
  if (!taken.has(base)) return base;
  let number = 2;
  while (taken.has(`${base}${number}`)) number += 1;
  return `${base}${number}`;
}

/** Members of the class and of those it inherits from, its constructor's fields, and what every module has. */
function takenNames(draft: Draft): Set<string> {
  const names = new Set<string>(nnxMembers);
  names.add('rngs');
  for (let module = draft.module as typeof draft.module | null; module !== null;) {
    for (const member of module.node.members) if (member.name !== null) names.add(member.name);
    for (const field of module.fields) if (field.origin !== 'parameter') names.add(field.name);
    module = module.base.base === 'class' ? classOf(draft.context.model, module.base.id) : null;
  }
  return names;
}

/** `Dense`, `this.param('scale')`: how messages call a part. */
export function labelOfPart(draft: Draft, node: New | Call): string {
  if (node.kind === 'Call') return 'A variable';
  return `\`new ${draft.source.text.slice(node.callee.span.start, node.callee.span.end)}\``;
}

/** The body of the member that holds a node. */
export function bodyOf(draft: Draft, node: SyntaxNode): SyntaxNode | null {
  const above = ancestorsOf(draft.source, node);
  const member = above.find((each) => each.kind === 'Method' || each.kind === 'Field');
  if (member?.kind === 'Method') return member.body;
  const functions = above.slice(0, above.indexOf(member!)).filter((each) => each.kind === 'Function');
  return functions.at(-1) ?? null;
}
