/** A train state's place in the new text: the model and its `nnx.Optimizer`. */
import { jaxModule } from '../../../runtime/catalogue/modules.js';
import { entityOf, literalProperty, withoutWraps } from '../../ir/resolve.js';
import type { SourcePath } from '../../ir/source.js';
import type { Call, Expression, ObjectLiteral, Span } from '../../ir/syntax.js';
import { dropText, refuseDraft, replace, textOf } from './draft.js';
import { carrierName, type Emission, nnxIn } from './emission.js';
import { modelName } from './function-shapes.js';
import { refuseImpure } from './impure.js';
import { keyMakers } from './library.js';
import { carrierAt } from './names.js';
import type { CallFact, TrainStateFact } from './run.js';
import type { Instance } from './value.js';

type CreateFact = Extract<CallFact, { call: 'trainState.create' }>;

/** `TrainState.create({ applyFn: model.apply, params, tx })` → `new nnx.Optimizer(model, tx, { wrt: nnx.Param })`. */
export function emitCreate(e: Emission, path: SourcePath, node: Call, { instance, literal }: CreateFact): void {
  const tx = literalProperty(literal, 'tx');
  const others = literal.properties.filter((each) => each.kind === 'Spread' || each.value !== tx);
  for (const each of others) {
    noteKey(e, path, each);
    if (each.kind !== 'Spread' && each.value.kind !== 'Call') refuseImpure(e, path, [each.value]);
    else if (each.kind !== 'Spread') dropCall(e, path, each.value);
    dropText(e.draft, path, each.span);
  }
  if (tx === null) return refuseDraft(e.draft, 'L2N474', { path, span: node.span });
  const text = optimizerText(e, path, { instance, tx, at: node });
  dropText(e.draft, path, node.callee.span);
  replace(e.draft, { path, span: node.span, idiom: 'optimizer' }, text);
}

/** A dropout key that only served the model is gone: said once. */
function noteKey(e: Emission, path: SourcePath, field: ObjectLiteral['properties'][number]): void {
  if (field.kind === 'Spread' || field.key.name === null || !isKey(e, path, field.value)) return;
  e.draft.notes.push({ code: 'L2N630', path, span: field.span, data: { name: field.key.name } });
}

function isKey(e: Emission, path: SourcePath, node: Expression): boolean {
  const inner = withoutWraps(node);
  const entity = inner.kind === 'Call' ? entityOf(e.context.model, path, inner.callee) : null;
  return entity?.entity === 'external' && entity.module === jaxModule && keyMakers.has(entity.name);
}

/** `params: model.init(…)` may go: making the model does it. */
function dropCall(e: Emission, path: SourcePath, node: Expression): void {
  if (node.kind !== 'Call') return;
  const isInit = e.analysis.facts.calls.get(node)?.call === 'init';
  refuseImpure(e, path, isInit ? node.args.slice(1) : [node]);
}

/** `const targetModel = nnx.clone(model)` for each second set of parameters. */
export function copyLines(
  e: Emission,
  path: SourcePath,
  { node, fact, head }: { node: Expression; fact: TrainStateFact<'trainState.create'>; head: string },
): readonly string[] {
  const at = { holds: 'model', path, span: node.span } as const;
  return fact.copies.map(({ from, to }) => {
    const carrier = carrierAt(e.carriers, to, { holds: 'model', path, at: node.span.start });
    const name = carrier?.name ?? modelName(e.context.model, to);
    return `${head}${name} = ${nnxIn(e, path)}.clone(${carrierName(e, from, at)})`;
  });
}

/** `nnx.update(target, nnx.state(model, nnx.Param))`. */
export function takeOverLine(
  e: Emission,
  path: SourcePath,
  { from, to, span }: { from: Instance; to: Instance; span: Span },
): string {
  const at = { holds: 'model', path, span } as const;
  return `${nnxIn(e, path)}.update(${carrierName(e, to, at)}, ${parametersText(e, path, { instance: from, span })})`;
}

export function parametersText(
  e: Emission,
  path: SourcePath,
  { instance, span }: { instance: Instance; span: Span },
): string {
  const nnx = nnxIn(e, path);
  return `${nnx}.state(${carrierName(e, instance, { holds: 'model', path, span })}, ${nnx}.Param)`;
}

function optimizerText(
  e: Emission,
  path: SourcePath,
  { instance, tx, at }: { instance: Instance; tx: Expression; at: Call },
): string {
  const nnx = nnxIn(e, path);
  const model = carrierName(e, instance, { holds: 'model', path, span: at.span });
  return `new ${nnx}.Optimizer(${model}, ${textOf(e.draft, path, tx.span)}, { wrt: ${nnx}.Param })`;
}

export function isCreate(e: Emission, node: Expression): boolean {
  const inner = withoutWraps(node);
  return inner.kind === 'Call' && e.analysis.facts.calls.get(inner)?.call === 'trainState.create';
}

/** A call of a function of the program: what it gives is new already. */
export function isKnownCall(e: Emission, node: Expression): boolean {
  const inner = withoutWraps(node);
  return inner.kind === 'Call' && e.analysis.facts.calls.get(inner)?.call === 'function';
}

/** `state.step` → `optimizer.step.value`. */
export function emitStep(e: Emission, path: SourcePath, node: Expression): void {
  const instance = e.analysis.facts.steps.get(node);
  if (instance === undefined) return;
  refuseImpure(e, path, [node]);
  dropText(e.draft, path, node.span);
  const optimizer = carrierName(e, instance, { holds: 'optimizer', path, span: node.span });
  replace(e.draft, { path, span: node.span, idiom: 'optimizer' }, `${optimizer}.step.value`);
}
