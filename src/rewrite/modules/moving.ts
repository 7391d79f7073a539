/** Expressions that move from a method to the constructor, and whether they mean the same there. */
import { declarationIn, parentOf } from '../../ir/declarations.js';
import type { Edit } from '../../ir/edit.js';
import { factoryAround } from '../../ir/factories.js';
import type { BindingId, Expression, Identifier, Span, Statement, VariableStatement } from '../../ir/syntax.js';
import { type SyntaxNode, walk } from '../../ir/walk.js';
import { replacement } from '../namespaces.js';
import { isInside } from '../text.js';
import { laterPlaces, namesInLater } from './caches.js';
import type { Built, Draft, ModeDecisions } from './draft.js';
import { labelOfPart } from './labels.js';
import { bodyOf } from './parts.js';
import { constantSpans } from './lifting.js';
import { type LoopPlan, planLoops } from './loops.js';
import { loopNames } from './naming.js';
import { isSpentMode } from './spent.js';
import { sameStructure, type Structure, structuresOf, testOf } from './structures.js';

/** What moves with the parts of the compact method. */
export interface Moves {
  /** Constants of the method that parts are built from, in text order, with what stands around each. */
  readonly hoisted: readonly Hoisted[];
  /** Text that moves: field reads in it become reads of constructor parameters. */
  readonly spans: readonly Span[];
  /** Of these, text that stays in the method as well: tests of branches, headers of loops, constants still read. */
  readonly copied: readonly Span[];
  readonly edits: readonly Edit[];
  /** Statements of the method that nothing there reads any more. */
  readonly emptied: readonly Span[];
  /** All text that is no longer in a method. */
  readonly gone: readonly Span[];
  /** Names that the constructor gets besides its parameters. */
  readonly names: ReadonlySet<string>;
  /** How the method's loops read the lists that they filled. */
  readonly loops: readonly LoopPlan[];
}
export interface Hoisted {
  readonly statement: VariableStatement;
  readonly chain: readonly Structure[];
}

/** Follows what the parts are built from. Refuses what a constructor cannot know. */
export function decideMoves(draft: Draft, built: readonly Built[], modes: ModeDecisions): Moves {
  const hoisted = new Map<VariableStatement, readonly Structure[]>();
  const aliases = new Set<VariableStatement>();
  const edits: Edit[] = [];
  const setup = draft.module.setup?.body ?? null;
  const later = laterPlaces(built);
  const compact = built.filter((each) => each.method !== 'setup' && !later.some((place) => place === each.place));
  for (const each of namesInLater(built)) noteSpent(draft, each, aliases);
  const headers = new Map<SyntaxNode, Structure>();
  for (const part of compact) {
    const at = { part, modes, hoisted, aliases, edits };
    follow(draft, part.place, { ...at, chain: part.chain });
    const count = countOf(part);
    if (count !== null) follow(draft, count, { ...at, chain: part.chain });
    part.chain.forEach((structure, depth) => {
      headers.set(structure.node, structure);
      const asked = structure.structure === 'branch' ? 'L2N405' : 'L2N404';
      for (const each of headerOf(structure))
        follow(draft, each, { ...at, chain: part.chain.slice(0, depth), asked: { code: asked, header: each } });
    });
  }
  const statements = [...hoisted.keys()].sort((a, b) => a.span.start - b.span.start);
  const loops = [...headers.values()].filter((each) => each.structure === 'loop').map((each) => each.node);
  const own = [...compact.map((each) => each.place.span), ...later.map((each) => each.span)];
  const counts = compact.map(countOf).filter((each) => each !== null);
  const constants = constantSpans(draft, built);
  const moved = [
    ...counts.map((each) => each.span),
    ...compact.map((each) => each.place.span),
    ...statements.map((each) => each.span),
    ...[...headers.values()].flatMap(headerSpans),
  ];
  const candidates = [...statements, ...aliases];
  const stays = modes.moved ?? [];
  const first = emptiedOf(draft, candidates, { own, stays });
  const setupSpan = setup === null ? [] : [setup.span];
  const plans = planLoops(draft, built, [...own, ...first, ...setupSpan]);
  const replaced = plans.flatMap(replacedHeader);
  const emptied = emptiedOf(draft, candidates, { own: [...own, ...replaced], stays });
  const spans = setup === null ? moved : [...moved, setup.span];
  const names = new Set([
    ...statements.flatMap(declaredNames),
    ...loops.flatMap((each) => loopNames(draft, each)).map((id) => draft.source.bindings[id]?.name ?? ''),
    ...(setup?.body ?? []).flatMap((each) => (each.kind === 'Variable' ? declaredNames(each) : [])),
  ]);
  const gone = [...own, ...emptied, ...constants, ...setupSpan, ...replaced];
  const copied = moved.filter((each) => !own.includes(each) && !emptied.includes(each));
  return {
    hoisted: statements.map((statement) => ({ statement, chain: hoisted.get(statement) ?? [] })),
    spans,
    copied,
    edits,
    emptied,
    gone,
    names,
    loops: plans,
  };
}

function replacedHeader({ header, loops: [first, ...inner] }: LoopPlan): readonly Span[] {
  const last = inner.at(-1) ?? first;
  if (header === null || first === undefined || last === undefined) return [];
  return [{ start: first.span.start, end: last.body.span.start }];
}

/** Statements whose every reader goes: with the parts themselves, or with another such statement. */
function emptiedOf(
  draft: Draft,
  candidates: readonly VariableStatement[],
  at: { readonly own: readonly Span[]; readonly stays: readonly Span[] },
): readonly Span[] {
  let emptied = [...new Set(candidates)];
  for (let before = -1; before !== emptied.length;) {
    before = emptied.length;
    const spans = [...at.own, ...emptied.map((each) => each.span)];
    emptied = emptied.filter((each) => isEmptied(draft, each, { spans, stays: at.stays }));
  }
  return emptied.map((each) => each.span);
}

/** How many there are of a stacked module. */
function countOf(part: Built): Expression | null {
  return part.builds === 'module' ? (part.axes?.count ?? null) : null;
}

/** What a structure asks before its body runs. */
function headerOf(structure: Structure): readonly SyntaxNode[] {
  if (structure.structure === 'branch') return [testOf(structure)];
  const { node } = structure;
  if (node.kind === 'ForEach') return [node.iterable];
  return [node.init, node.test, node.update].filter((each) => each !== null);
}

/** A loop's header ends where its body begins. */
export function headerSpans(structure: Structure): readonly Span[] {
  if (structure.structure === 'branch') return [testOf(structure).span];
  return [{ start: structure.node.span.start, end: structure.node.body.span.start }];
}

interface Following {
  readonly modes: ModeDecisions;
  readonly part: Built;
  /** The structures around the text that is followed. */
  readonly chain: readonly Structure[];
  /** The code where a constructor cannot know it: that of the branch or loop whose header this is. */
  readonly asked?: { readonly code: string; readonly header: SyntaxNode };
  /** Constants whose values are followed: what they declare moves with them. */
  readonly inside?: readonly Span[];
  readonly hoisted: Map<VariableStatement, readonly Structure[]>;
  /** `const features = this.features` beside a parameter `features`. */
  readonly aliases: Set<VariableStatement>;
  readonly edits: Edit[];
}

function follow(draft: Draft, node: SyntaxNode, at: Following): void {
  const lifted = at.part.builds === 'module' && at.part.lifting !== null ? at.part.node.callee : null;
  walk(node, (each) => {
    if (each === lifted) return false;
    if (isSpentMode(at.modes, each.span)) return false;
    const place = sizePlace(draft, each);
    if (place !== null) {
      noteShapeRead(draft, each, at);
      at.edits.push(place);
      return false;
    }
    if (['Await', 'Yield'].includes(each.kind)) refuseInput(draft, each, at);
    if ((each.kind === 'Assign' || each.kind === 'Update') && !isCounting(at.part.chain, each))
      refuseInput(draft, each, at);
    if (each.kind === 'Identifier' && each.binding !== null) followName(draft, each, at);
    return true;
  });
}

/** `i++` in the header of a loop that is repeated. */
function isCounting(chain: readonly Structure[], node: SyntaxNode): boolean {
  return chain.some((each) => each.structure === 'loop' && each.node.kind === 'For' && each.node.update === node);
}

/** An expression over an input's shape that inference has written over constructor values. */
function sizePlace(draft: Draft, node: SyntaxNode): Edit | null {
  const size = draft.context.sizes.places[`${draft.source.path}@${node.span.start}`];
  if (size === undefined || (node.kind === 'Identifier' && parentOf(draft.source, node)?.kind === 'Member'))
    return null;
  return isWholeExpression(draft, node) ? replacement(draft.source.path, node.span, size.text, 'size') : null;
}

/** A constant of the method that only held the size is not read any more. */
function noteShapeRead(draft: Draft, node: SyntaxNode, at: Following): void {
  if (node.kind !== 'Identifier' || node.binding === null) return;
  const place = declarationIn(draft.source, node.binding);
  if (place?.declares !== 'variable' || place.declarator.init === null) return;
  const text = draft.source.text.slice(place.declarator.init.span.start, place.declarator.init.span.end);
  if (isShapeArithmetic(text)) at.aliases.add(place.statement);
}

/** A constant that nothing but a variable made later reads goes with it. */
function noteSpent(draft: Draft, { binding }: Identifier, aliases: Set<VariableStatement>): void {
  const place = binding === null ? null : declarationIn(draft.source, binding);
  if (place?.declares !== 'variable' || !isInside(place.statement.span, draft.module.node.span)) return;
  if (place.declarator.init?.kind === 'Function') aliases.add(place.statement);
}

/** `this.out ?? x.shape.at(-1)!`: names, sizes and operators, and no call that could do anything else. */
function isShapeArithmetic(text: string): boolean {
  const rest = text.replace(/\.at\(|\bMath\.\w+\(/g, '');
  return /\.shape\b/.test(text) && !/[\w\])]\s*\(|=>|\b(?:new|await|yield)\b|\+\+|--|`|[^=!<>]=[^=>]/.test(rest);
}

/** The outermost expression that starts there. */
function isWholeExpression(draft: Draft, node: SyntaxNode): boolean {
  const parent = parentOf(draft.source, node);
  return parent?.span.start !== node.span.start || parent.kind === 'ArrayLiteral' || parent.kind === 'Property';
}

function followName(draft: Draft, node: Identifier, at: Following): void {
  const binding = node.binding === null ? undefined : draft.source.bindings[node.binding];
  if (binding === undefined || !isInside(binding.span, draft.module.node.span)) return;
  if (isInside(binding.span, at.part.place.span) || at.inside?.some((each) => isInside(binding.span, each))) return;
  if (binding.id === draft.module.node.binding) return;
  const place = declarationIn(draft.source, binding.id);
  if (isTurn(draft, binding.id, at.part.chain)) return;
  if (place?.declares !== 'variable' || binding.writes.length > 0 || place.declarator.init === null) {
    return refuseInput(draft, node, at);
  }
  const { statement, declarator } = place;
  if (isTrivialAlias(draft, binding.id)) at.aliases.add(statement);
  if (at.hoisted.has(statement) || at.aliases.has(statement)) return;
  const body = bodyOf(draft, statement);
  const around = body === null || body !== bodyOf(draft, at.part.place) ? null : structuresOf(draft, statement, body);
  if (around === null || 'displaced' in around || !isAround(around.chain, at.part.chain))
    return refuseInput(draft, node, at);
  if (statement.declarators.length !== 1 || containsPart(draft, declarator.init)) return refuseInput(draft, node, at);
  at.hoisted.set(statement, around.chain);
  if (declarator.init !== null)
    follow(draft, declarator.init, {
      ...at,
      chain: around.chain,
      inside: [...(at.inside ?? []), declarator.init.span],
    });
}

/** The item or counter of a loop that the constructor repeats. */
function isTurn(draft: Draft, binding: BindingId, chain: readonly Structure[]): boolean {
  return chain.some((each) => each.structure === 'loop' && loopNames(draft, each.node).includes(binding));
}

function isAround(outer: readonly Structure[], inner: readonly Structure[]): boolean {
  return outer.every((each, index) => {
    const other = inner[index];
    if (!sameStructure(each, other)) return false;
    return each.structure === 'loop' || (other?.structure === 'branch' && other.arm === each.arm);
  });
}

/** `const features = this.features`, where the constructor has a parameter of that very name. */
export function isTrivialAlias(draft: Draft, id: BindingId): boolean {
  const place = declarationIn(draft.source, id);
  if (place?.declares !== 'variable' || place.declarator.init === null) return false;
  const name = draft.source.bindings[id]?.name;
  const { init } = place.declarator;
  const field =
    init.kind === 'Member' && init.object.kind === 'This'
      ? init.property
      : init.kind === 'This'
        ? place.keys?.[0]
        : undefined;
  return field !== undefined && parameterOf(draft, String(field)) === name;
}

/** `const features = this.features` beside a parameter `features`. */
export function isDeadAlias(draft: Draft, statement: Statement): boolean {
  if (statement.kind !== 'Variable' || statement.declarators.length !== 1) return false;
  const ids = boundIds(draft, statement);
  return ids.length > 0 && ids.every((each) => isTrivialAlias(draft, each));
}

/** In `const { config, dtype } = this`: the properties that are constructor parameters of the same name, others not. */
export function deadProperties(draft: Draft, statement: Statement): ReadonlySet<number> {
  const none = new Set<number>();
  if (statement.kind !== 'Variable' || statement.declarators.length !== 1 || isDeadAlias(draft, statement)) return none;
  const { init, target } = statement.declarators[0]!;
  if (init?.kind !== 'This' || target.kind !== 'ObjectPattern' || target.rest !== null) return none;
  return new Set(
    target.properties.flatMap(({ value }, index) =>
      value.kind === 'IdentifierPattern' && value.binding !== null && isTrivialAlias(draft, value.binding)
        ? [index]
        : [],
    ),
  );
}

/** The constructor parameter that a field is, where reading one is reading the other. */
export function parameterOf(draft: Draft, field: string): string | null {
  const found = draft.module.fields.find((each) => each.name === field);
  const pattern = found?.parameter?.pattern;
  if (found === undefined || found.origin === 'option' || found.origin === 'declared') return null;
  if (pattern?.kind !== 'IdentifierPattern' || pattern.binding === null) return null;
  return draft.source.bindings[pattern.binding]?.writes.length === 0 ? pattern.name : null;
}

/** Whether every reader of what a statement declares moved away. */
function isEmptied(
  draft: Draft,
  statement: VariableStatement,
  at: { readonly spans: readonly Span[]; readonly stays: readonly Span[] },
): boolean {
  const readers = boundIds(draft, statement).flatMap((id) => draft.source.bindings[id]?.reads ?? []);
  const isGone = (read: Span): boolean =>
    at.spans.some((each) => isInside(read, each)) && !at.stays.some((each) => isInside(read, each));
  return statement.declarators.length === 1 && readers.every(isGone);
}

export function boundIds(draft: Draft, statement: VariableStatement): readonly string[] {
  return Object.values(draft.source.bindings)
    .filter((each) => statement.declarators.some(({ target }) => isInside(each.span, target.span)))
    .map((each) => each.id);
}

function containsPart(draft: Draft, node: SyntaxNode | null): boolean {
  if (node === null) return false;
  let found = false;
  walk(node, (each) => {
    const isSite = each.kind === 'New' && draft.context.model.constructs.some((site) => site.node === each);
    if (isSite && factoryAround(draft.context.model, each) === null) found = true;
    if (each.kind === 'Member' && each.object.kind === 'This' && ['param', 'variable'].includes(each.property))
      found = true;
    return !found;
  });
  return found;
}

export function declaredNames(statement: VariableStatement): string[] {
  const names: string[] = [];
  for (const { target } of statement.declarators) {
    walk(target, (each) => {
      if (each.kind === 'IdentifierPattern') names.push(each.name);
    });
  }
  return names;
}

/** One refusal for a header, whatever in it is not known; one for each name otherwise. */
function refuseInput(draft: Draft, node: SyntaxNode, { part, asked }: Following): void {
  const { span } = asked?.header ?? node;
  const expression = draft.source.text.slice(span.start, span.end);
  draft.refusals.add(asked?.code ?? 'L2N420', span, { module: labelOfPart(draft, part.place), expression });
}
