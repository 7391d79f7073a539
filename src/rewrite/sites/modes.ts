/** Which mode each call of a model runs in: one statement where all agree, else a view for evaluation. */
import { layers } from '../../../runtime/catalogue/layers.js';
import { ancestorsOf } from '../../ir/declarations.js';
import type { SourcePath } from '../../ir/source.js';
import type { Call, Span } from '../../ir/syntax.js';
import { insert, leadStart } from './draft.js';
import { carrierName, type Emission, nnxIn } from './emission.js';
import { carrierAt, freeName } from './names.js';
import type { ApplyFact, Mode } from './run.js';
import type { Instance } from './value.js';

/** The modes that the sites of a model want. */
function wantedModes(e: Emission, instance: Instance): ReadonlySet<Mode> {
  const facts = [...e.analysis.facts.calls.values()].filter(
    (each): each is ApplyFact => each.call === 'apply' && each.instance.id === instance.id && each.mode !== 'none',
  );
  return new Set(facts.map((each) => each.mode));
}

/** What the model is called at a site, in the mode the site wants. */
export function modelAt(e: Emission, fact: ApplyFact, at: { path: SourcePath; node: Call }): string {
  const { instance } = fact;
  const place = { path: at.path, span: at.node.span };
  const model = carrierName(e, instance, { holds: 'model', ...place });
  if (fact.mode !== 'evaluation' || isEvaluatedOnly(e, instance)) return model;
  return viewAt(e, { instance, model, ...place, node: at.node });
}

function isEvaluatedOnly(e: Emission, instance: Instance): boolean {
  const modes = wantedModes(e, instance);
  return modes.size === 1 && modes.has('evaluation') && constructCarrier(e, instance) !== null;
}

function constructCarrier(e: Emission, instance: Instance): Emission['carriers'][number] | null {
  if (instance.node === null) return null;
  return (
    e.carriers.find(
      (each) =>
        each.instance.id === instance.id &&
        each.holds === 'model' &&
        each.from.by === 'declaration' &&
        each.path === instance.path,
    ) ?? null
  );
}

/** A view made once before the statement of the function (or file) that holds the site. */
function viewAt(
  e: Emission,
  site: { instance: Instance; model: string; path: SourcePath; span: Span; node: Call },
): string {
  const { instance, model, path } = site;
  const source = e.context.model.sources[path];
  if (source === undefined) return model;
  const nnx = nnxIn(e, path);
  const text = `${nnx}.view(${model}, { ${evaluationOptions(e, instance)} })`;
  const outer = ancestorsOf(source, site.node);
  const owner = outer.find((each) => each.kind === 'Function' || each.kind === 'Method');
  if (owner?.kind === 'Function' && owner.body.kind !== 'Block') return text;
  const body = owner?.kind === 'Function' || owner?.kind === 'Method' ? owner.body : null;
  const statements = body?.kind === 'Block' ? body.body : source.body;
  const statement = statements.find((each) => each.span.start <= site.span.start && site.span.end <= each.span.end);
  if (statement === undefined) return text;
  const carrier = carrierAt(e.carriers, instance, { holds: 'model', path, at: site.span.start });
  if (
    carrier !== null &&
    carrier.from.by === 'declaration' &&
    carrier.from.statement.span.start >= statement.span.start
  )
    return text;
  const key = `${path}@${body?.span.start ?? 0} ${instance.id}`;
  const known = e.views.get(key);
  if (known !== undefined) return known;
  const name = freeName(
    source,
    `eval${model.slice(0, 1).toUpperCase()}${model.slice(1)}`,
    body?.span ?? { start: 0, end: source.text.length },
  );
  e.views.set(key, name);
  insert(e.draft, { path, at: leadStart(source, statement.span.start), idiom: 'modes' }, `const ${name} = ${text};\n`);
  return name;
}

/** `deterministic: true, useRunningAverage: true`, for the modes that the model has. */
function evaluationOptions(e: Emission, instance: Instance): string {
  const modes = e.plans.get(instance.class)?.modes ?? [];
  const values = new Map(layers.flatMap(({ mode }) => (mode === null ? [] : [[mode.option, !mode.training] as const])));
  return modes.map((each) => `${each}: ${values.get(each) ?? true}`).join(', ');
}

/** `model.eval()` after the model is made where every site evaluates; `model.train()` before the first step where all train. */
export function emitModeStatements(e: Emission): void {
  const seen = new Set<string>();
  for (const [call, fact] of e.analysis.facts.calls) {
    if (fact.call !== 'apply' || fact.mode === 'none' || seen.has(fact.instance.id)) continue;
    seen.add(fact.instance.id);
    const carrier = constructCarrier(e, fact.instance);
    const modes = wantedModes(e, fact.instance);
    if (carrier === null || modes.size !== 1 || carrier.from.by !== 'declaration') continue;
    if (modes.has('evaluation')) {
      insert(
        e.draft,
        { path: carrier.path, at: carrier.from.statement.span.end, idiom: 'modes' },
        `\n${carrier.name}.eval();`,
      );
      continue;
    }
    const source = e.context.model.sources[carrier.path];
    const home = e.context.model.sources[fact.site.path];
    if (source === undefined || home !== source) continue;
    const outer = [call, ...ancestorsOf(source, call)];
    const isFile = carrier.scope.start === 0 && carrier.scope.end === source.text.length;
    const siblings = isFile ? source.body : [];
    const statement = siblings.find((each) => outer.includes(each));
    if (statement !== undefined && statement.span.start > carrier.from.statement.span.start) {
      insert(
        e.draft,
        { path: source.path, at: leadStart(source, statement.span.start), idiom: 'modes' },
        `${carrier.name}.train();\n\n`,
      );
    }
  }
}
