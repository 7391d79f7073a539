/** Calls of Linen's own functions that become their argument, or an operator. */
import { annotations } from '../../../runtime/catalogue/shared-names.js';
import { parentOf } from '../../ir/declarations.js';
import type { Edit } from '../../ir/edit.js';
import type { Call, Expression } from '../../ir/syntax.js';
import { walk } from '../../ir/walk.js';
import { linenMentions, replacement } from '../namespaces.js';
import { isInside, wholeLine } from '../text.js';
import type { Draft } from './draft.js';

/** `x = nn.withLogicalConstraint(x, axes)` goes, `nn.mergeParam('train', a, b)` is `a ?? b`. */
export function annotationEdits(draft: Draft): readonly Edit[] {
  return callsOfLinen(draft).flatMap(({ call, name }) => {
    const kind = annotations[name];
    if (kind === undefined) return [];
    if (kind.becomes === 'argument') return unwrapped(draft, call);
    return merged(draft, call);
  });
}

/** Names of the annotations that a class uses, with the calls. */
export function droppedAnnotations(draft: Draft): readonly { readonly call: Call; readonly name: string }[] {
  return callsOfLinen(draft).filter(({ name }) => annotations[name]?.becomes === 'argument');
}

function callsOfLinen(draft: Draft): readonly { readonly call: Call; readonly name: string }[] {
  const { module, source, context } = draft;
  const mentions = new Map(
    linenMentions(context.model, source)
      .filter((each) => each.use === 'value' && isInside(each.span, module.node.span) && each.name in annotations)
      .map((each) => [each.span.start, each.name]),
  );
  const found: { call: Call; name: string }[] = [];
  if (mentions.size === 0) return found;
  walk(module.node.members, (node) => {
    const name = node.kind === 'Call' ? mentions.get(node.callee.span.start) : undefined;
    if (node.kind === 'Call' && name !== undefined && node.args.every((each) => each.kind !== 'Spread'))
      found.push({ call: node, name });
  });
  return found;
}

/** The first argument is the value; axes and meshes have no effect on one device. */
function unwrapped(draft: Draft, call: Call): readonly Edit[] {
  const [value] = call.args;
  const { path } = draft.source;
  if (value === undefined || value.kind === 'Spread') return [];
  const parent = parentOf(draft.source, call);
  const statement = parent === null ? null : parentOf(draft.source, parent);
  const isSelf =
    parent?.kind === 'Assign' &&
    parent.operator === '=' &&
    parent.target.kind === 'IdentifierPattern' &&
    value.kind === 'Identifier' &&
    value.binding === parent.target.binding &&
    statement?.kind === 'Expression';
  if (isSelf) return [replacement(path, wholeLine(draft.source, statement.span), '', 'basic-module')];
  const [open, close] =
    isPlain(value) || parent?.kind === 'Assign' || parent?.kind === 'Variable' ? ['', ''] : ['(', ')'];
  return [
    replacement(path, { start: call.span.start, end: value.span.start }, open, 'basic-module'),
    replacement(path, { start: value.span.end, end: call.span.end }, close, 'basic-module'),
  ];
}

/** Linen throws where both or neither is given; what is left is which of them counts. */
function merged(draft: Draft, call: Call): readonly Edit[] {
  const [, a, b] = call.args;
  const { path } = draft.source;
  if (a === undefined || b === undefined || a.kind === 'Spread' || b.kind === 'Spread') return [];
  const parent = parentOf(draft.source, call);
  const [open, close] = parent?.kind === 'Variable' || parent?.kind === 'Assign' ? ['', ''] : ['(', ')'];
  return [
    replacement(path, { start: call.span.start, end: a.span.start }, open, 'modes'),
    replacement(path, { start: a.span.end, end: b.span.start }, ' ?? ', 'modes'),
    replacement(path, { start: b.span.end, end: call.span.end }, close, 'modes'),
  ];
}

function isPlain({ kind }: Expression): boolean {
  return ['Identifier', 'Member', 'Call', 'Literal'].includes(kind);
}
