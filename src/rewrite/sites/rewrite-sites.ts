/** Everything outside module classes that makes, initialises, runs or trains a model of the unit. */
import type { Diagnostic } from '../../ir/diagnostic.js';
import type { Edit, ImportNeed } from '../../ir/edit.js';
import type { ModulePlan, RewriteContext } from '../../ir/module-plan.js';
import type { ProgramPlan } from '../../ir/program.js';
import type { ConversionUnit } from '../../ir/project.js';
import type { SourceModel } from '../../ir/source.js';
import type { Parameter } from '../../ir/syntax.js';
import { childrenOf, type SyntaxNode } from '../../ir/walk.js';
import { analyseSites, type SiteAnalysis } from './analyse.js';
import { refuseLostCaches } from './caches.js';
import { emitNew } from './construct.js';
import { newDraft, refuseDraft } from './draft.js';
import { emitCall, emitLeaf } from './emit-call.js';
import { emitExpression, emitFunction, emitReturn, emitVariable, refuseLeftovers } from './emit-statement.js';
import type { Emission } from './emission.js';
import { functionShapes } from './function-shapes.js';
import { emitModeStatements } from './modes.js';
import { carriersOf } from './names.js';
import { programsOf } from './programs.js';
import { removeStateClasses } from './state-classes.js';
import { removeUnused, unreadParameters } from './unused.js';

export type SitesRewrite =
  | {
      readonly status: 'converted';
      readonly edits: readonly Edit[];
      readonly imports: readonly ImportNeed[];
      readonly programs: readonly ProgramPlan[];
      readonly notes: readonly Diagnostic[];
    }
  | { readonly status: 'refused'; readonly refusals: readonly Diagnostic[] };

/**
 * Follows the state of the unit's models through the program and writes the NNX program for it. Refused where state
 * does not flow in a straight line, or in a form that has no text yet.
 */
export function rewriteSites(
  context: RewriteContext,
  unit: ConversionUnit,
  modules: readonly ModulePlan[],
): SitesRewrite {
  const { model } = context;
  const plans = new Map(modules.map((each) => [each.class, each]));
  const analysis = analyseSites(model, unit, plans);
  const detached = model.detached.filter((each) => unit.paths.includes(each.path));
  const passedOn = detached.find((each) => !analysis.facts.appliers.has(each.node));
  if (passedOn !== undefined) {
    return {
      status: 'refused',
      refusals: [{ code: 'L2N456', path: passedOn.path, span: passedOn.node.span, data: {} }],
    };
  }
  if (analysis.refusals.length > 0) return { status: 'refused', refusals: analysis.refusals };
  let unread: ReadonlySet<Parameter> = new Set();
  for (;;) {
    const e = emit(context, unit, { plans, analysis, unread });
    const next = new Set(unreadParameters(e));
    if (e.draft.refusals.length > 0) return { status: 'refused', refusals: e.draft.refusals };
    if (next.size > unread.size) {
      unread = next;
      continue;
    }
    const notes = [...e.draft.notes, ...keyNotes(e)];
    return { status: 'converted', edits: e.draft.edits, imports: e.draft.imports, programs: programsOf(e), notes };
  }
}

interface Pass {
  readonly plans: Emission['plans'];
  readonly analysis: SiteAnalysis;
  readonly unread: ReadonlySet<Parameter>;
}

function emit(context: RewriteContext, unit: ConversionUnit, { plans, analysis, unread }: Pass): Emission {
  const { model } = context;
  const shapes = functionShapes(model, analysis);
  const e: Emission = {
    context,
    plans,
    analysis,
    draft: newDraft(model),
    shapes: new Map(shapes.map((each) => [each.node, each])),
    carriers: carriersOf(model, analysis, { shapes, paths: unit.paths }),
    unreadParams: unread,
    revived: [],
    sizeReads: [],
    cached: new Map(),
    views: new Map(),
  };
  for (const path of unit.paths) {
    const source = model.sources[path];
    if (source !== undefined) for (const each of source.body) emitNode(e, source, each);
  }
  emitModeStatements(e);
  removeUnused(e, unit.paths);
  removeStateClasses(e, unit.paths);
  refuseLeftovers(e);
  refuseLostCaches(e);
  refuseLostComments(e);
  return e;
}

/** Every comment survives but the doc of a declaration that goes: a place whose new text would lose one is left. */
function refuseLostComments({ context, draft }: Emission): void {
  for (const { path, start, end, text } of draft.edits) {
    for (const comment of context.model.sources[path]?.comments ?? []) {
      const isGone = draft.goneDocs.some((each) => each.path === path && each.span.start === comment.span.start);
      const inside = !isGone && start <= comment.span.start && comment.span.end <= end;
      if (inside && !text.includes(comment.text.trim())) refuseDraft(draft, 'L2N478', { path, span: comment.span });
    }
  }
}

/** Inner nodes first: outer ones take their text up. */
function emitNode(e: Emission, source: SourceModel, node: SyntaxNode): void {
  if (node.kind === 'ClassDeclaration' || node.kind === 'ClassExpression') return;
  for (const child of childrenOf(node)) emitNode(e, source, child);
  switch (node.kind) {
    case 'New':
      return emitNew(e, source.path, node);
    case 'Call':
      return emitCall(e, source.path, node);
    case 'Member':
    case 'Index':
      return emitLeaf(e, source.path, node);
    case 'Function':
      return emitFunction(e, source, node);
    case 'FunctionDeclaration':
      return emitFunction(e, source, node.function);
    case 'Variable':
      return emitVariable(e, source, node);
    case 'Expression':
      return emitExpression(e, source, node);
    case 'Return':
      return emitReturn(e, source, node);
    default:
  }
}

/** A dropout key that only served the model is gone: said once for each function that took one. */
function keyNotes(e: Emission): readonly Diagnostic[] {
  return [...e.shapes.values()].flatMap((shape) =>
    shape.params.flatMap(({ parameter }): Diagnostic[] => {
      const isKey =
        /(^|\.)Key$/.test(parameter.type?.text ?? '') || e.analysis.facts.params.get(parameter)?.is === 'key';
      if (!isKey || !e.unreadParams.has(parameter)) return [];
      const source = e.context.model.sources[shape.path];
      const name = source?.text.slice(parameter.pattern.span.start, parameter.pattern.span.end) ?? 'key';
      return [{ code: 'L2N630', path: shape.path, span: parameter.span, data: { name: name.split(':')[0] ?? name } }];
    }),
  );
}
