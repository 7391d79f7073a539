/** The parts a class is built of: submodules and variables, each with its Linen name and its attribute. */
import { layerByLinenName } from '../../../runtime/catalogue/layers.js';
import { nnxMembers } from '../../../runtime/catalogue/shared-names.js';
import { ancestorsOf } from '../../ir/declarations.js';
import type { Factory } from '../../ir/factories.js';
import type { ConstructSite } from '../../ir/project.js';
import { turnPlace } from '../../ir/name-pattern.js';
import { classOf, literalProperty } from '../../ir/resolve.js';
import type { Call, Expression, New, ObjectLiteral } from '../../ir/syntax.js';
import type { SyntaxNode } from '../../ir/walk.js';
import { camelCase, isIdentifier } from '../text.js';
import type { Built, Draft, Holder, Target } from './draft.js';
import { isMadeLater } from './caches.js';
import { nameInCall } from './factory-calls.js';
import { labelOfPart } from './labels.js';
import { callsOf, handedOf, holderOf } from './holders.js';
import { type GivenName, nameParts, turnOffset, type Unnamed } from './naming.js';
import { isStacked, prefixOf, readLifting, unlifted } from './lifting.js';
import { type BuildStep, displacedCode } from './order.js';
import { areExclusive, type Structure, structuresOf } from './structures.js';

/** In building order. A part that cannot be converted is refused and left out. */
export function readParts(draft: Draft, steps: readonly BuildStep[]): readonly Built[] {
  const read = steps.map((step) => readPart(draft, step)).filter((each) => each !== null);
  const compact = read.filter(({ part: { holder } }) => holder.holder !== 'field' && holder.holder !== 'element');
  const named = nameParts(draft, compact);
  const names = new Map(compact.map((each, index) => [each.part, named[index]] as const));
  const parts = read.flatMap(({ part, own }): readonly Placed[] => {
    const name = names.get(part);
    if (name === undefined) return [{ ...part, linenName: own ?? '', list: null }];
    if ('linenName' in name) return [{ ...part, ...name }];
    const code = name.why === 'shifts' ? 'L2N431' : 'L2N408';
    if (part.builds === 'variable') draft.refusals.add('L2N426', part.place.span, { form: 'its name is computed' });
    else draft.refusals.add(code, part.place.span, { module: labelOfPart(draft, part.place) });
    return [];
  });
  return nameAttributes(draft, parts);
}

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;
/** Before it has a name in Linen. */
type Read = Without<Built, 'attribute' | 'linenName' | 'list' | 'optional'>;
type Placed = Without<Built, 'attribute' | 'optional'>;
interface ReadPart extends Unnamed {
  readonly part: Read;
  /** Its Linen name where no count decides it. */
  readonly own: string | null;
}

function readPart(draft: Draft, step: BuildStep): ReadPart | null {
  const chain = chainOf(draft, step);
  if (chain === null) return null;
  const holder = holderOf(draft, step);
  const label = labelOfPart(draft, step.node);
  if (holder === null) {
    draft.refusals.add('L2N407', step.node.span, { module: label, form: 'kept in a way that is not followed' });
    return null;
  }
  const { node, factory } = step;
  if (node.kind === 'New' || factory !== null)
    return readSubmodule(draft, { ...step, place: node, holder, label, chain });
  return readVariable(draft, { ...step, node, holder, chain });
}

/** What the constructor repeats around a part; `setup` moves as it is, and needs none. */
function chainOf(draft: Draft, step: BuildStep): readonly Structure[] | null {
  const body = bodyOf(draft, step.node);
  const place = body === null ? { chain: [] } : structuresOf(draft, step.node, body);
  if (step.phase === 'compact') {
    if ('chain' in place) return place.chain;
    draft.refusals.add(displacedCode(place.displaced), step.node.span, { module: labelOfPart(draft, step.node) });
    return null;
  }
  const holder = holderOf(draft, step)?.holder;
  const isPlain = 'chain' in place && place.chain.every((each) => each.structure === 'branch');
  if (holder === 'element' || (isPlain && (place.chain.length === 0 || holder === 'field'))) return [];
  const displaced = 'displaced' in place ? place.displaced : isPlain ? 'condition' : 'loop';
  draft.refusals.add(displacedCode(displaced), step.node.span, { module: labelOfPart(draft, step.node) });
  return null;
}

interface SubmoduleStep extends Omit<BuildStep, 'node'> {
  readonly place: New | Call;
  readonly holder: Holder;
  readonly label: string;
  readonly chain: readonly Structure[];
}

function readSubmodule(draft: Draft, step: SubmoduleStep): ReadPart | null {
  const { place, factory, holder, label, phase, method, chain } = step;
  const site = factory?.builds[0] ?? draft.context.model.constructs.find((each) => each.node === place);
  const target = site === undefined ? null : targetOf(draft, site);
  if (site === undefined || target === null) return null;
  const { node } = site;
  const isLifted = site.target.target === 'lifted';
  const lifting = isLifted ? readLifting(draft, node) : null;
  if (isLifted && lifting === null) return null;
  const given = factory === null ? givenName(draft, node, target) : nameThrough(factory, place);
  if (given === undefined) {
    draft.refusals.add('L2N408', place.span, { module: label });
    return null;
  }
  const own = ownName(draft, { node: place, holder, given, label });
  if (own === undefined) return null;
  const name = target.target === 'layer' ? target.record.linen : moduleName(draft, target.plan.class);
  const prefix = `${lifting === null ? '' : prefixOf(lifting)}${name}`;
  const calls = callsOf(draft, place, { holder, method, label });
  const handed = handedOf(draft, place, { holder, method, label });
  const plain = given !== null && 'name' in given ? given.name : null;
  const pieces =
    given !== null && 'before' in given ? (given.before + given.after).replace(/^[_\W]+|[_\W]+$/g, '') : null;
  const local = holder.holder === 'local' ? holder.name : null;
  const userName = holder.holder === 'field' || holder.holder === 'element' ? holder.name : (plain ?? pieces ?? local);
  const part = {
    builds: 'module',
    node,
    place,
    factory,
    site,
    target,
    calls,
    handed,
    lifting,
    axes: null,
    holder,
    phase,
    method,
    userName,
    chain,
  } as const;
  return { part: { ...part, userName: userName === '' ? null : userName }, own, chain, prefix, given };
}

/** The Linen name of what `setup` keeps: the field's, with its place in a list; undefined where it cannot be told. */
function ownName(
  draft: Draft,
  part: {
    readonly node: New | Call;
    readonly holder: Holder;
    readonly given: GivenName | null;
    readonly label: string;
  },
): string | null | undefined {
  const { holder, given } = part;
  if (holder.holder !== 'field' && holder.holder !== 'element') return null;
  if (given !== null && 'name' in given) return given.name;
  if (holder.holder === 'field') return given === null ? holder.name : refuseName(draft, part);
  const { place, name } = { place: holder.place, name: holder.name };
  if (given === null) {
    if (place.place === 'turn') return `${name}_${turnPlace({ step: 1, offset: 0 })}`;
    return `${name}_${place.place === 'item' ? place.index : place.key}`;
  }
  const offset = place.place === 'turn' ? turnOffset(draft, place.loop, given.expression) : null;
  return offset === null ? refuseName(draft, part) : `${given.before}${turnPlace({ step: 1, offset })}${given.after}`;
}

function refuseName(draft: Draft, { node, label }: { readonly node: New | Call; readonly label: string }): undefined {
  draft.refusals.add('L2N408', node.span, { module: label });
  return undefined;
}

function targetOf(draft: Draft, site: ConstructSite): Target | null {
  const { node } = site;
  const target = unlifted(site.target);
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

/** The name given at construction: null for none, undefined where it cannot be read. */
function givenName(draft: Draft, node: New, target: Target): GivenName | null | undefined {
  if (target.target === 'class') {
    const position = namePosition(draft, target.plan.class);
    const argument = position === null ? undefined : node.args[position];
    if (argument !== undefined) return nameOf(argument);
  }
  const options = optionsOf(node, target);
  if (options === null) return null;
  if (!options.properties.some((each) => each.kind === 'Property' && each.key.name === 'name')) return null;
  const value = literalProperty(options, 'name');
  return value === null ? undefined : nameOf(value);
}

/** The name that a call of a function gives what it builds. */
function nameThrough(factory: Factory, call: New | Call): GivenName | null | undefined {
  const value = call.kind === 'Call' ? nameInCall(factory, call) : undefined;
  return value == null ? value : nameOf(value);
}

function nameOf(value: Expression | { readonly kind: 'Spread' }): GivenName | null | undefined {
  if (value.kind === 'Identifier' && value.binding === null && value.name === 'undefined') return null;
  const name = stringOf(value);
  if (name !== undefined) return { name };
  if (value.kind === 'Template' && value.expressions.length === 1) {
    const [before = '', after = ''] = value.quasis;
    return { before, expression: value.expressions[0]!, after };
  }
  if (value.kind === 'Call') return { before: '', expression: value, after: '' };
  if (value.kind !== 'Binary' || value.operator !== '+') return undefined;
  const [left, right] = [stringOf(value.left), stringOf(value.right)];
  if (left !== undefined) return { before: left, expression: value.right, after: '' };
  return right === undefined ? undefined : { before: '', expression: value.left, after: right };
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
  step: BuildStep & { readonly node: Call; readonly holder: Holder; readonly chain: readonly Structure[] },
): ReadPart | null {
  const { node, holder, phase, method, chain } = step;
  const form = node.callee.kind === 'Member' && node.callee.property === 'param' ? 'param' : 'variable';
  const texts = node.args.map(stringOf);
  const collection = form === 'param' ? 'params' : texts[0];
  const first = node.args[form === 'param' ? 0 : 1];
  const given = first === undefined ? undefined : nameOf(first);
  const [init, ...args] = node.args.slice(form === 'param' ? 1 : 2);
  const plain = args.filter((each) => each.kind !== 'Spread');
  if (
    collection === undefined ||
    given == null ||
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
  if (holder.holder === 'element' || (phase === 'setup' && !('name' in given))) {
    draft.refusals.add('L2N426', node.span, { form: 'it is kept in a list' });
    return null;
  }
  const later = isMadeLater(draft, collection, phase);
  if (later && chain.some((each) => each.structure === 'loop')) {
    draft.refusals.add('L2N404', node.span, { module: labelOfPart(draft, node) });
    return null;
  }
  const name = 'name' in given ? given.name : (given.before + given.after).replace(/^[_\W]+|[_\W]+$/g, '');
  const local = later && holder.holder === 'local' ? holder.name : name;
  const userName = holder.holder === 'field' ? holder.name : local;
  const part = {
    builds: 'variable',
    node,
    place: node,
    collection,
    form,
    init,
    args: plain,
    made: later ? 'initCache' : 'constructor',
    holder,
    phase,
    method,
    userName,
    chain: later ? [] : chain,
  } as const;
  return { part, own: name, chain: part.chain, prefix: '', given };
}

// ------------------------------------------------------------------------------------------------- attributes

/**
 * The user's name, else the class in camelCase, else the layer's readable name, in the plural for a list; from 2 on
 * where it is taken. One attribute stands for parts of one name in different arms, and for a list with what is
 * appended to it.
 */
function nameAttributes(draft: Draft, parts: readonly Placed[]): readonly Built[] {
  const taken = takenNames(draft);
  const fields = new Set(
    parts.flatMap(({ holder }) => (holder.holder === 'field' || holder.holder === 'element' ? [holder.name] : [])),
  );
  const named: Built[] = [];
  for (const part of parts) {
    const { holder } = part;
    const shared = named.find((each) => isOneAttribute(each, part));
    const attribute =
      holder.holder === 'field' || holder.holder === 'element'
        ? holder.name
        : (shared?.attribute ?? freeName(wishedName(draft, part), new Set([...taken, ...fields])));
    taken.add(attribute);
    named.push({ ...part, attribute, optional: isOptional(part, parts) });
  }
  return named;
}

function isOneAttribute(a: Built, b: Placed): boolean {
  if (
    a.linenName !== b.linenName ||
    a.builds !== b.builds ||
    a.holder.holder === 'field' ||
    a.holder.holder === 'element'
  )
    return false;
  if (a.list !== null && b.list !== null) return a.list.loop === b.list.loop;
  return a.list === null && b.list === null && areExclusive(a.chain, b.chain);
}

/** Built in one arm of a branch, and nothing of its name in the other. */
function isOptional(part: Placed, parts: readonly Placed[]): boolean {
  const branches = part.chain.filter((each) => each.structure === 'branch');
  if (branches.length === 0 || part.list !== null) return false;
  if (branches.length > 1) return true;
  return parts.every(
    (each) => each === part || each.linenName !== part.linenName || !areExclusive(each.chain, part.chain),
  );
}

function wishedName(draft: Draft, part: Placed): string {
  const one = nameOfOne(draft, part);
  const isMany = part.list !== null || (part.builds === 'module' && part.lifting !== null && isStacked(part.lifting));
  return isMany && (part.list !== null || part.userName === null) ? plural(one) : one;
}

function nameOfOne(draft: Draft, part: Placed): string {
  if (part.userName !== null) return isIdentifier(part.userName) ? part.userName : camelCase(part.userName);
  if (part.builds === 'variable') return camelCase(part.linenName);
  return part.target.target === 'layer'
    ? part.target.record.attribute
    : camelCase(classOf(draft.context.model, part.target.plan.class)?.name ?? 'module');
}

function plural(name: string): string {
  if (/s$/.test(name)) return name;
  if (/[^aeiou]y$/.test(name)) return `${name.slice(0, -1)}ies`;
  return /(?:x|z|ch|sh)$/.test(name) ? `${name}es` : `${name}s`;
}

export function freeName(wished: string, taken: ReadonlySet<string>): string {
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

/** The body of the member that holds a node. */
export function bodyOf(draft: Draft, node: SyntaxNode): SyntaxNode | null {
  const above = ancestorsOf(draft.source, node);
  const member = above.find((each) => each.kind === 'Method' || each.kind === 'Field');
  if (member?.kind === 'Method') return member.body;
  const functions = above.slice(0, above.indexOf(member!)).filter((each) => each.kind === 'Function');
  return functions.at(-1) ?? null;
}
