/** The cache that an `init` made for its sample is made by `initCache`. */
import type { SourcePath } from '../../ir/source.js';
import type { Call } from '../../ir/syntax.js';
import { refuseDraft } from './draft.js';
import { carrierName, type Emission } from './emission.js';
import type { CallFact } from './run.js';
import type { Instance } from './value.js';

type InitFact = Extract<CallFact, { call: 'init' }>;

/** `model.initCache(tokens.shape)` in place of an `init` whose cache the program goes on with. */
export function cacheLines(e: Emission, path: SourcePath, node: Call, { instance, site }: InitFact): readonly string[] {
  if (!isCached(e, instance)) return [];
  const shape = e.context.sizes.cacheShapes[site.id];
  const at = { path, span: node.span };
  const isOther = (e.cached.get(instance.id) ?? node) !== node;
  if (shape === undefined || e.plans.get(instance.class)?.initCache == null || isOther) {
    refuseDraft(e.draft, 'L2N489', at);
    return [];
  }
  e.cached.set(instance.id, node);
  const [, sample] = node.args;
  if (sample !== undefined && /[a-z]/i.test(shape)) e.revived.push({ path, span: sample.span });
  return [`${carrierName(e, instance, { holds: 'model', ...at })}.initCache(${shape})`];
}

/** Whether some call of the program is given the model's cache, or gives it. */
function isCached(e: Emission, { id }: Instance): boolean {
  return [...e.analysis.facts.calls.values()].some(
    (each) => each.call === 'apply' && each.cached && each.instance.id === id,
  );
}

/** An `init` that went in some other way made no cache. */
export function refuseLostCaches(e: Emission): void {
  for (const [call, fact] of e.analysis.facts.calls) {
    if (fact.call !== 'init' || !isCached(e, fact.instance) || e.cached.has(fact.instance.id)) continue;
    refuseDraft(e.draft, 'L2N489', { path: fact.site.path, span: call.span });
  }
}
