/** `new Model(256, 10)` with its `init` becomes `new Model(784, 256, 10, { rngs: new nnx.Rngs(0) })`. */
import { declarationIn } from '../../ir/declarations.js';
import { entityOf, literalProperty, withoutWraps } from '../../ir/resolve.js';
import type { SourcePath } from '../../ir/source.js';
import type { Expression, New, Span } from '../../ir/syntax.js';
import { walk } from '../../ir/walk.js';
import { dropText, refuseDraft, replace, textOf } from './draft.js';
import { type Emission, nnxIn } from './emission.js';

export function emitNew(e: Emission, path: SourcePath, node: New): void {
  const { model, sizes } = e.context;
  const site = model.constructs.find((each) => each.node === node);
  if (site?.target.target !== 'class' || site.owner !== null) return;
  const plan = e.plans.get(site.target.id);
  if (plan === undefined) return;
  const at = { path, span: node.span };
  if (node.args.some((each) => each.kind === 'Spread')) return refuseDraft(e.draft, 'L2N465', at);
  const planned = sizes.sites[site.id]?.sizes ?? [];
  const texts = plan.parameters.map((each) => {
    if (each.from === 'field') {
      const given = node.args[each.position];
      return given === undefined ? 'undefined' : textOf(e.draft, path, given.span);
    }
    const size = planned[each.index]?.text;
    for (const name of planned[each.index]?.reads ?? []) e.sizeReads.push({ path, name, at: node.span.start });
    if (size === undefined) refuseDraft(e.draft, 'L2N476', at);
    return size ?? '?';
  });
  const kept = new Set(plan.parameters.flatMap((each) => (each.from === 'field' ? [each.position] : [])));
  node.args.forEach((each, index) => {
    if (!kept.has(index)) dropText(e.draft, path, each.span);
  });
  if (plan.needsRngs) texts.push(`{ rngs: ${rngsText(e, path, node)} }`);
  else while (texts.at(-1) === 'undefined') texts.pop();
  const span = node.argsSpan ?? { start: node.span.end, end: node.span.end };
  const text = texts.join(', ');
  replace(e.draft, { path, span, idiom: 'variable-creation' }, node.argsSpan === null ? `(${text})` : text);
}

/** The streams that the model's `init` was given. */
function rngsText(e: Emission, path: SourcePath, node: New): string {
  const nnx = nnxIn(e, path);
  for (const [call, fact] of e.analysis.facts.calls) {
    if (fact.call !== 'init' || fact.instance.node !== node) continue;
    const [key] = call.args;
    if (key === undefined || key.kind === 'Spread') break;
    if (fact.site.path !== path) {
      const moved = seedOf(e, fact.site.path, key);
      if (moved === null) refuseDraft(e.draft, 'L2N475', { path: fact.site.path, span: key.span });
      return `new ${nnx}.Rngs(${moved ?? '?'})`;
    }
    return `new ${nnx}.Rngs(${keyText(e, path, { key, before: node.span.start })})`;
  }
  return `new ${nnx}.Rngs(0)`;
}

function keyText(e: Emission, path: SourcePath, { key, before }: { key: Expression; before: number }): string {
  const seed = seedOf(e, path, key);
  if (seed !== null) return seed;
  if (!isInForce(e, path, { key, before })) refuseDraft(e.draft, 'L2N475', { path, span: key.span });
  e.revived.push({ path, span: key.span });
  const literal = withoutWraps(key);
  if (literal.kind === 'ObjectLiteral') {
    const only = literal.properties.length === 1 ? literalProperty(literal, 'params') : null;
    return textOf(e.draft, path, only?.span ?? key.span);
  }
  return textOf(e.draft, path, key.span);
}

/** `jax.random.key(0)` → `0`, when the seed is a plain number. */
function seedOf(e: Emission, path: SourcePath, key: Expression): string | null {
  const call = withoutWraps(key);
  if (call.kind !== 'Call') return null;
  const entity = entityOf(e.context.model, path, call.callee);
  const isKey = entity?.entity === 'external' && (entity.name === 'random.key' || entity.name === 'random.PRNGKey');
  const [seed] = call.args;
  return isKey && seed?.kind === 'Literal' && typeof seed.value === 'number' ? textOf(e.draft, path, seed.span) : null;
}

/** Whether all names in the key are declared before the model is made. */
function isInForce(e: Emission, path: SourcePath, { key, before }: { key: Expression; before: number }): boolean {
  const source = e.context.model.sources[path];
  let sound = true;
  walk([key], (node) => {
    if (node.kind !== 'Identifier' || node.binding === null || source === undefined) return true;
    const place = declarationIn(source, node.binding);
    const binding: { readonly span: Span; readonly writes: readonly Span[] } | undefined =
      source.bindings[node.binding];
    if (binding === undefined || binding.writes.length > 0) sound = false;
    else if (place?.declares === 'variable' && binding.span.start > before) sound = false;
    return true;
  });
  return sound;
}
