/** Variables taken apart by collection and put together again: `nnx.split` and `nnx.merge`. */
import { collections } from '../../../runtime/catalogue/collections.js';
import { withoutWraps } from '../../ir/resolve.js';
import type { SourceModel } from '../../ir/source.js';
import type { Declarator, ObjectLiteral, Statement } from '../../ir/syntax.js';
import { walk } from '../../ir/walk.js';
import { relativeSpecifier } from '../specifiers.js';
import { dropText, replace } from './draft.js';
import { carrierName, type Emission, nnxIn } from './emission.js';
import type { Instance } from './value.js';

type Variable = Extract<Statement, { kind: 'Variable' }>;

interface Taken {
  readonly instance: Instance;
  /** In the order of the pattern. */
  readonly parts: readonly { readonly collection: string; readonly name: string }[];
}

/**
 * `const { params, counter } = variables; const again = { params, counter };` where nothing else reads the names. True
 * when the statement was such a one and is done.
 */
export function emitSplit(e: Emission, source: SourceModel, node: Variable): boolean {
  const [declarator] = node.declarators;
  const taken = declarator === undefined || node.declarators.length > 1 ? null : takenApart(e, source, declarator);
  if (taken === null || declarator?.init === null || declarator === undefined) return false;
  const rebuilt = rebuiltFrom(e, source, taken);
  const types = taken.parts.map(({ collection }) => variableType(e, source, { collection }));
  if (rebuilt === null || types.some((each) => each === null)) return false;
  const { path } = source;
  const nnx = nnxIn(e, path);
  const model = carrierName(e, taken.instance, { holds: 'model', path, span: node.span });
  const names = taken.parts.map((each) => each.name).join(', ');
  dropText(e.draft, path, declarator.span);
  const split = `const [graphdef, ${names}] = ${nnx}.split(${model}, ${types.join(', ')});`;
  replace(e.draft, { path, span: node.span, idiom: 'collections' }, split);
  for (const literal of rebuilt) {
    dropText(e.draft, path, literal.span);
    replace(e.draft, { path, span: literal.span, idiom: 'collections' }, `${nnx}.merge(graphdef, ${names})`);
  }
  return true;
}

/** Whether a declaration puts together what `emitSplit` took apart. */
export function isRebuilt(e: Emission, node: Variable): boolean {
  const init = node.declarators[0]?.init;
  return (
    init !== null &&
    init !== undefined &&
    e.draft.edits.some(
      (each) =>
        each.idiom === 'collections' &&
        each.start === withoutWraps(init).span.start &&
        each.text.includes('.merge(graphdef'),
    )
  );
}

function takenApart(e: Emission, source: SourceModel, { target, init }: Declarator): Taken | null {
  if (target.kind !== 'ObjectPattern' || target.rest !== null || init === null) return null;
  const value = e.analysis.facts.values.get(withoutWraps(init));
  if (value?.is !== 'record' || value.variablesOf === null) return null;
  const plan = e.plans.get(value.variablesOf.class);
  if (plan === undefined || plan.streams.length > 0 || target.properties.length !== value.entries.size) return null;
  const parts = target.properties.map(({ key, value: pattern }) => {
    const binding =
      pattern.kind === 'IdentifierPattern' && pattern.binding !== null ? source.bindings[pattern.binding] : undefined;
    return key.name === null || binding === undefined || binding.exported
      ? null
      : { collection: key.name, name: binding.name };
  });
  return parts.some((each) => each === null)
    ? null
    : { instance: value.variablesOf, parts: parts.filter((each) => each !== null) };
}

/** Object literals of unread constants that hold all the parts; null when anything else reads one. */
function rebuiltFrom(e: Emission, source: SourceModel, { instance, parts }: Taken): readonly ObjectLiteral[] | null {
  const found: ObjectLiteral[] = [];
  walk(source.body, (node) => {
    if (node.kind !== 'Variable') return true;
    for (const { target, init } of node.declarators) {
      const literal = init === null ? null : withoutWraps(init);
      const value = literal === null ? undefined : e.analysis.facts.values.get(literal);
      const binding =
        target.kind === 'IdentifierPattern' && target.binding !== null ? source.bindings[target.binding] : undefined;
      if (
        literal?.kind !== 'ObjectLiteral' ||
        value?.is !== 'record' ||
        binding === undefined ||
        binding.reads.length > 0
      )
        continue;
      const first = [...value.entries.values()][0];
      const same = value.entries.size === parts.length && parts.every((each) => value.entries.has(each.collection));
      if (same && first?.is === 'state' && first.instance.id === instance.id) found.push(literal);
    }
    return true;
  });
  const reads = parts.flatMap(({ name }) =>
    Object.values(source.bindings)
      .filter((each) => each.name === name)
      .flatMap((each) => each.reads),
  );
  const inside = reads.every((read) => found.some(({ span }) => span.start <= read.start && read.end <= span.end));
  return found.length > 0 && inside ? found : null;
}

/** `nnx.Param`, or the class that a custom collection has. */
function variableType(e: Emission, source: SourceModel, { collection }: { collection: string }): string | null {
  const known = collections.find((each) => each.collection === collection);
  if (known !== undefined) return `${nnxIn(e, source.path)}.${known.variable}`;
  for (const plan of e.plans.values()) {
    const custom = plan.customVariables.find((each) => each.collection === collection);
    if (custom === undefined) continue;
    if (custom.source !== source.path) {
      const module = relativeSpecifier(e.context.model, source.path, custom.source);
      e.draft.imports.push({
        path: source.path,
        module,
        imported: custom.variable,
        local: custom.variable,
        typeOnly: false,
      });
    }
    return custom.variable;
  }
  return null;
}
