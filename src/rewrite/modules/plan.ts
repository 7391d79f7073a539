/** All decisions about the classes of a unit, before any text is written. */
import type { Diagnostic } from '../../ir/diagnostic.js';
import type { MethodPlan, PlannedParameter, RewriteContext } from '../../ir/module-plan.js';
import type { ClassId, ConversionUnit, ModuleClass } from '../../ir/project.js';
import type { BindingId, Identifier, Statement } from '../../ir/syntax.js';
import { walk } from '../../ir/walk.js';
import { nnxNamespace } from '../namespaces.js';
import { collectRefusals } from '../refusals.js';
import { droppedAnnotations } from './annotations.js';
import { writeClass } from './class-edits.js';
import { type Caches, decideCaches } from './caches.js';
import { isCarryAlone, withoutArguments, withoutInput } from './carry-alone.js';
import { classOrder } from './class-order.js';
import type { Built, ClassPlan, Draft, ModeDecisions, ParameterDecisions } from './draft.js';
import { manifestEntry, runStreams, writtenCollections } from './entry.js';
import { isKeyless } from './inner-edits.js';
import { isSetAtInit, type Lifecycle, readLifecycle } from './lifecycle.js';
import { readAxes } from './lift-axes.js';
import { checkConstants } from './lifting.js';
import { decideModes } from './modes.js';
import { deadProperties, decideMoves, declaredNames, isDeadAlias, type Moves } from './moving.js';
import { buildSteps } from './order.js';
import { decideParameters } from './parameters.js';
import { readParts } from './parts.js';
import { checkForeignCalls, checkForm, checkInheritance, checkNames, checkOverrides } from './preconditions.js';
import { readSelfUses } from './self-uses.js';
import { usedCollections } from './used-collections.js';
import { collectionClass } from './variable-classes.js';

export type ModulesPlanned = { readonly plans: readonly ClassPlan[] } | { readonly refusals: readonly Diagnostic[] };

/** Plans every class of a unit, what is built first before what builds it; or says everything that stands against it. */
export function planModules(context: RewriteContext, unit: ConversionUnit): ModulesPlanned {
  const first = planOnce(context, unit, new Set());
  const kept = new Set(first.flagged);
  // Flags that do not follow one mode stay arguments: each round may find callers that must pass theirs on.
  while (kept.size > 0) {
    const { found, flagged } = planOnce(context, unit, kept);
    const more = [...flagged].filter((each) => !kept.has(each));
    if (more.length === 0) return modeRefusals(found) < modeRefusals(first.found) ? found : first.found;
    more.forEach((each) => kept.add(each));
  }
  return first.found;
}

interface Round {
  readonly found: ModulesPlanned;
  readonly flagged: ReadonlySet<ClassId>;
}

function modeRefusals(found: ModulesPlanned): number {
  return 'refusals' in found ? found.refusals.filter(({ code }) => code >= 'L2N412' && code <= 'L2N415').length : -1;
}

function planOnce(context: RewriteContext, unit: ConversionUnit, kept: ReadonlySet<ClassId>): Round {
  const done = new Map<ClassId, ClassPlan>();
  const flagged = new Set<ClassId>();
  const refusals: Diagnostic[] = context.sizes.refusals.filter(
    (each) => each.class !== null && unit.classes.includes(each.class),
  );
  for (const module of classOrder(context.model, unit.classes)) {
    const { plan, found } = planClass(context, module, { done, kept, flagged });
    refusals.push(...found);
    done.set(module.id, plan);
  }
  const found = refusals.length > 0 ? { refusals: inTextOrder(refusals) } : { plans: [...done.values()] };
  return { found, flagged };
}

/** The constructor of a class in text: its new arguments, the parameters that stay, `{ rngs }`. */
function planClass(
  context: RewriteContext,
  module: ModuleClass,
  around: Around,
): { readonly plan: ClassPlan; readonly found: readonly Diagnostic[] } {
  const { done } = around;
  const draft = startDraft(context, module, around);
  const built = withAxes(draft, readParts(draft, buildSteps(draft)));
  const lifecycle = readLifecycle(draft, built);
  const caches = decideCaches(draft, built, lifecycle);
  const carryAlone = isCarryAlone(draft);
  checkInheritance(draft, built.length > 0);
  checkForeignCalls(draft, built);
  const decided = withoutArguments(built, decideModes(draft, built));
  const modes = carryAlone ? withoutInput(decided) : decided;
  checkOverrides(draft, modes.methods);
  const moves = decideMoves(draft, built, modes);
  const parameters = decideParameters(draft, { modes, moves, caches });
  const sizes = context.sizes.classes[module.id]?.newArguments.map((each) => each.name) ?? [];
  const usesRngs = drawsWhenRun(draft, moves);
  const base = module.base.base === 'class' ? done.get(module.base.id) : undefined;
  const needsRngs = usesRngs || built.some(needsKey) || base?.needsRngs === true;
  checkNames(draft, constructorNames(draft, { parameters, sizes, moves, needsRngs, usesRngs }), moves.spans);
  const text = writeClass(draft, {
    decided: { built, modes, parameters, moves, lifecycle },
    sizes,
    needsRngs,
    usesRngs,
    carryAlone,
    caches,
  });
  const plan = assemble(draft, {
    ...{ built, lifecycle, caches, modes, parameters, sizes },
    needsRngs,
    usesRngs,
    carryAlone,
    text,
    base,
  });
  return { plan, found: draft.refusals.found };
}

/** Lifted modules with the axes of their state. */
function withAxes(draft: Draft, built: readonly Built[]): readonly Built[] {
  checkConstants(
    draft,
    built.filter((each) => each.builds === 'module'),
  );
  return built.map((part) => {
    if (part.builds === 'variable' || part.lifting === null) return part;
    return { ...part, axes: readAxes(draft, part.node, { lifting: part.lifting, target: part.target }) };
  });
}

type Around = Pick<Draft, 'done' | 'kept' | 'flagged'>;

function startDraft(context: RewriteContext, module: ModuleClass, around: Around): Draft {
  const source = context.model.sources[module.path];
  if (source === undefined) throw new Error(`linen2nnx bug: ${module.path} of ${module.id} is not in the model.`);
  const { uses, escapes } = readSelfUses(source, module);
  const draft: Draft = {
    context,
    module,
    source,
    ...around,
    refusals: collectRefusals(module.path, { class: module.name }),
    nnx: nnxNamespace(context.model, module.path).local,
    selfUses: uses,
    identifiers: identifiersOf(module),
    typed: !['js', 'jsx', 'mjs', 'cjs'].includes(source.layout.language),
  };
  checkForm(draft, escapes);
  return draft;
}

function identifiersOf(module: ModuleClass): ReadonlyMap<BindingId, readonly Identifier[]> {
  const found = new Map<BindingId, Identifier[]>();
  walk(module.node.members, (node) => {
    if (node.kind !== 'Identifier' || node.binding === null) return;
    found.set(node.binding, [...(found.get(node.binding) ?? []), node]);
  });
  return found;
}

/** Whether it keeps the streams to draw from them later. */
function drawsWhenRun(draft: Draft, moves: Moves): boolean {
  return draft.selfUses.some(
    (use) =>
      use.name === 'makeRng' && !moves.spans.some((each) => each.start <= use.span.start && use.span.end <= each.end),
  );
}

function needsKey(part: Built): boolean {
  if (part.builds === 'variable') return part.form === 'param' && !isKeyless(part.init);
  return part.target.target === 'class' ? part.target.plan.needsRngs : part.target.record.rngs !== 'none';
}

function constructorNames(
  draft: Draft,
  at: {
    readonly parameters: ParameterDecisions;
    readonly sizes: readonly string[];
    readonly moves: Moves;
    readonly needsRngs: boolean;
    readonly usesRngs: boolean;
  },
): ReadonlySet<string> {
  const taken = new Set([...at.sizes, ...at.parameters.kept.filter((each) => each.stays).map((each) => each.name)]);
  const head = draft.module.node.nameSpan ?? draft.module.node.span;
  const hasRngs = taken.has('rngs') || (at.usesRngs && draft.module.node.members.some((each) => each.name === 'rngs'));
  if (at.needsRngs && hasRngs) draft.refusals.add('L2N419', head, { name: 'rngs' });
  if (at.needsRngs) taken.add('rngs');
  const dead = (draft.module.setup?.body?.body ?? []).filter((each) => isDeadAlias(draft, each));
  const deadNames = new Set([
    ...dead.flatMap((each) => (each.kind === 'Variable' ? declaredNames(each) : [])),
    ...(draft.module.setup?.body?.body ?? []).flatMap((each) => partlyDead(draft, each)),
  ]);
  for (const name of at.moves.names) {
    const isTaken = taken.has(name) && !deadNames.has(name);
    if (isTaken) draft.refusals.add('L2N419', head, { name });
  }
  taken.delete('');
  return new Set([...taken, ...at.moves.names]);
}

function partlyDead(draft: Draft, statement: Statement): readonly string[] {
  const dead = deadProperties(draft, statement);
  const target = statement.kind === 'Variable' ? statement.declarators[0]?.target : undefined;
  if (target?.kind !== 'ObjectPattern') return [];
  return target.properties.filter((_, index) => dead.has(index)).map(({ key }) => key.name ?? '');
}

interface Parts {
  readonly built: readonly Built[];
  readonly lifecycle: Lifecycle;
  readonly caches: Caches | null;
  readonly modes: ModeDecisions;
  readonly parameters: ParameterDecisions;
  readonly sizes: readonly string[];
  readonly needsRngs: boolean;
  readonly usesRngs: boolean;
  readonly carryAlone: boolean;
  readonly text: ClassPlan['decided']['text'];
  readonly base: ClassPlan | undefined;
}

function assemble(draft: Draft, parts: Parts): ClassPlan {
  const { built, modes, parameters, sizes, needsRngs, usesRngs, carryAlone, text, base } = parts;
  const inherits = draft.module.constructorMethod === null && base !== undefined;
  const own = parameters.kept.filter((each) => each.stays);
  return {
    class: draft.module.id,
    parameters: inherits
      ? base.parameters
      : [
          ...sizes.map(sizeParameter),
          ...own.map((each) => ({ from: 'field' as const, name: each.name, position: each.position })),
        ],
    needsRngs,
    methods: Object.fromEntries<MethodPlan>(modes.methods),
    constructorMode: modes.constructorMode ?? base?.constructorMode ?? null,
    modes: [...new Set([...(base?.modes ?? []), ...built.flatMap((each) => modesOf(each, modes))])].sort(),
    streams: [...new Set([...(base?.streams ?? []), ...runStreams(draft, built)])].sort(),
    collections: [...new Set([...(base?.collections ?? []), ...writtenCollections(draft, built, modes)])].sort(),
    customVariables: customVariables(draft, built),
    madeLater: [...new Set([...(base?.madeLater ?? []), ...built.flatMap(laterCollections)])].sort(),
    initCache: parts.caches === null ? (base?.initCache ?? null) : { parameter: parts.caches.sizes.parameter },
    manifest: withInherited(manifestEntry(draft, parts), base),
    decided: {
      draft,
      built,
      modes,
      parameters,
      usesRngs,
      carryAlone,
      text,
      notes: notesOf(draft, built, parts.lifecycle),
    },
  };
}

/** A subclass has what its base builds as well. */
function withInherited(entry: ClassPlan['manifest'], base: ClassPlan | undefined): ClassPlan['manifest'] {
  if (base === undefined) return entry;
  const { modules, variables } = base.manifest;
  return { ...entry, modules: [...modules, ...entry.modules], variables: [...variables, ...entry.variables] };
}

function sizeParameter(name: string, index: number): PlannedParameter {
  return { from: 'size', name, index };
}

function modesOf(part: Built, modes: ModeDecisions): readonly string[] {
  if (part.builds === 'variable') return [];
  if (part.target.target === 'class') return part.target.plan.modes;
  return part.target.record.mode === null || !modes.moded.has(part) ? [] : [part.target.record.mode.option];
}

function laterCollections(part: Built): readonly string[] {
  if (part.builds === 'variable') return part.made === 'initCache' ? [part.collection] : [];
  return part.target.target === 'class' ? part.target.plan.madeLater : [];
}

function customVariables(draft: Draft, built: readonly Built[]): ClassPlan['customVariables'] {
  const own = usedCollections(draft).flatMap((collection) => {
    const found = collectionClass(draft.context.model, collection);
    return found?.home == null ? [] : [{ collection, variable: found.name, source: found.home.path }];
  });
  const below = built.flatMap((each) =>
    each.builds === 'module' && each.target.target === 'class' ? each.target.plan.customVariables : [],
  );
  return [...new Map([...own, ...below].map((each) => [each.collection, each])).values()];
}

function notesOf(draft: Draft, built: readonly Built[], lifecycle: Lifecycle): readonly Diagnostic[] {
  const dropped = droppedAnnotations(draft).map(({ call, name }): Diagnostic => {
    return { code: 'L2N602', path: draft.source.path, span: call.span, data: { class: draft.module.name, name } };
  });
  const differing = built.flatMap((part): readonly Diagnostic[] => {
    if (part.builds !== 'variable' || !isSetAtInit(draft, lifecycle, part)) return [];
    const data = { class: draft.module.name, variable: part.attribute };
    return [{ code: 'L2N600', path: draft.source.path, span: part.node.span, data }];
  });
  return [...differing, ...dropped.slice(0, 1)];
}

function inTextOrder(refusals: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...refusals].sort((a, b) => (a.path === b.path ? a.span.start - b.span.start : a.path < b.path ? -1 : 1));
}
