/** How the loops of a method run over the lists that the constructor fills. */
import type { Edit } from '../../ir/edit.js';
import type { Block, For, ForEach, Span } from '../../ir/syntax.js';
import { replacement } from '../namespaces.js';
import { isInside, sliceOf } from '../text.js';
import type { Built, Draft } from './draft.js';
import { isLocal } from './factory-calls.js';
import { counterOf, loopNames } from './naming.js';
import { loopsIn } from './structures.js';

/** A loop of the method, as it is read after the conversion. */
export interface LoopPlan {
  /** The loop, and those right inside it that go with it. */
  readonly loops: readonly (For | ForEach)[];
  /** The list whose items the loop takes, and what each is called there; null where it counts. */
  readonly items: { readonly attribute: string; readonly name: string } | null;
  /** The position of the turn, as text; null where no list is read by position. */
  readonly index: string | null;
  /** Header of the loop; null where it stays. */
  readonly header: string | null;
}

/** Plans every loop that fills a list. A loop whose turns have no position is refused. */
export function planLoops(draft: Draft, built: readonly Built[], gone: readonly Span[]): readonly LoopPlan[] {
  const lists = built.filter((each) => each.list !== null && each.list.fromEnd === null);
  const outer = new Set(lists.map((each) => loopsIn(each.chain)[0]?.node).filter((each) => each !== undefined));
  return [...outer].flatMap((loop) => {
    const parts = lists.filter((each) => loopsIn(each.chain)[0]?.node === loop);
    const plan = planLoop(draft, { loop, parts, built, gone });
    if (plan === null)
      parts.forEach((each) =>
        draft.refusals.add('L2N404', each.place.span, {
          module: `\`${sliceOf(draft.source, each.place.span).split('(')[0] ?? ''}\``,
        }),
      );
    return plan ?? [];
  });
}

/** Where a part's list is read: its item's name, or an index. */
export function itemText(part: Built, loops: readonly LoopPlan[]): string | null {
  if (part.list === null || part.list.fromEnd !== null) return null;
  const [outer] = loopsIn(part.chain);
  const plan = loops.find((each) => outer !== undefined && each.loops.includes(outer.node));
  if (plan === undefined) return null;
  if (plan.items?.attribute === part.attribute) return plan.items.name;
  return plan.index === null ? null : `this.${part.attribute}[${plan.index}]`;
}

/** Edits of the headers, and of what closes the loops that went into one. */
export function loopEdits(draft: Draft, loops: readonly LoopPlan[]): readonly Edit[] {
  const { path } = draft.source;
  return loops.flatMap(({ loops: [first, ...inner], header }): readonly Edit[] => {
    if (first === undefined || header === null) return [];
    const last = inner.at(-1) ?? first;
    const start = { start: first.span.start, end: last.body.span.start };
    const end = { start: last.span.end, end: first.span.end };
    const head = replacement(path, start, `${commentsIn(draft, start)}${header}`, 'basic-module');
    if (last === first) return [head];
    const kept = commentsIn(draft, end).trimEnd();
    return [head, replacement(path, end, kept === '' ? '' : `\n${kept}`, 'basic-module')];
  });
}

/** Comments of text that goes, each on a line of its own. */
function commentsIn({ source }: Draft, span: Span): string {
  const inside = source.comments.filter((each) => isInside(each.span, span));
  return inside.map((each) => `${sliceOf(source, each.span)}\n`).join('');
}

interface Work {
  readonly loop: For | ForEach;
  readonly parts: readonly Built[];
  readonly built: readonly Built[];
  readonly gone: readonly Span[];
}

function planLoop(draft: Draft, work: Work): LoopPlan | null {
  const { loop, parts } = work;
  const nest = nestOf(work);
  if (nest === null) return null;
  const attributes = new Set(parts.map((each) => each.attribute));
  const main = parts.find((each) => each.chain.at(-1)?.node === nest.at(-1));
  const isRead = nest.some((each) => loopNames(draft, each).some((id) => isStillRead(draft, id, { ...work, nest })));
  if (!isRead && main !== undefined) {
    const spent = [
      ...nest.flatMap((each) => loopNames(draft, each)),
      ...(main.holder.holder === 'local' ? [main.holder.binding] : []),
      ...localFactories(draft, parts),
    ];
    const name = freeName(draft, loop, { wished: singular(main), spent });
    const list = `this.${main.attribute}${withoutAppended(work, main)}`;
    const items = { attribute: main.attribute, name };
    if (attributes.size === 1) return { loops: nest, items, index: null, header: `for (const ${name} of ${list}) ` };
    const index = freeName(draft, loop, { wished: 'i', spent });
    const header = `for (const [${index}, ${name}] of ${list}.entries()) `;
    return nest.length > 1 ? null : { loops: nest, items, index, header };
  }
  if (nest.length > 1) return null;
  const counter = counterOf(draft, loop);
  if (counter !== null)
    return {
      loops: nest,
      items: null,
      index: counter.start === 0 ? counter.name : `${counter.name} - ${counter.start}`,
      header: null,
    };
  if (loop.kind !== 'ForEach' || loop.declaration === null) return null;
  const index = freeName(draft, loop, { wished: 'i', spent: [] });
  const target = sliceOf(draft.source, loop.target.span);
  const header = `for (${loop.declaration} [${index}, ${target}] of ${sliceOf(draft.source, loop.iterable.span)}.entries()) `;
  return { loops: nest, items: null, index, header };
}

/** Functions of the method that moved with the parts they build. */
function localFactories(draft: Draft, parts: readonly Built[]): readonly string[] {
  return parts.flatMap((each) => {
    const factory = each.builds === 'module' ? each.factory : null;
    return factory !== null && isLocal(draft, factory) ? [factory.binding] : [];
  });
}

/** The loop with the loops right inside it around its parts; null where other statements stand between them. */
function nestOf({ loop, parts, gone }: Work): readonly (For | ForEach)[] | null {
  const chains = parts.map((each) => loopsIn(each.chain).map(({ node }) => node));
  const [first = [loop]] = chains;
  if (chains.some((each) => each.length !== first.length || each.some((node, index) => node !== first[index])))
    return null;
  const isTight = first.slice(0, -1).every((each, index) => {
    const rest = statementsOf(each.body).filter((statement) => statement !== first[index + 1]);
    return rest.every((statement) => gone.some((span) => isInside(statement.span, span)));
  });
  return isTight ? first : null;
}

function statementsOf(body: For['body']): Block['body'] {
  return body.kind === 'Block' ? body.body : [body];
}

/** Whether the body still asks for the item or counter once the constructions are gone from it. */
function isStillRead(
  draft: Draft,
  id: string,
  { gone, nest }: Work & { readonly nest: readonly (For | ForEach)[] },
): boolean {
  const headers = nest.map((each) => ({ start: each.span.start, end: each.body.span.start }));
  return (draft.source.bindings[id]?.reads ?? []).some(
    (read) => ![...gone, ...headers].some((span) => isInside(read, span)),
  );
}

function singular({ attribute, userName }: Built): string {
  if (userName !== null && /^[A-Za-z_$][\w$]*$/.test(userName) && !userName.endsWith('s')) return userName;
  if (/ies\d*$/.test(attribute)) return attribute.replace(/ies(\d*)$/, 'y$1');
  if (/(?:x|z|ch|sh)es\d*$/.test(attribute)) return attribute.replace(/es(\d*)$/, '$1');
  return attribute.replace(/s(\d*)$/, '$1');
}

/** `.slice(0, -1)`: what is appended behind the loop is none of its items. */
function withoutAppended({ built }: Work, { attribute }: Built): string {
  const count = built.filter(
    (each) => each.attribute === attribute && each.list !== null && each.list.fromEnd !== null,
  ).length;
  return count === 0 ? '' : `.slice(0, -${count})`;
}

/** A name that nothing in the loop has, apart from names that go. */
function freeName(
  draft: Draft,
  loop: For | ForEach,
  { wished, spent }: { readonly wished: string; readonly spent: readonly string[] },
): string {
  const inside = Object.values(draft.source.bindings).filter(
    (each) =>
      !spent.includes(each.id) && [each.span, ...each.reads, ...each.writes].some((span) => isInside(span, loop.span)),
  );
  const taken = new Set(inside.map((each) => each.name));
  let name = wished;
  for (let number = 2; taken.has(name); number += 1) name = `${wished}${number}`;
  return name;
}
