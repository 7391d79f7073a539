/** Collections that a class names itself. */
import type { Draft } from './draft.js';

/** Collections of the class's own variables and sown values. */
export function usedCollections(draft: Draft): readonly string[] {
  const names = new Set<string>();
  for (const { node, name } of draft.selfUses) {
    if (node === null || (name !== 'variable' && name !== 'sow')) continue;
    const quoted = /^\(\s*(['"`])([^'"`]*)\1/.exec(draft.source.text.slice(node.span.end));
    if (quoted?.[2] !== undefined) names.add(quoted[2]);
  }
  return [...names];
}
