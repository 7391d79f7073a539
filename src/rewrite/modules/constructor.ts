/** The constructor: sizes first, the fields that stay, `{ rngs }` last; then it builds what the methods built. */
import type { Edit } from '../../ir/edit.js';
import type { ClassMethod, Parameter, Statement } from '../../ir/syntax.js';
import { replacement } from '../namespaces.js';
import { movedText, removedItems, wholeLine } from '../text.js';
import { buildingText } from './building.js';
import type { Caches } from './caches.js';
import { setupThreads } from './carried-sizes.js';
import { firstValues, startWithComments } from './declarations.js';
import type { Draft, KeptParameter } from './draft.js';
import type { Decided } from './inner-edits.js';
import { deadProperties, isDeadAlias } from './moving.js';
import { superCall } from './parameters.js';

const idiom = 'basic-module';

/** What the new constructor is written from. */
export interface ConstructorWork {
  readonly decided: Decided;
  readonly sizes: readonly string[];
  readonly needsRngs: boolean;
  readonly usesRngs: boolean;
  readonly carryAlone: boolean;
  readonly caches: Caches | null;
  /** Edits of text that stays in the methods. */
  readonly inner: readonly Edit[];
  /** Edits of text that moves. */
  readonly moved: readonly Edit[];
}

/** Statements that build the parts, in the order they are first built, and those of `setup`, as text. */
export function buildingStatements(draft: Draft, work: ConstructorWork): readonly string[] {
  const setup = setupText(draft, work);
  const lines = buildingText(draft, work.decided, work.moved);
  return [
    ...(work.usesRngs ? ['this.rngs = rngs;'] : []),
    ...(setup === null ? [] : [setup]),
    ...firstValues(draft, work.decided.built, lines),
    ...lines,
  ];
}

/** A constructor for a class that had none. */
export function freshConstructor(draft: Draft, work: ConstructorWork): string {
  const params = [
    ...work.sizes.map((each) => sizeParameter(draft, each)),
    ...(work.needsRngs ? [rngsParameter(draft)] : []),
  ];
  const statements = ['super();', ...buildingStatements(draft, work)];
  return `constructor(${params.join(', ')}) {\n${statements.join('\n')}\n}`;
}

/** Edits of the constructor that is there. */
export function constructorEdits(draft: Draft, method: ClassMethod, work: ConstructorWork): readonly Edit[] {
  const { body } = method;
  if (body === null) return [];
  const end = body.span.end - 1;
  const statements = buildingStatements(draft, work);
  const last = body.body.at(-1)?.span.end ?? body.span.start + 1;
  const lead = draft.source.text.slice(last, end).includes('\n') ? '' : '\n';
  const text = `${lead}${statements.join('\n')}\n`;
  const building = statements.length === 0 ? [] : [replacement(draft.source.path, { start: end, end }, text, idiom)];
  return [
    ...parameterEdits(draft, method, work),
    ...superEdits(draft, work),
    ...assignmentEdits(draft, method, work),
    ...building,
  ];
}

/** The statement of `this.x = x` for fields that nothing reads any more, and their declarations. */
function assignmentEdits(draft: Draft, method: ClassMethod, { decided }: ConstructorWork): readonly Edit[] {
  const { dropped } = decided.parameters;
  const assignments = (method.body?.body ?? []).filter((each) => dropped.has(assignedField(each) ?? ''));
  const fields = draft.module.node.members.filter((each) => each.kind === 'Field' && dropped.has(each.name ?? ''));
  return [...assignments, ...fields].map((each) =>
    replacement(draft.source.path, wholeLine(draft.source, each.span), '', idiom),
  );
}

function assignedField(statement: Statement): string | null {
  if (statement.kind !== 'Expression' || statement.expression.kind !== 'Assign') return null;
  const { target, value } = statement.expression;
  if (target.kind !== 'PlacePattern' || target.place.kind !== 'Member' || value.kind !== 'Identifier') return null;
  return target.place.object.kind === 'This' ? target.place.property : null;
}

// --------------------------------------------------------------------------------------------------- parameters

function parameterEdits(draft: Draft, { params, paramsSpan }: ClassMethod, work: ConstructorWork): readonly Edit[] {
  const { path } = draft.source;
  const { kept } = work.decided.parameters;
  const removed = new Set(kept.filter((each) => !each.stays).map((each) => each.position));
  const spans = params.map((each) => each.span);
  const sizes = work.sizes.map((each) => sizeParameter(draft, each));
  const rngs = work.needsRngs ? [rngsParameter(draft)] : [];
  const last = spans.filter((_, index) => !removed.has(index)).at(-1);
  const start = spans[0]?.start ?? paramsSpan.start;
  const leading = [...sizes, ...(last === undefined ? rngs : [])].join(', ');
  const edits: Edit[] = removedItems(spans, removed, paramsSpan.start).map((each) =>
    replacement(path, each, '', idiom),
  );
  params.forEach((each, index) => {
    const decision = kept[index];
    if (decision?.stays === true) edits.push(...keptEdits(draft, each, { decision, isFollowed: work.needsRngs }));
  });
  if (leading !== '')
    edits.push(replacement(path, { start, end: start }, last === undefined ? leading : `${leading}, `, idiom));
  if (last !== undefined && rngs.length > 0)
    edits.push(replacement(path, { start: last.end, end: last.end }, `, ${rngs.join('')}`, idiom));
  return edits;
}

/** Modifiers go from a parameter that is no property any more; one that may be left out cannot precede `{ rngs }`. */
function keptEdits(
  draft: Draft,
  parameter: Parameter,
  at: { readonly decision: KeptParameter; readonly isFollowed: boolean },
): readonly Edit[] {
  const { path } = draft.source;
  const { pattern, type, optional, initial, property, span } = parameter;
  const edits: Edit[] = [];
  if (property !== null && !at.decision.property)
    edits.push(replacement(path, { start: span.start, end: pattern.span.start }, '', idiom));
  if (at.isFollowed && optional && initial === null && type !== null) {
    const isSimple = ['reference', 'keyword', 'array', 'union', 'literal', 'object', 'tuple'].includes(type.form.form);
    edits.push(replacement(path, { start: pattern.span.end, end: type.span.start }, isSimple ? ': ' : ': (', idiom));
    const text = isSimple ? ' | undefined' : ') | undefined';
    edits.push(replacement(path, { start: type.span.end, end: type.span.end }, text, idiom));
  }
  return edits;
}

function sizeParameter(draft: Draft, name: string): string {
  return draft.typed ? `${name}: number` : name;
}

function rngsParameter(draft: Draft): string {
  return draft.typed ? `{ rngs }: { rngs: ${draft.nnx}.Rngs }` : '{ rngs }';
}

/** `super({ name })` gives up the name; a base that builds takes the streams. */
function superEdits(draft: Draft, work: ConstructorWork): readonly Edit[] {
  const call = superCall(draft);
  if (call === null) return [];
  const { text, path } = draft.source;
  const open = text.indexOf('(', call.start) + 1;
  const args = { start: open, end: call.end - 1 };
  const { base } = draft.module;
  if (base.base !== 'class') return args.start === args.end ? [] : [replacement(path, args, '', idiom)];
  if (draft.done.get(base.id)?.needsRngs !== true || !work.needsRngs) return [];
  const isEmpty = text.slice(args.start, args.end).trim() === '';
  return [replacement(path, { start: args.end, end: args.end }, isEmpty ? '{ rngs }' : ', { rngs }', idiom)];
}

// ------------------------------------------------------------------------------------------------------- setup

/** The statements of `setup` with the comments around them. */
function setupText(draft: Draft, { moved }: ConstructorWork): string | null {
  const { setup } = draft.module;
  if (setup?.body == null) return null;
  const { span } = setup.body;
  const aliases = setup.body.body.filter((each) => isDeadAlias(draft, each));
  const removals = aliases.map((each) => replacement(draft.source.path, wholeLine(draft.source, each.span), '', idiom));
  const parts = setup.body.body.flatMap((each) => deadPropertyEdits(draft, each));
  const carried = setupThreads(draft, setup);
  const inside = { start: span.start + 1, end: span.end - 1 };
  const body = movedText(draft.source, inside, [...removals, ...parts, ...carried, ...moved]);
  const above = { start: startWithComments(draft, setup.span.start), end: setup.span.start };
  const comments = draft.source.text.slice(above.start, above.end).trim();
  return [comments, body.replace(/^[ \t]*\r?\n/, '').trimEnd()].filter((each) => each !== '').join('\n');
}

/** `const { config, dtype } = this` keeps what is no parameter. */
function deadPropertyEdits(draft: Draft, statement: Statement): readonly Edit[] {
  const dead = deadProperties(draft, statement);
  const target = statement.kind === 'Variable' ? statement.declarators[0]?.target : undefined;
  if (dead.size === 0 || target?.kind !== 'ObjectPattern') return [];
  const spans = target.properties.map((each) => each.span);
  return removedItems(spans, dead, target.span.start + 1).map((each) =>
    replacement(draft.source.path, each, '', 'multiple-methods'),
  );
}
