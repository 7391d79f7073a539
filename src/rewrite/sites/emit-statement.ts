/** Edits of statements and functions that state goes through. */
import { ancestorsOf, namesIn, parentOf } from '../../ir/declarations.js';
import { withoutWraps } from '../../ir/resolve.js';
import type { SourceModel, SourcePath } from '../../ir/source.js';
import type { Declarator, Expression, FunctionExpression, Statement } from '../../ir/syntax.js';
import type { SyntaxNode } from '../../ir/walk.js';
import { removedItems } from '../text.js';
import { dropText, refuseDraft, removeStatement, replace, textOf } from './draft.js';
import { carrierName, className, type Emission, isGone, isTyped, nnxIn, templateAt } from './emission.js';
import { copyLines, takeOverLine } from './emit-train-state.js';
import { statePartsOf } from './function-shapes.js';
import { carrierAt } from './names.js';
import { effectsOf, patternResidue, residueOf } from './residue.js';
import type { Copy } from './run.js';
import { emitSplit, isRebuilt } from './split-merge.js';
import { typeText } from './type-residue.js';
import { holdsState } from './value.js';

type Variable = Extract<Statement, { kind: 'Variable' }>;

export function emitVariable(e: Emission, source: SourceModel, node: Variable): void {
  if (isRebuilt(e, node) || emitSplit(e, source, node)) return;
  const { path } = source;
  const parts = node.declarators.map((each) => ({ each, template: declaratorTemplate(e, source, each) }));
  const optimizer = parts.find(({ each }) => isOptimizer(e, each));
  if (optimizer !== undefined) return emitOptimizer(e, source, { node, declarator: optimizer.each });
  if (parts.every(({ template }) => template.part === 'keep')) return;
  const [first] = node.declarators;
  const copy = first?.target.kind === 'IdentifierPattern' ? e.analysis.facts.copied.get(first.target) : undefined;
  if (copy !== undefined && first?.init) return emitCopy(e, source, { node, init: first.init, copy });
  const effects: string[] = [];
  const kept: string[] = [];
  for (const { each, template } of parts) {
    const pattern = patternResidue(e, path, each.target, template);
    const residue = each.init === null ? { effects: [], text: null } : residueOf(e, path, each.init, template);
    effects.push(...residue.effects);
    if (each.type !== null && template.part !== 'keep') dropText(e.draft, path, each.type.span);
    if (template.part === 'keep') kept.push(textOf(e.draft, path, each.span));
    else if (pattern !== null && residue.text !== null) kept.push(`${pattern} = ${residue.text}`);
    else if (residue.text !== null) effects.push(residue.text);
  }
  const stays = parts.every(
    ({ template: { part } }) => part === 'trainState' || part === 'optimizer' || part === 'model',
  );
  const head = stays ? constantHead(node) : headOf(source, node);
  const lines = [...effects, ...(kept.length > 0 ? [`${head}${kept.join(', ')}`] : [])];
  settle(e, source, { node, lines });
}

/** `let best = params` → `const best = nnx.clone(model)`. */
function emitCopy(
  e: Emission,
  source: SourceModel,
  { node, init, copy }: { node: Variable; init: Expression; copy: Omit<Copy, 'field'> },
): void {
  const { path } = source;
  const effects = effectsOf(e, path, init);
  const at = { holds: 'model', path, span: node.span } as const;
  const [name, model] = [carrierName(e, copy.to, at), carrierName(e, copy.from, at)];
  for (const each of node.declarators) dropText(e.draft, path, each.span);
  settle(e, source, { node, lines: [...effects, `${constantHead(node)}${name} = ${nnxIn(e, path)}.clone(${model})`] });
}

function headOf(source: SourceModel, node: Variable): string {
  const [first] = node.declarators;
  return source.text.slice(node.span.start, first?.span.start ?? node.span.end);
}

/** A model and its optimizer stay the same, where the state was given anew. */
function constantHead(node: Variable): string {
  return node.exported ? 'export const ' : 'const ';
}

/** A name that is declared without a value and only ever given state goes. */
function declaratorTemplate(e: Emission, source: SourceModel, each: Declarator): ReturnType<typeof templateAt> {
  if (each.init !== null) return templateAt(e, each.init);
  const names = new Set(namesIn(each.target).map(([id]) => id));
  const writes = [...names].flatMap((id) => source.bindings[id]?.writes ?? []);
  const held = new Set(
    [...e.analysis.facts.values].flatMap(([key, value]) => {
      const node = key as SyntaxNode;
      const isOurs = node.kind === 'IdentifierPattern' && node.binding !== null && names.has(node.binding);
      return isOurs && holdsState(value) ? [node.span.start] : [];
    }),
  );
  return writes.length > 0 && writes.every(({ start }) => held.has(start)) ? { part: 'drop' } : { part: 'keep' };
}

function isOptimizer(e: Emission, { init }: Declarator): boolean {
  const call = init === null ? null : withoutWraps(init);
  const fact = call?.kind === 'Call' ? e.analysis.facts.calls.get(call) : undefined;
  return fact?.call === 'tx.init' || fact?.call === 'trainState.create';
}

function emitOptimizer(
  e: Emission,
  source: SourceModel,
  { node, declarator }: { node: Variable; declarator: Declarator },
): void {
  const { path } = source;
  const call = declarator.init === null ? null : withoutWraps(declarator.init);
  const fact = call?.kind === 'Call' ? e.analysis.facts.calls.get(call) : undefined;
  if (call === null || (fact?.call !== 'tx.init' && fact?.call !== 'trainState.create')) return;
  if (node.declarators.length > 1) return refuseDraft(e.draft, 'L2N474', { path, span: node.span });
  const carrier = carrierAt(e.carriers, fact.instance, { holds: 'optimizer', path, at: node.span.start });
  dropText(e.draft, path, declarator.target.span);
  const head = node.exported ? 'export const ' : 'const ';
  const copies = fact.call === 'tx.init' ? [] : copyLines(e, path, { node: call, fact, head });
  const text = `${head}${carrier?.name ?? 'optimizer'} = ${textOf(e.draft, path, call.span)};`;
  replace(
    e.draft,
    { path, span: node.span, idiom: 'optimizer' },
    [text, ...copies.map((each) => `${each};`)].join('\n'),
  );
}

export function emitExpression(
  e: Emission,
  source: SourceModel,
  node: Extract<Statement, { kind: 'Expression' }>,
): void {
  const { path } = source;
  const { expression } = node;
  const fact = expression.kind === 'Call' ? e.analysis.facts.calls.get(expression) : undefined;
  if (fact?.call === 'dispose') return removeStatement(e.draft, path, node.span);
  const given = expression.kind === 'Assign' ? e.analysis.facts.given.get(expression) : undefined;
  if (given !== undefined && expression.kind === 'Assign') {
    const name = textOf(e.draft, path, expression.target.span);
    const effects = effectsOf(e, path, expression.value);
    const model = carrierName(e, given.instance, { holds: 'model', path, span: node.span });
    const line = `if (${name} !== undefined) ${nnxIn(e, path)}.update(${model}, ${name})`;
    return settle(e, source, { node, lines: [...effects, line] });
  }
  if (expression.kind !== 'Assign') {
    const template = templateAt(e, expression);
    if (template.part !== 'drop') return;
    return settle(e, source, { node, lines: residueOf(e, path, expression, template).effects });
  }
  const template = templateAt(e, expression.value);
  if (template.part === 'keep') return;
  const { target } = expression;
  const copy = target.kind === 'IdentifierPattern' ? e.analysis.facts.copied.get(target) : undefined;
  if (copy !== undefined) {
    dropText(e.draft, path, target.span);
    const effects = effectsOf(e, path, expression.value);
    return settle(e, source, { node, lines: [...effects, takeOverLine(e, path, { ...copy, span: node.span })] });
  }
  const pattern = patternResidue(e, path, expression.target, template);
  const { effects, text } = residueOf(e, path, expression.value, template);
  const assignment = pattern?.startsWith('{') === true ? `(${pattern} = ${text})` : `${pattern} = ${text}`;
  const last = text === null ? [] : [pattern === null ? text : assignment];
  settle(e, source, { node, lines: [...effects, ...last] });
}

export function emitReturn(e: Emission, source: SourceModel, node: Extract<Statement, { kind: 'Return' }>): void {
  const owner = ancestorsOf(source, node).find((each) => each.kind === 'Function');
  const shape = owner?.kind === 'Function' ? e.shapes.get(owner) : undefined;
  if (shape === undefined || shape.result.part === 'keep' || node.argument === null) return;
  const { effects, text } = residueOf(e, source.path, node.argument, shape.result);
  const isLast = owner?.kind === 'Function' && owner.body.kind === 'Block' && owner.body.body.at(-1) === node;
  const last = text !== null ? [`return ${text}`] : isLast ? [] : ['return'];
  settle(e, source, { node, lines: [...effects, ...last] });
}

/** Lines in place of a statement, which goes when there are none. */
function settle(
  e: Emission,
  source: SourceModel,
  { node, lines }: { node: Statement; lines: readonly string[] },
): void {
  const { path } = source;
  if (lines.length === 0) return removeStatement(e.draft, path, node.span);
  const text = lines.map((each) => `${each};`).join('\n');
  const parent = parentOf(source, node);
  const isBare = parent !== null && ['If', 'For', 'ForEach', 'While'].includes(parent.kind);
  replace(e.draft, { path, span: node.span, idiom: 'state' }, lines.length > 1 && isBare ? `{\n${text}\n}` : text);
}

/** Parameters and, for an arrow without braces, the body. */
export function emitFunction(e: Emission, source: SourceModel, node: FunctionExpression): void {
  const shape = e.shapes.get(node);
  if (shape === undefined) return;
  emitParameters(e, source, node);
  if (shape.result.part === 'keep') return;
  if (node.returnType !== null) {
    const at = { path: source.path, span: node.returnType.span };
    const text = typeText(e, source.path, node.returnType, shape.result);
    if (text === null) refuseDraft(e.draft, 'L2N474', at);
    else replace(e.draft, { ...at, idiom: 'state' }, text);
    dropText(e.draft, at.path, at.span);
  }
  if (node.body.kind === 'Block') return;
  const { effects, text } = residueOf(e, source.path, node.body, shape.result);
  const lines = [...effects, ...(text === null ? [] : [`return ${text}`])].map((each) => `${each};`);
  const isPlain = effects.length === 0 && text !== null;
  const after = isPlain
    ? text
    : effects.length === 1 && text === null
      ? (effects[0] ?? '{}')
      : `{\n${lines.join('\n')}\n}`;
  replace(e.draft, { path: source.path, span: node.body.span, idiom: 'state' }, after);
}

function emitParameters(e: Emission, source: SourceModel, node: FunctionExpression): void {
  const { path } = source;
  const shape = e.shapes.get(node);
  const gone = new Set<number>();
  shape?.params.forEach(({ role, parameter, name }, index) => {
    if (role.role === 'stored') refuseDraft(e.draft, 'L2N474', { path, span: parameter.span });
    if (role.role === 'state' || (role.role === 'keep' && e.unreadParams.has(parameter))) {
      gone.add(index);
      dropText(e.draft, path, parameter.span);
    }
    if (role.role === 'given' && parameter.type !== null) {
      dropText(e.draft, path, parameter.type.span);
      const at = { path, span: parameter.type.span, idiom: 'training-step' } as const;
      return replace(e.draft, at, `${nnxIn(e, path)}.State`);
    }
    if (role.role === 'trainState' && name !== null) {
      const texts = statePartsOf(role, name).map(({ holds, instance, name: own }) => {
        const type = holds === 'model' ? className(e, instance, path) : `${nnxIn(e, path)}.Optimizer`;
        return typed(e, path, { name: own, type });
      });
      dropText(e.draft, path, parameter.span);
      return replace(e.draft, { path, span: parameter.span, idiom: 'training-step' }, texts.join(', '));
    }
    const becomes = role.role === 'optimizer' || (role.role === 'model' && role.was === 'state');
    if (!becomes || name === null) return;
    dropText(e.draft, path, parameter.span);
    const type = role.role === 'model' ? className(e, role.instance, path) : `${nnxIn(e, path)}.Optimizer`;
    replace(e.draft, { path, span: parameter.span, idiom: 'training-step' }, typed(e, path, { name, type }));
  });
  const spans = node.params.map((each) => each.span);
  for (const span of removedItems(spans, gone, node.paramsSpan.start)) {
    replace(e.draft, { path, span, idiom: 'training-step' }, '');
  }
}

function typed(e: Emission, path: SourcePath, { name, type }: { name: string; type: string }): string {
  return isTyped(e, path) ? `${name}: ${type}` : name;
}

/** Every read of state that is still in the text: what the emission had no answer for. */
export function refuseLeftovers(e: Emission): void {
  for (const [node, value] of e.analysis.facts.values) {
    const each = node as Expression;
    if (each.kind !== 'Identifier' || !holdsState(value)) continue;
    const path = each.binding?.slice(0, each.binding.lastIndexOf('@')) ?? '';
    if (!isGone(e, path, each.span)) refuseDraft(e.draft, 'L2N474', { path, span: each.span });
  }
}
