/** What may go without a trace. */
import type { SourcePath } from '../../ir/source.js';
import type { Expression, Spread } from '../../ir/syntax.js';
import { refuseDraft } from './draft.js';
import type { Emission } from './emission.js';
import { isPure } from './unused.js';

/** Text that goes may do nothing but give a value. */
export function refuseImpure(e: Emission, path: SourcePath, nodes: readonly (Expression | Spread | undefined)[]): void {
  const source = e.context.model.sources[path];
  for (const each of nodes) {
    if (each === undefined || source === undefined || isPure(e, source, each)) continue;
    refuseDraft(e.draft, 'L2N477', { path, span: each.span });
  }
}
