/** How messages call the parts of a class. */
import type { Call, New } from '../../ir/syntax.js';
import type { Draft } from './draft.js';

/** `Dense`, `this.param('scale')`: how messages call a part. */
export function labelOfPart(draft: Draft, node: New | Call): string {
  if (node.kind === 'Call') {
    const { callee } = node;
    const isOwn = callee.kind === 'Member' && callee.object.kind === 'This';
    return isOwn ? 'A variable' : `\`${draft.source.text.slice(callee.span.start, callee.span.end)}(…)\``;
  }
  return `\`new ${draft.source.text.slice(node.callee.span.start, node.callee.span.end)}\``;
}
