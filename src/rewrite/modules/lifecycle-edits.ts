/** Text that only asked for the phase goes: the arm that a running model takes stays. */
import { parentOf } from '../../ir/declarations.js';
import type { Edit } from '../../ir/edit.js';
import type { Binary, Call, Conditional, Expression, If, Span, Statement } from '../../ir/syntax.js';
import { walk } from '../../ir/walk.js';
import { replacement } from '../namespaces.js';
import { isInside, sliceOf, wholeLine } from '../text.js';
import type { Draft } from './draft.js';
import { type Lifecycle, mentions, valueIn } from './lifecycle.js';

/** Edits of everything that a class asks. */
export function lifecycleEdits(draft: Draft, lifecycle: Lifecycle): readonly Edit[] {
  if (lifecycle.probes.length === 0) return [];
  const spans: Edit[] = [...lifecycle.constants.values()]
    .filter((each) => valueIn(draft, lifecycle, each.value, 'running') !== null)
    .map(({ statement }) => gone(draft, wholeLine(draft.source, statement.span)));
  const isDone = (span: Span): boolean => spans.some((each) => each.start < each.end && isInside(span, each));
  walk(draft.module.node.members, (node) => {
    if (isDone(node.span)) return false;
    if ((node.kind === 'If' || node.kind === 'Conditional') && mentions(lifecycle, node.test)) {
      const value = valueIn(draft, lifecycle, node.test, 'running');
      if (value === null) spans.push(...testEdits(draft, lifecycle, node.test));
      else spans.push(...(node.kind === 'If' ? ifEdits(draft, node, value) : choiceEdits(draft, node, value)));
      return true;
    }
    const isAsked = node.kind === 'Call' || node.kind === 'Identifier';
    const value = isAsked ? valueIn(draft, lifecycle, node, 'running') : null;
    if (value !== null) spans.push(replacement(draft.source.path, node.span, String(value), 'collections'));
    if (node.kind !== 'Call') return true;
    const text = lifecycle.probes.find((each) => each.call === node)?.text ?? null;
    if (text !== null) spans.push(replacement(draft.source.path, node.span, grouped(draft, node, text), 'cache'));
    return true;
  });
  return spans;
}

/** A comparison under `!` needs parentheses. */
function grouped(draft: Draft, node: Call, text: string): string {
  const parent = parentOf(draft.source, node);
  return parent?.kind === 'Unary' || parent?.kind === 'TypeWrap' ? `(${text})` : text;
}

/** `training && started` asks only for `training`. */
function testEdits(draft: Draft, lifecycle: Lifecycle, test: Expression): readonly Edit[] {
  if (test.kind !== 'Binary' || (test.operator !== '&&' && test.operator !== '||')) return [];
  const [left, right] = [test.left, test.right].map((each) => valueIn(draft, lifecycle, each, 'running'));
  if (!isBare(draft, test)) return [];
  if (left !== null) return [gone(draft, { start: test.span.start, end: test.right.span.start })];
  if (right !== null) return [gone(draft, { start: test.left.span.end, end: test.span.end })];
  return [...testEdits(draft, lifecycle, test.left), ...testEdits(draft, lifecycle, test.right)];
}

/** Nothing but the operator stands between its sides. */
function isBare(draft: Draft, { left, right, operator }: Binary): boolean {
  return sliceOf(draft.source, { start: left.span.end, end: right.span.start }).trim() === operator;
}

function choiceEdits(draft: Draft, node: Conditional, value: boolean): readonly Edit[] {
  const arm = value ? node.consequent : node.alternate;
  return [
    gone(draft, { start: node.span.start, end: arm.span.start }),
    gone(draft, { start: arm.span.end, end: node.span.end }),
  ].filter((each) => each.start < each.end);
}

function ifEdits(draft: Draft, node: If, value: boolean): readonly Edit[] {
  const arm = value ? node.consequent : node.alternate;
  const isElse = parentOf(draft.source, node)?.kind === 'If';
  if (arm === null) {
    const span = isElse ? node.span : wholeLine(draft.source, node.span);
    const comments = commentsIn(draft, node.span);
    return [replacement(draft.source.path, span, isElse ? `{\n${comments}}` : comments, 'collections')];
  }
  const inner = arm.kind === 'Block' && !isElse && !declares(arm.body) ? contentOf(draft, arm.span) : arm.span;
  return [
    gone(draft, { start: node.span.start, end: inner.start }),
    gone(draft, { start: inner.end, end: node.span.end }),
  ].filter((each) => each.start < each.end);
}

/** Names of a block stay in it. */
function declares(body: readonly Statement[]): boolean {
  return body.some((each) => ['Variable', 'FunctionDeclaration', 'ClassDeclaration'].includes(each.kind));
}

/** What stands between the braces. */
function contentOf(draft: Draft, { start, end }: Span): Span {
  const text = draft.source.text.slice(start + 1, end - 1);
  const lead = /^\s*/.exec(text)?.[0].length ?? 0;
  const trail = /\s*$/.exec(text.slice(lead))?.[0].length ?? 0;
  return { start: start + 1 + lead, end: end - 1 - trail };
}

/** Text that goes; its comments stay. */
function gone(draft: Draft, span: Span): Edit {
  return replacement(draft.source.path, span, commentsIn(draft, span), 'collections');
}

function commentsIn(draft: Draft, span: Span): string {
  return draft.source.comments
    .filter((each) => isInside(each.span, span))
    .map((each) => `${sliceOf(draft.source, each.span)}\n`)
    .join('');
}
