/** Edits of calls and of variable reads. */
import { literalProperty, withoutWraps } from '../../ir/resolve.js';
import type { SourcePath } from '../../ir/source.js';
import type { Call, Expression, FunctionExpression, Spread } from '../../ir/syntax.js';
import { dropText, refuseDraft, replace, textOf } from './draft.js';
import { carrierName, type Emission, nnxIn } from './emission.js';
import { statePartsOf } from './function-shapes.js';
import { variablePath } from './leaf.js';
import { modelAt } from './modes.js';
import type { ApplyFact } from './run.js';
import { emitCreate, emitStep } from './emit-train-state.js';
import { refuseImpure } from './impure.js';
import { soleItem } from './template.js';

export function emitCall(e: Emission, path: SourcePath, node: Call): void {
  const fact = e.analysis.facts.calls.get(node);
  switch (fact?.call) {
    case 'apply':
      return emitApply(e, path, node, fact);
    case 'tx.init': {
      const [params] = node.args;
      if (params !== undefined) dropState(e, path, params);
      const tx = node.callee.kind === 'Member' ? textOf(e.draft, path, node.callee.object.span) : '?';
      const model = carrierName(e, fact.instance, { holds: 'model', path, span: node.span });
      const nnx = nnxIn(e, path);
      return replace(
        e.draft,
        { path, span: node.span, idiom: 'optimizer' },
        `new ${nnx}.Optimizer(${model}, ${tx}, { wrt: ${nnx}.Param })`,
      );
    }
    case 'trainState.create':
      return emitCreate(e, path, node, fact);
    case 'grad':
      return emitGrad(e, path, { node, name: fact.name, function: fact.function });
    case 'gradient': {
      const [state] = node.args;
      if (state === undefined) return;
      dropState(e, path, state);
      const model = carrierName(e, fact.instance, { holds: 'model', path, span: state.span });
      return replace(e.draft, { path, span: state.span, idiom: 'training-step' }, model);
    }
    case 'jit':
      if (takesState(e, fact.function) || runsModel(e, fact.function)) {
        if (node.args.length > 1) emitJitOptions(e, path, { node, function: fact.function });
        const nnx = nnxIn(e, path);
        replace(e.draft, { path, span: node.callee.span, idiom: 'training-step' }, `${nnx}.jit`);
      }
      return;
    case 'function':
      return emitKnownCall(e, path, { node, function: fact.function });
    default:
  }
}

function takesState(e: Emission, node: FunctionExpression): boolean {
  return e.shapes.get(node)?.params.some(({ role }) => role.role !== 'keep') === true;
}

/** Whether a model is run in it: one that it reads from outside, where none is given to it. */
function runsModel(e: Emission, node: FunctionExpression): boolean {
  const path = e.shapes.get(node)?.path;
  return [...e.analysis.facts.calls].some(
    ([call, fact]) =>
      fact.call === 'apply' &&
      fact.site.path === path &&
      node.span.start <= call.span.start &&
      call.span.end <= node.span.end,
  );
}

/**
 * Giving the old state away goes: the model frees what it replaces. Any other option counts arguments by position,
 * which change.
 */
function emitJitOptions(
  e: Emission,
  path: SourcePath,
  jit: { node: Call; function: Parameters<Emission['shapes']['get']>[0] },
): void {
  const [target, options] = jit.node.args;
  if (target === undefined || options === undefined) return;
  const params = e.shapes.get(jit.function)?.params ?? [];
  const literal = options.kind === 'ObjectLiteral' ? options : null;
  const donated = literal?.properties.length === 1 ? literalProperty(literal, 'donateArgnums') : null;
  const positions = donated?.kind === 'ArrayLiteral' ? donated.elements : [donated];
  const isState = positions.every((each) => {
    const index = each?.kind === 'Literal' && typeof each.value === 'number' ? each.value : -1;
    const role = params[index]?.role;
    return role !== undefined && role.role !== 'keep' && role.role !== 'stored';
  });
  if (!isState || jit.node.args.length > 2) return refuseDraft(e.draft, 'L2N474', { path, span: jit.node.span });
  dropText(e.draft, path, options.span);
  const span = { start: target.span.end, end: jit.node.argsSpan.end };
  replace(e.draft, { path, span, idiom: 'training-step' }, '');
}

/** `model.apply({ params }, [x, true], options)` → `model.call(x)`. */
function emitApply(e: Emission, path: SourcePath, node: Call, fact: ApplyFact): void {
  const [variables, list, options] = node.args;
  const method = e.plans.get(fact.instance.class)?.methods[fact.method];
  const literal = list === undefined || list.kind === 'Spread' ? null : withoutWraps(list);
  const elements = literal?.kind === 'ArrayLiteral' ? literal.elements : [];
  refuseImpure(e, path, [variables, options]);
  if (variables !== undefined) dropText(e.draft, path, variables.span);
  if (options !== undefined) dropText(e.draft, path, options.span);
  dropText(e.draft, path, node.callee.span);
  const texts = elements.map((each, index): string | null => {
    if (each === null || each.kind === 'Spread') {
      refuseDraft(e.draft, 'L2N465', { path, span: node.span });
      return null;
    }
    const flag = method?.mode ?? null;
    if (flag !== null && flag.parameter === index && flag.key !== null && !flag.stays)
      return withoutKey(e, path, each, flag.key);
    if (method?.positions[index] === null) {
      dropText(e.draft, path, each.span);
      return null;
    }
    return textOf(e.draft, path, each.span);
  });
  const args = texts.filter((each): each is string => each !== null);
  const model = modelAt(e, fact, { path, node });
  replace(e.draft, { path, span: node.span, idiom: 'apply' }, `${model}.${fact.method}(${args.join(', ')})`);
}

/** State that goes may not be the result of a step: the step would go with it. */
export function dropState(e: Emission, path: SourcePath, node: Expression | Spread): void {
  const inner = node.kind === 'Spread' ? node : withoutWraps(node);
  const isInit = inner.kind === 'Call' && e.analysis.facts.calls.get(inner)?.call === 'init';
  if (!isInit) refuseImpure(e, path, [node]);
  dropText(e.draft, path, node.span);
}

/** The options object without the mode; null when nothing else is in it. */
function withoutKey(e: Emission, path: SourcePath, node: Expression, key: string): string | null {
  const literal = withoutWraps(node);
  if (literal.kind !== 'ObjectLiteral') {
    refuseDraft(e.draft, 'L2N465', { path, span: node.span });
    return null;
  }
  const kept = literal.properties.filter((each) => each.kind === 'Spread' || each.key.name !== key);
  const flag = literalProperty(literal, key);
  if (kept.length === 0) {
    dropText(e.draft, path, node.span);
    return null;
  }
  if (flag !== null) dropText(e.draft, path, flag.span);
  return `{ ${kept.map((each) => textOf(e.draft, path, each.span)).join(', ')} }`;
}

function emitGrad(
  e: Emission,
  path: SourcePath,
  grad: { node: Call; name: string; function: Parameters<Emission['shapes']['get']>[0] },
): void {
  const shape = e.shapes.get(grad.function);
  if (shape?.params[0]?.role.role !== 'model') return;
  const nnx = nnxIn(e, path);
  const { node } = grad;
  replace(e.draft, { path, span: node.callee.span, idiom: 'training-step' }, `${nnx}.${grad.name}`);
  const [target, options] = node.args;
  if (target === undefined || options === undefined) return;
  const gone = shape.result.part === 'tuple' && soleItem(shape.result) === 0;
  if (!gone) return;
  dropText(e.draft, path, options.span);
  const span = { start: target.span.end, end: node.argsSpan.end };
  replace(e.draft, { path, span, idiom: 'training-step' }, '');
}

/** Arguments of a function of the program, as its parameters are now. */
function emitKnownCall(
  e: Emission,
  path: SourcePath,
  { node, function: target }: { node: Call; function: Parameters<Emission['shapes']['get']>[0] },
): void {
  const shape = e.shapes.get(target);
  if (shape === undefined) return;
  const changed = shape.params.some(({ role, parameter }) => role.role !== 'keep' || e.unreadParams.has(parameter));
  if (!changed) return;
  const texts = node.args.flatMap((each: Expression | Spread, index): string[] => {
    const param = shape.params[index];
    const keep = () => [textOf(e.draft, path, each.span)];
    if (param === undefined) return keep();
    const { role, parameter } = param;
    if (role.role === 'keep' && !e.unreadParams.has(parameter)) return keep();
    if (role.role === 'given' || (role.role === 'model' && role.was === 'model')) return keep();
    if (role.role === 'keep') dropText(e.draft, path, each.span);
    else dropState(e, path, each);
    if (role.role === 'trainState') {
      return statePartsOf(role, param.name ?? '').map(({ holds, instance }) =>
        carrierName(e, instance, { holds, path, span: each.span }),
      );
    }
    if (role.role === 'model' || role.role === 'optimizer') {
      return [carrierName(e, role.instance, { holds: role.role, path, span: each.span })];
    }
    if (role.role === 'stored') refuseDraft(e.draft, 'L2N474', { path, span: each.span });
    return [];
  });
  replace(e.draft, { path, span: node.argsSpan, idiom: 'training-step' }, texts.join(', '));
}

/** `params.Dense_0.kernel` → `model.linear.kernel.value`, at the outermost expression that is the variable's tensor. */
export function emitLeaf(e: Emission, path: SourcePath, node: Expression): void {
  if (e.analysis.facts.steps.has(node)) return emitStep(e, path, node);
  const value = e.analysis.facts.values.get(node);
  if (value?.is !== 'leaf' || (node.kind !== 'Member' && node.kind !== 'Index')) return;
  const names: string[] = [];
  let at: Expression = node;
  for (;;) {
    const inner: Expression = withoutWraps(at);
    const held = e.analysis.facts.values.get(inner);
    if (held?.is === 'state') {
      names.unshift(...held.path);
      break;
    }
    if (inner.kind === 'Member') names.unshift(inner.property);
    else if (inner.kind === 'Index' && inner.index.kind === 'Literal') names.unshift(String(inner.index.value));
    else break;
    at = inner.object;
  }
  const found = variablePath(e.plans, value.instance.class, { collection: value.collection, names });
  if (found === null || !found.isLeaf) return refuseDraft(e.draft, 'L2N474', { path, span: node.span });
  const model = carrierName(e, value.instance, { holds: 'model', path, span: node.span });
  refuseImpure(e, path, [node]);
  dropText(e.draft, path, node.span);
  replace(e.draft, { path, span: node.span, idiom: 'variable-creation' }, `${model}.${found.attributes}.value`);
}
