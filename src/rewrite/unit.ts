/** A unit's classes and sites, rewritten together or left together. */
import type { Diagnostic } from '../ir/diagnostic.js';
import type { Edit, LeftUnit, UnitRewrite } from '../ir/edit.js';
import type { ModulePlan, RewriteContext } from '../ir/module-plan.js';
import type { ConversionUnit } from '../ir/project.js';
import { classOf } from '../ir/resolve.js';
import type { ClassPlan } from './modules/draft.js';
import { moduleEdits } from './modules/edits.js';
import { planModules } from './modules/plan.js';
import { counterpart, linenMentions, nnxNamespace, replacement } from './namespaces.js';
import { rewriteSites } from './sites/rewrite-sites.js';
import { isInside } from './text.js';

/** The unit's edits with what others must know of it; or why it stays as it is, with the places of its markers. */
export function rewriteUnit(context: RewriteContext, unit: ConversionUnit): UnitRewrite {
  const planned = planModules(context, unit);
  if ('refusals' in planned) return leftUnit(context, unit, planned.refusals);
  const sites = rewriteSites(context, unit, planned.plans);
  if (sites.status === 'refused') return leftUnit(context, unit, sites.refusals);
  const modules = moduleEdits(planned.plans);
  const edits = [...modules.edits, ...sites.edits];
  const renames = leftOverNames(context, unit, edits);
  return {
    status: 'converted',
    unit: unit.id,
    edits: [...edits, ...renames],
    imports: [
      ...modules.imports,
      ...sites.imports,
      ...renames.map((each) => nnxNamespace(context.model, each.path).need),
    ],
    manifest: planned.plans.map((each) => each.manifest),
    modules: planned.plans.map(withoutDecisions),
    programs: sites.programs,
    notes: [...modules.notes, ...sites.notes],
  };
}

/** The plan as plain data, for the verifier and the report. */
function withoutDecisions({ decided: _decided, ...plan }: ClassPlan): ModulePlan {
  return plan;
}

/** Names of both styles outside classes and sites, in the files of the unit's classes: `const { zeros } = nn.initializers`. */
function leftOverNames({ model }: RewriteContext, unit: ConversionUnit, edits: readonly Edit[]): readonly Edit[] {
  const paths = new Set(unit.classes.map((each) => classOf(model, each)?.path ?? ''));
  return [...paths].flatMap((path) => {
    const source = model.sources[path];
    const nnx = nnxNamespace(model, path);
    if (source === undefined || nnx.taken) return [];
    const classes = model.classes.filter((each) => each.path === path).map((each) => each.node.span);
    return linenMentions(model, source).flatMap((mention) => {
      const isElsewhere = [...classes, ...edits.filter((each) => each.path === path)].every(
        (each) => !isInside(mention.span, each),
      );
      const text = counterpart(mention, nnx.local);
      const isShared = text !== null && mention.use === 'value';
      return isShared && isElsewhere ? [replacement(path, mention.span, text, 'basic-module')] : [];
    });
  });
}

function leftUnit({ model }: RewriteContext, unit: ConversionUnit, refusals: readonly Diagnostic[]): LeftUnit {
  const [decisive] = refusals;
  const code = decisive?.code ?? '';
  const classes = unit.classes.flatMap((id) => {
    const module = classOf(model, id);
    const source = module === null ? undefined : model.sources[module.path];
    if (module === null || source === undefined) return [];
    const own = refusals.find((each) => each.path === module.path && isInside(each.span, module.node.span));
    const statement = source.body.find((each) => isInside(module.node.span, each.span));
    return [
      { path: module.path, at: statement?.span.start ?? module.node.span.start, code: own?.code ?? code, class: id },
    ];
  });
  const markers = classes.length > 0 ? classes : statementMarkers(model, refusals.slice(0, 1));
  return { status: 'left', unit: unit.id, refusals, markers };
}

/** A unit of calls alone is marked at the statement of its first refusal. */
function statementMarkers(model: RewriteContext['model'], refusals: readonly Diagnostic[]): LeftUnit['markers'] {
  return refusals.flatMap(({ path, span, code }) => {
    const statement = model.sources[path]?.body.find((each) => isInside(span, each.span));
    return [{ path, at: statement?.span.start ?? span.start, code, class: null }];
  });
}
