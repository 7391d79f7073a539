/** What is left of an expression when the state in it goes: statements for what it did, text for what stays. */
import { literalProperty, withoutWraps } from '../../ir/resolve.js';
import type { SourcePath } from '../../ir/source.js';
import type { Call, Expression, Pattern, Span, Spread } from '../../ir/syntax.js';
import { dropText, refuseDraft, textOf } from './draft.js';
import { carrierName, type Emission, nnxIn } from './emission.js';
import { copyLines, isCreate, isKnownCall, parametersText, takeOverLine } from './emit-train-state.js';
import { modelName } from './function-shapes.js';
import { cacheLines } from './caches.js';
import { refuseImpure } from './impure.js';
import { freeName } from './names.js';
import type { CallFact } from './run.js';
import { soleItem, type StatePart, type Template } from './template.js';
import { holdsState, type Instance, parametersOf, plain } from './value.js';

type ChangeFact = Extract<CallFact, { call: 'trainState.change' }>;

export interface Residue {
  /** Statements without their semicolons. */
  readonly effects: readonly string[];
  /** Null when nothing of the value stays. */
  readonly text: string | null;
}

export function residueOf(e: Emission, path: SourcePath, node: Expression, template: Template): Residue {
  switch (template.part) {
    case 'keep':
      return { effects: [], text: textOf(e.draft, path, node.span) };
    case 'drop': {
      const effects = effectsOf(e, path, node);
      return { effects, text: null };
    }
    case 'trainState':
      return trainStateResidue(e, path, node, template.parts);
    case 'model':
    case 'optimizer':
      if (isCreate(e, node) || isKnownCall(e, node)) return { effects: [], text: textOf(e.draft, path, node.span) };
      return madeHere(e, path, node, template.instance) ?? named(e, path, node, template);
    case 'tuple':
      return tupleResidue(e, path, node, template);
    case 'record':
      return recordResidue(e, path, node, template);
  }
}

function named(
  e: Emission,
  path: SourcePath,
  node: Expression,
  { part, instance }: Extract<Template, { instance: Instance }>,
): Residue {
  const holds = part === 'optimizer' ? 'optimizer' : 'model';
  dropText(e.draft, path, node.span);
  return { effects: [], text: carrierName(e, instance, { holds, path, span: node.span }) };
}

/** `new Model(10).init(key, [x]).params` → `new Model(784, 10, { rngs })`: the model stands where its variables stood. */
function madeHere(e: Emission, path: SourcePath, node: Expression, instance: Instance): Residue | null {
  let inner = withoutWraps(node);
  while (inner.kind === 'Member' || inner.kind === 'Index') inner = withoutWraps(inner.object);
  if (inner.kind !== 'Call' || inner.callee.kind !== 'Member') return null;
  const made = withoutWraps(inner.callee.object);
  if (e.analysis.facts.calls.get(inner)?.call !== 'init' || made !== instance.node) return null;
  refuseImpure(e, path, inner.args.slice(1));
  const text = textOf(e.draft, path, made.span);
  dropText(e.draft, path, node.span);
  e.revived.push({ path, span: made.span });
  return { effects: [], text };
}

function tupleResidue(
  e: Emission,
  path: SourcePath,
  node: Expression,
  template: Extract<Template, { part: 'tuple' }>,
): Residue {
  const literal = withoutWraps(node);
  if (literal.kind === 'Call') return { effects: [], text: textOf(e.draft, path, node.span) };
  if (literal.kind !== 'ArrayLiteral') return refused(e, path, node);
  const parts = literal.elements.map((each, index) => {
    if (each === null || each.kind === 'Spread') return refused(e, path, node);
    return residueOf(e, path, each, template.items[index] ?? { part: 'keep' });
  });
  const texts = parts.flatMap(({ text }) => (text === null ? [] : [text]));
  const effects = ordered(e, path, { node, parts });
  const sole = soleItem(template) !== null;
  if (sole) return { effects, text: texts[0] ?? null };
  return { effects, text: `[${texts.join(', ')}]${suffixOf(e, path, node, literal)}` };
}

function recordResidue(
  e: Emission,
  path: SourcePath,
  node: Expression,
  template: Extract<Template, { part: 'record' }>,
): Residue {
  const literal = withoutWraps(node);
  if (literal.kind === 'Call') return { effects: [], text: textOf(e.draft, path, node.span) };
  if (literal.kind !== 'ObjectLiteral') return refused(e, path, node);
  const parts = literal.properties.map((each): Residue & { key: string } => {
    const name = each.kind === 'Property' ? each.key.name : null;
    if (each.kind !== 'Property' || name === null) return { ...refused(e, path, node), key: '' };
    const part = template.entries.get(name) ?? { part: 'keep' };
    const residue = residueOf(e, path, each.value, part);
    if (residue.text === null) dropText(e.draft, path, each.span);
    return { ...residue, key: name };
  });
  const texts = parts.flatMap(({ key, text }) => (text === null ? [] : [key === text ? key : `${key}: ${text}`]));
  return {
    effects: ordered(e, path, { node, parts }),
    text: `{ ${texts.join(', ')} }${suffixOf(e, path, node, literal)}`,
  };
}

/** Effects move before the values that stay: right only where those cannot see them. */
function ordered(
  e: Emission,
  path: SourcePath,
  { node, parts }: { node: Expression; parts: readonly Residue[] },
): readonly string[] {
  const effects = parts.flatMap((each) => each.effects);
  const simple = parts.every(({ text }) => text === null || /^[\w$.]+$/.test(text));
  if (effects.length > 0 && !simple) refuseDraft(e.draft, 'L2N474', { path, span: node.span });
  return effects;
}

/** ` as const` and the like after a literal. */
function suffixOf(e: Emission, path: SourcePath, node: Expression, literal: Expression): string {
  return e.context.model.sources[path]?.text.slice(literal.span.end, node.span.end) ?? '';
}

/** What an expression that gives nothing but state does besides. */
export function effectsOf(e: Emission, path: SourcePath, node: Expression): readonly string[] {
  const inner = withoutWraps(node);
  switch (inner.kind) {
    case 'Identifier':
    case 'Literal':
      dropText(e.draft, path, node.span);
      return [];
    case 'Member':
    case 'Index':
      dropText(e.draft, path, node.span);
      return effectsOf(e, path, inner.object);
    case 'ArrayLiteral':
      return inner.elements.flatMap((each) => (each === null ? [] : effectsOf(e, path, valueOf(each))));
    case 'ObjectLiteral':
      dropText(e.draft, path, node.span);
      return inner.properties.flatMap((each) =>
        effectsOf(e, path, each.kind === 'Spread' ? each.argument : each.value),
      );
    case 'Call':
      return callEffects(e, path, inner);
    default:
      refused(e, path, node);
      return [];
  }
}

function valueOf(node: Expression | Spread): Expression {
  return node.kind === 'Spread' ? node.argument : node;
}

function callEffects(e: Emission, path: SourcePath, node: Call): readonly string[] {
  const fact = e.analysis.facts.calls.get(node);
  const at = { path, span: node.span };
  switch (fact?.call) {
    case 'init':
      refuseImpure(e, path, node.args.slice(1));
      dropText(e.draft, path, node.span);
      return cacheLines(e, path, node, fact);
    case 'tx.update':
      refuseImpure(e, path, node.args.slice(1));
      dropText(e.draft, path, node.span);
      return [];
    case 'function':
      return [textOf(e.draft, path, node.span)];
    case 'trainState.change':
      return changeEffects(e, path, node, fact);
    case 'applyUpdates': {
      refuseImpure(e, path, node.args);
      dropText(e.draft, path, node.span);
      if (fact.gradients.kind !== 'Identifier') refuseDraft(e.draft, 'L2N474', at);
      e.revived.push({ path, span: fact.gradients.span });
      const model = carrierName(e, fact.instance, { holds: 'model', ...at });
      const optimizer = carrierName(e, fact.instance, { holds: 'optimizer', ...at });
      return [`${optimizer}.update(${model}, ${textOf(e.draft, path, fact.gradients.span)})`];
    }
    case 'mix':
      return mixEffects(e, path, { node, fact });
    case 'tree.map':
      return treeMapEffects(e, path, {
        node,
        state: fact.state,
        model: carrierName(e, fact.instance, { holds: 'model', ...at }),
      });
    default:
      refuseDraft(e.draft, 'L2N474', at);
      return [];
  }
}

/** Where a train state leaves the function that made it: `{ model, optimizer }`. */
function trainStateResidue(e: Emission, path: SourcePath, node: Expression, parts: readonly StatePart[]): Residue {
  const at = { path, span: node.span };
  const inner = withoutWraps(node);
  if (isKnownCall(e, node)) return { effects: [], text: textOf(e.draft, path, node.span) };
  const record = (nameOf: (part: StatePart) => string): string => {
    const texts = parts.map((each) => (nameOf(each) === each.key ? each.key : `${each.key}: ${nameOf(each)}`));
    return `{ ${texts.join(', ')} }`;
  };
  const known = (part: StatePart): string => carrierName(e, part.instance, { holds: part.holds, ...at });
  const fact = inner.kind === 'Call' ? e.analysis.facts.calls.get(inner) : undefined;
  if (fact?.call === 'trainState.create') {
    const copies = copyLines(e, path, { node: inner, fact, head: 'const ' });
    const made = new Set(fact.copies.map(({ to }) => to.id));
    const text = record((part) => {
      if (part.holds === 'optimizer') return 'optimizer';
      return made.has(part.instance.id) ? modelName(e.context.model, part.instance) : known(part);
    });
    return { effects: [`const optimizer = ${textOf(e.draft, path, inner.span)}`, ...copies], text };
  }
  const effects = inner.kind === 'Call' ? effectsOf(e, path, inner) : [];
  dropText(e.draft, path, node.span);
  return { effects, text: record(known) };
}

/** `state.applyGradients({ grads })` → `optimizer.update(model, grads)`; what else is replaced is the model's own. */
function changeEffects(
  e: Emission,
  path: SourcePath,
  node: Call,
  { instance, literal, copies }: ChangeFact,
): readonly string[] {
  const before = node.callee.kind === 'Member' ? effectsOf(e, path, node.callee.object) : [];
  dropText(e.draft, path, node.callee.span);
  const grads = literalProperty(literal, 'grads');
  const effects = literal.properties.flatMap((each): readonly string[] => {
    if (each.kind === 'Spread' || each.value === grads) return [];
    const value = e.analysis.facts.values.get(withoutWraps(each.value));
    dropText(e.draft, path, each.span);
    const copy = copies.find(({ field }) => field === each.key.name);
    const taken = copy === undefined ? [] : [takeOverLine(e, path, { ...copy, span: node.span })];
    if (value !== undefined && holdsState(value)) return [...effectsOf(e, path, each.value), ...taken];
    refuseImpure(e, path, [each.value]);
    return [];
  });
  if (grads === null) return [...before, ...effects];
  const at = { path, span: node.span };
  const model = carrierName(e, instance, { holds: 'model', ...at });
  const optimizer = carrierName(e, instance, { holds: 'optimizer', ...at });
  return [...before, ...effects, `${optimizer}.update(${model}, ${textOf(e.draft, path, grads.span)})`];
}

/** `nnx.update(target, optax.incrementalUpdate(nnx.state(model, nnx.Param), nnx.state(target, nnx.Param), tau))`. */
function mixEffects(
  e: Emission,
  path: SourcePath,
  { node, fact }: { node: Call; fact: Extract<CallFact, { call: 'mix' }> },
): readonly string[] {
  const kept = (span: Span): string => {
    e.revived.push({ path, span });
    return textOf(e.draft, path, span);
  };
  let text = '';
  let end = node.span.start;
  for (const each of fact.states) {
    const instance = parametersOf(e.analysis.facts.values.get(withoutWraps(each)) ?? plain)?.instance;
    if (instance === undefined) return refused(e, path, node).effects;
    refuseImpure(e, path, [each]);
    dropText(e.draft, path, each.span);
    text += kept({ start: end, end: each.span.start });
    text += parametersText(e, path, { instance, span: node.span });
    end = each.span.end;
  }
  text += kept({ start: end, end: node.span.end });
  const target = carrierName(e, fact.instance, { holds: 'model', path, span: node.span });
  return [`${nnxIn(e, path)}.update(${target}, ${text})`];
}

function treeMapEffects(
  e: Emission,
  path: SourcePath,
  { node, state, model }: { node: Call; state: Expression; model: string },
): readonly string[] {
  const nnx = nnxIn(e, path);
  const source = e.context.model.sources[path];
  if (source === undefined) return [];
  const rest = freeName(source, 'rest', node.span);
  const params = model === 'params' ? freeName(source, 'values', node.span) : 'params';
  refuseImpure(e, path, [state]);
  dropText(e.draft, path, state.span);
  const whole = textOf(e.draft, path, { start: node.span.start, end: state.span.start });
  const after = textOf(e.draft, path, { start: state.span.end, end: node.span.end });
  return [
    `const [, ${params}, ${rest}] = ${nnx}.split(${model}, ${nnx}.Param, '...')`,
    `${nnx}.update(${model}, ${nnx}.mergeState(${whole}${params}${after}, ${rest}))`,
  ];
}

function refused(e: Emission, path: SourcePath, node: { readonly span: Span }): Residue {
  refuseDraft(e.draft, 'L2N474', { path, span: node.span });
  return { effects: [], text: '?' };
}

/** A pattern without the names that held state; null when none is left. */
export function patternResidue(e: Emission, path: SourcePath, pattern: Pattern, template: Template): string | null {
  const at = { path, span: pattern.span };
  if (template.part === 'keep') return textOf(e.draft, path, pattern.span);
  if (template.part === 'drop') {
    dropText(e.draft, path, pattern.span);
    return null;
  }
  if (template.part === 'model' || template.part === 'optimizer' || template.part === 'trainState') {
    dropText(e.draft, path, pattern.span);
    return template.part === 'trainState' ? `{ ${template.parts.map(({ key }) => key).join(', ')} }` : template.part;
  }
  if (template.part === 'tuple' && pattern.kind === 'ArrayPattern') {
    const texts = pattern.elements.map((each, index) =>
      each === null ? '' : patternResidue(e, path, each, template.items[index] ?? { part: 'keep' }),
    );
    const left = texts.filter((_, index) => template.items[index]?.part !== 'drop').map((each) => each ?? '');
    if (soleItem(template) !== null) return left[0] === '' ? null : (left[0] ?? null);
    return left.every((each) => each === '') ? null : `[${left.join(', ').replace(/(, )+$/, '')}]`;
  }
  if (template.part === 'record' && pattern.kind === 'ObjectPattern' && pattern.rest === null) {
    const texts = pattern.properties.flatMap((each) => {
      const part = template.entries.get(each.key.name ?? '') ?? { part: 'keep' };
      const text = patternResidue(e, path, each.value, part);
      if (text === null) return [];
      return [part.part === 'keep' ? textOf(e.draft, path, each.span) : `${each.key.name}: ${text}`];
    });
    return texts.length === 0 ? null : `{ ${texts.join(', ')} }`;
  }
  refuseDraft(e.draft, 'L2N474', at);
  return null;
}
