/** What the emission of a unit's site edits works on. */
import type { RewriteContext } from '../../ir/module-plan.js';
import type { ModulePlan } from '../../ir/module-plan.js';
import { originalBinding } from '../../ir/resolve.js';
import { classOf } from '../../ir/resolve.js';
import type { ClassId } from '../../ir/project.js';
import type { Binding, SourcePath } from '../../ir/source.js';
import type { Call, Expression, FunctionExpression, Parameter, Span } from '../../ir/syntax.js';
import { nnxNamespace } from '../namespaces.js';
import { relativeSpecifier } from '../specifiers.js';
import type { SiteAnalysis } from './analyse.js';
import { type Draft, isDropped, refuseDraft } from './draft.js';
import type { FunctionShape } from './function-shapes.js';
import { type Carrier, carrierAt } from './names.js';
import type { CallFact } from './run.js';
import { isBornIn, type Template, templateOf } from './template.js';
import type { Instance } from './value.js';

export interface Emission {
  readonly context: RewriteContext;
  readonly plans: ReadonlyMap<ClassId, ModulePlan>;
  readonly analysis: SiteAnalysis;
  readonly draft: Draft;
  readonly shapes: ReadonlyMap<FunctionExpression, FunctionShape>;
  readonly carriers: readonly Carrier[];
  /** Parameters that nothing reads any more. */
  readonly unreadParams: ReadonlySet<Parameter>;
  /** Dropped text that another place took up. */
  readonly revived: { readonly path: SourcePath; readonly span: Span }[];
  /** Models whose cache has been made, with the `init` that made it. */
  readonly cached: Map<string, Call>;
  /** Names that sizes in the new text read, and where. */
  readonly sizeReads: { readonly path: SourcePath; readonly name: string; readonly at: number }[];
  /** Names of views, by the block that holds them. */
  readonly views: Map<string, string>;
}

/** Whether a read at this place is gone from the new text. */
export function isGone(e: Emission, path: SourcePath, span: Span): boolean {
  const taken = e.revived.some(
    (each) => each.path === path && each.span.start <= span.start && span.end <= each.span.end,
  );
  return !taken && isDropped(e.draft, path, span);
}

/** Whether a size in the new text reads the name. */
export function isReadBySize(e: Emission, { path, name, span, functionScope }: Binding): boolean {
  return e.sizeReads.some((each) => {
    const isInScope = functionScope.start <= each.at && each.at < functionScope.end;
    return each.path === path && each.name === name && isInScope && span.start < each.at;
  });
}

/** `nnx` as the file calls it; its import is asked for. */
export function nnxIn(e: Emission, path: SourcePath): string {
  const { local, need } = nnxNamespace(e.context.model, path);
  e.draft.imports.push(need);
  return local;
}

/** The name by which a model or its optimizer goes at a place; an import is added where the file has none. */
export function carrierName(
  e: Emission,
  instance: Instance,
  at: { holds: Carrier['holds']; path: SourcePath; span: Span },
): string {
  const place = { holds: at.holds, path: at.path, at: at.span.start };
  const carrier = carrierAt(e.carriers, instance, place);
  if (carrier !== null) return carrier.name;
  const outer = e.carriers.find((each) => isExported(e, each, instance, at.holds));
  if (outer === undefined) {
    refuseDraft(e.draft, 'L2N474', at);
    return '?';
  }
  const module = relativeSpecifier(e.context.model, at.path, outer.path);
  e.draft.imports.push({ path: at.path, module, imported: outer.name, local: outer.name, typeOnly: false });
  return outer.name;
}

function isExported(e: Emission, carrier: Carrier, instance: Instance, holds: Carrier['holds']): boolean {
  const { from } = carrier;
  if (carrier.instance.id !== instance.id || carrier.holds !== holds || from.by !== 'declaration') return false;
  const source = e.context.model.sources[carrier.path];
  return from.statement.exported && source?.body.includes(from.statement) === true;
}

/** The class of a model as the file names it, for a type. */
export function className(e: Emission, instance: Instance, path: SourcePath): string {
  const { model } = e.context;
  const made = classOf(model, instance.class);
  if (made === undefined || made === null) return 'unknown';
  if (made.path === path) return made.name;
  const binding = made.node.binding;
  const imported = Object.values(model.sources[path]?.bindings ?? {}).find(
    (each) => each.import !== null && each.import.imported !== '*' && originalBinding(model, each.id) === binding,
  );
  const local = imported?.name ?? made.name;
  const module = imported?.import?.specifier ?? relativeSpecifier(model, path, made.path);
  const name = imported?.import?.imported ?? made.name;
  e.draft.imports.push({ path, module, imported: name, local, typeOnly: true });
  return local;
}

export function isTyped(e: Emission, path: SourcePath): boolean {
  return /^[mc]?tsx?$/.test(e.context.model.sources[path]?.layout.language ?? 'ts');
}

/** What becomes of an expression's value where it stands. */
export function templateAt(e: Emission, node: Expression): Template {
  // The analysis keeps a function's result under its node; as a value it is a function.
  if (node.kind === 'Function') return { part: 'keep' };
  const fact = node.kind === 'Call' ? e.analysis.facts.calls.get(node) : undefined;
  if (fact?.call === 'function') return resultTemplate(e, fact);
  const value = e.analysis.facts.values.get(node);
  // A model made inside the expression (`tf.tidy(() => …)`) comes out of it: it may not be dropped with its state.
  const isInside = (each: { readonly node: { readonly span: Span } | null }): boolean =>
    each.node !== null && node.span.start <= each.node.span.start && each.node.span.end <= node.span.end;
  return value === undefined ? { part: 'keep' } : templateOf(value, node.kind === 'Call' ? isInside : undefined);
}

function resultTemplate(e: Emission, fact: Extract<CallFact, { call: 'function' }>): Template {
  const result = e.analysis.facts.results.get(fact.function);
  return result === undefined ? { part: 'keep' } : templateOf(result, isBornIn(fact.path, fact.function));
}
