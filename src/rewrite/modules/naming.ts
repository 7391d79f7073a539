/** Linen's names of the parts of a compact method, as it counts them, and the lists that loops fill. */
import { declarationIn } from '../../ir/declarations.js';
import { turnPlace } from '../../ir/name-pattern.js';
import type { BindingId, Call, Expression, For, ForEach } from '../../ir/syntax.js';
import type { Draft } from './draft.js';
import { callbackOf } from './elements.js';
import type { ListPlace } from './structure.js';
import { type Loop, loopsIn, sameStructure, type Structure } from './structures.js';

export interface Named {
  /** `Dense_0`, `layers_{i}`. */
  readonly linenName: string;
  readonly list: ListPlace | null;
}
/** A part before it is named. */
export interface Unnamed {
  readonly chain: readonly Structure[];
  /** What automatic names begin with. */
  readonly prefix: string;
  /** The name the program gives, in pieces around an expression; null for an automatic one. */
  readonly given: GivenName | null;
}
export type GivenName =
  { readonly name: string } | { readonly before: string; readonly expression: Expression; readonly after: string };

/** A name for each part, in order; a reason where it has none that can be written down. */
export function nameParts(draft: Draft, parts: readonly Unnamed[]): readonly (Named | { readonly why: NameProblem })[] {
  const counts: Counts = new Map();
  const names = new Map<Unnamed, Named | { readonly why: NameProblem }>();
  nameAll(draft, { parts, depth: 0, counts, names });
  return withAppended(parts, names);
}
/** `shifts`: the number depends on how often a loop or branch before it runs · `computed`: no turn of the loop. */
export type NameProblem = 'shifts' | 'computed';

/** How many of a prefix were built: a number, those in a list and behind it, or not known. */
type Count = { readonly built: number } | { readonly list: Named; readonly appended: number } | 'unknown';
type Counts = Map<string, Count>;

interface Work {
  readonly parts: readonly Unnamed[];
  readonly depth: number;
  readonly counts: Counts;
  readonly names: Map<Unnamed, Named | { readonly why: NameProblem }>;
}

function nameAll(draft: Draft, work: Work): void {
  const { parts, depth } = work;
  for (let from = 0; from < parts.length;) {
    const structure = parts[from]?.chain[depth];
    let to = from + 1;
    while (structure !== undefined && sameStructure(parts[to]?.chain[depth], structure)) to += 1;
    const group = parts.slice(from, to);
    if (structure === undefined) nameOne(work, group[0]!);
    else if (structure.structure === 'loop') nameLoop(draft, work, { group, loop: structure });
    else nameArms(draft, work, group);
    from = to;
  }
}

function nameOne({ counts, names }: Work, part: Unnamed): void {
  const { given, prefix } = part;
  if (given !== null) {
    names.set(part, 'name' in given ? { linenName: given.name, list: null } : { why: 'computed' });
    return;
  }
  const count = counts.get(prefix) ?? { built: 0 };
  if (count === 'unknown') names.set(part, { why: 'shifts' });
  else if ('list' in count) {
    counts.set(prefix, { ...count, appended: count.appended + 1 });
    const { linenName, list } = count.list;
    const canAppend = part.chain.length === 0 && list !== null;
    names.set(part, canAppend ? { linenName, list: { loop: list.loop, fromEnd: count.appended } } : { why: 'shifts' });
  } else {
    counts.set(prefix, { built: count.built + 1 });
    names.set(part, { linenName: `${prefix}_${count.built}`, list: null });
  }
}

/** Both arms start from the same count; where they end apart, what follows has no fixed number. */
function nameArms(draft: Draft, work: Work, group: readonly Unnamed[]): void {
  const { depth, counts } = work;
  const ends = [0, 1].map((arm) => {
    const own = new Map(counts);
    const parts = group.filter((each) => {
      const here = each.chain[depth];
      return here?.structure === 'branch' && here.arm === arm;
    });
    nameAll(draft, { ...work, parts, depth: depth + 1, counts: own });
    return own;
  });
  const [a, b] = ends;
  for (const prefix of new Set(ends.flatMap((each) => [...each.keys()]))) {
    const [x, y] = [a?.get(prefix) ?? { built: 0 }, b?.get(prefix) ?? { built: 0 }];
    const isSame = x !== 'unknown' && y !== 'unknown' && 'built' in x && 'built' in y && x.built === y.built;
    counts.set(prefix, isSame ? x : 'unknown');
  }
}

function nameLoop(
  draft: Draft,
  { counts, names }: Work,
  at: { readonly group: readonly Unnamed[]; readonly loop: Loop },
): void {
  const { group, loop } = at;
  const automatic = group.filter((each) => each.given === null);
  for (const part of group) {
    const inner = loopsIn(part.chain).at(-1) ?? loop;
    if (part.given !== null) names.set(part, givenInLoop(draft, part.given, { inner, chain: part.chain }));
  }
  for (const prefix of new Set(automatic.map((each) => each.prefix))) {
    const siblings = automatic.filter((each) => each.prefix === prefix);
    const start = counts.get(prefix) ?? { built: 0 };
    const isPlain = siblings.every(
      (each) => each.chain.length === siblings[0]!.chain.length && loopsIn(each.chain).length === each.chain.length,
    );
    const isRegular = siblings.length === 1 || (isPlain && loopsIn(siblings[0]!.chain).length === 1);
    if (start === 'unknown' || 'list' in start || !isRegular) {
      siblings.forEach((each) => names.set(each, { why: 'shifts' }));
      counts.set(prefix, 'unknown');
      continue;
    }
    siblings.forEach((each, index) => {
      const place = turnPlace({ step: siblings.length, offset: start.built + index });
      names.set(each, { linenName: `${prefix}_${place}`, list: { loop: loop.node, fromEnd: null } });
    });
    const only =
      siblings.length === 1 && siblings[0]!.chain.every((each) => each.structure === 'loop')
        ? names.get(siblings[0]!)
        : undefined;
    counts.set(prefix, only !== undefined && 'linenName' in only ? { list: only, appended: 0 } : 'unknown');
  }
}

function givenInLoop(
  draft: Draft,
  given: GivenName,
  at: { readonly inner: Loop; readonly chain: readonly Structure[] },
): Named | { readonly why: NameProblem } {
  if ('name' in given || loopsIn(at.chain).length > 1) return { why: 'computed' };
  const offset = turnOffset(draft, at.inner.node, given.expression);
  if (offset === null) return { why: 'computed' };
  const place = turnPlace({ step: 1, offset });
  return { linenName: `${given.before}${place}${given.after}`, list: { loop: at.inner.node, fromEnd: null } };
}

/** Positions from the end are known once all that is appended is. */
function withAppended(
  parts: readonly Unnamed[],
  names: ReadonlyMap<Unnamed, Named | { readonly why: NameProblem }>,
): readonly (Named | { readonly why: NameProblem })[] {
  const found = parts.map((each) => names.get(each) ?? { why: 'computed' as const });
  const total = (loop: Loop['node'], linenName: string): number =>
    found.filter(
      (each) =>
        'list' in each && each.list?.loop === loop && each.linenName === linenName && each.list.fromEnd !== null,
    ).length;
  return found.map((each) => {
    if (!('list' in each) || each.list === null || each.list.fromEnd === null) return each;
    return { ...each, list: { ...each.list, fromEnd: each.list.fromEnd - total(each.list.loop, each.linenName) } };
  });
}

// ------------------------------------------------------------------------------------------------------- turns

/** `i`, `i + 1`: how far an expression is from the turn of the loop; null where it is something else. */
export function turnOffset(draft: Draft, loop: For | ForEach | Call, expression: Expression): number | null {
  switch (expression.kind) {
    case 'Identifier': {
      const counter = counterOf(draft, loop);
      return counter !== null && counter.binding === expression.binding ? counter.start : null;
    }
    case 'TypeWrap':
      return turnOffset(draft, loop, expression.expression);
    case 'Binary': {
      const [left, right] = [numberOf(expression.left), numberOf(expression.right)];
      const inner = turnOffset(draft, loop, right === null ? expression.right : expression.left);
      const by = right ?? left;
      if (inner === null || by === null) return null;
      const offset =
        expression.operator === '+' ? inner + by : expression.operator === '-' && right !== null ? inner - by : -1;
      return offset >= 0 ? offset : null;
    }
    case 'Call': {
      const [first] = expression.args;
      const isString =
        expression.callee.kind === 'Identifier' &&
        expression.callee.binding === null &&
        expression.callee.name === 'String';
      return isString && first !== undefined && first.kind !== 'Spread' ? turnOffset(draft, loop, first) : null;
    }
    default:
      return null;
  }
}

export interface Counter {
  readonly binding: BindingId;
  readonly name: string;
  readonly start: number;
}

/** The variable that counts the turns: `let i = 0; …; i++`, `const [i, size] of sizes.entries()`. */
export function counterOf(draft: Draft, loop: For | ForEach | Call): Counter | null {
  if (loop.kind === 'Call') {
    const pattern = callbackOf(loop)?.params[1]?.pattern;
    const isName = pattern?.kind === 'IdentifierPattern' && pattern.binding !== null;
    return isName ? { binding: pattern.binding, name: pattern.name, start: 0 } : null;
  }
  if (loop.kind === 'ForEach') {
    const { target, iterable } = loop;
    const isEntries =
      iterable.kind === 'Call' && iterable.callee.kind === 'Member' && iterable.callee.property === 'entries';
    const first = isEntries && target.kind === 'ArrayPattern' ? target.elements[0] : null;
    return first?.kind === 'IdentifierPattern' && first.binding !== null
      ? { binding: first.binding, name: first.name, start: 0 }
      : null;
  }
  const declarator =
    loop.init?.kind === 'Variable' && loop.init.declarators.length === 1 ? loop.init.declarators[0] : undefined;
  const target = declarator?.target;
  const start = declarator?.init === undefined || declarator.init === null ? null : numberOf(declarator.init);
  if (target?.kind !== 'IdentifierPattern' || target.binding === null || start === null || !Number.isInteger(start))
    return null;
  const writes = draft.source.bindings[target.binding]?.writes ?? [];
  const { update } = loop;
  const isStep = update !== null && writes.length === 1 && countsByOne(update, target.binding);
  return isStep ? { binding: target.binding, name: target.name, start } : null;
}

function countsByOne(update: Expression, binding: BindingId): boolean {
  if (update.kind === 'Update')
    return update.operator === '++' && update.argument.kind === 'Identifier' && update.argument.binding === binding;
  return (
    update.kind === 'Assign' &&
    update.operator === '+=' &&
    update.target.kind === 'IdentifierPattern' &&
    update.target.binding === binding &&
    numberOf(update.value) === 1
  );
}

function numberOf(expression: Expression): number | null {
  return expression.kind === 'Literal' && typeof expression.value === 'number' ? expression.value : null;
}

/** Names that the header of a loop declares. */
export function loopNames(draft: Draft, loop: For | ForEach): readonly BindingId[] {
  return Object.values(draft.source.bindings)
    .filter(({ id }) => {
      const place = declarationIn(draft.source, id);
      return (
        (place?.declares === 'element' && place.loop === loop) ||
        (place?.declares === 'variable' && place.statement === (loop.kind === 'For' ? loop.init : null))
      );
    })
    .map(({ id }) => id);
}
