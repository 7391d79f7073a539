/** Converts module classes given as text; sizes are inferred, or stated by the test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mergeProject } from '../../src/analyze/merge.js';
import { readText } from '../../src/analyze/read-source.js';
import { planUnits } from '../../src/analyze/units.js';
import { applyEdits } from '../../src/edit/apply.js';
import { formatChanges } from '../../src/edit/format.js';
import { inferSizes } from '../../src/infer/infer-sizes.js';
import type { ConvertedUnit } from '../../src/ir/edit.js';
import type { RewriteContext } from '../../src/ir/module-plan.js';
import type { ProjectModel } from '../../src/ir/project.js';
import type { SizeExpression, SizePlan } from '../../src/ir/sizes.js';
import type { ClassPlan } from '../../src/rewrite/modules/draft.js';
import { moduleEdits } from '../../src/rewrite/modules/edits.js';
import { planModules } from '../../src/rewrite/modules/plan.js';

export interface StatedSizes {
  /** New arguments by class. */
  readonly [className: string]: {
    readonly args: readonly string[];
    /** Sizes by the text of the `new`. */
    readonly sites: { readonly [text: string]: readonly string[] };
  };
}
export interface Conversion {
  readonly texts: { readonly [path: string]: string };
  readonly codes: readonly string[];
  readonly plans: readonly ClassPlan[];
  readonly whys: readonly string[];
}

const prettierOptions = JSON.stringify({ printWidth: 100, singleQuote: true });

export async function convert(
  files: string | { readonly [path: string]: string },
  sizes: StatedSizes | null = null,
): Promise<Conversion> {
  const given = typeof files === 'string' ? { 'model.ts': files } : files;
  const model = mergeProject(Object.entries(given).map(([path, text]) => readText(path, text)));
  const context: RewriteContext = {
    model,
    sizes: sizes === null ? inferSizes(model) : sizePlan(model, sizes),
    style: 'guide',
    keys: 'drop',
    units: planUnits(model),
  };
  const units: ConvertedUnit[] = [];
  const plans: ClassPlan[] = [];
  const refused: { code: string; why: string }[] = [];
  for (const unit of context.units) {
    const result = planModules(context, unit);
    if ('refusals' in result) {
      refused.push(
        ...result.refusals.map((each) => ({ code: each.code, why: `${each.code} ${JSON.stringify(each.data)}` })),
      );
      continue;
    }
    plans.push(...result.plans);
    const { edits, imports, notes } = moduleEdits(result.plans);
    const manifest = result.plans.map((each) => each.manifest);
    units.push({
      status: 'converted',
      unit: unit.id,
      edits,
      imports,
      manifest,
      modules: result.plans,
      programs: [],
      notes,
    });
  }
  const { changes, failures } = applyEdits(model.sources, units);
  if (failures.length > 0) throw new Error(failures.map((each) => each.message).join('\n'));
  const root = mkdtempSync(join(tmpdir(), 'convert-'));
  writeFileSync(join(root, '.prettierrc'), prettierOptions);
  const formatted = await formatChanges(root, changes).finally(() => rmSync(root, { recursive: true }));
  const texts = { ...given, ...Object.fromEntries(formatted.map((each) => [each.path, each.after])) };
  return { texts, codes: [...new Set(refused.map((each) => each.code))], plans, whys: refused.map((each) => each.why) };
}

function sizePlan(model: ProjectModel, stated: StatedSizes): SizePlan {
  const classes: { [id: string]: SizePlan['classes'][string] } = {};
  const sites: { [id: string]: SizePlan['sites'][string] } = {};
  for (const each of model.classes) {
    const newArguments = (stated[each.name]?.args ?? []).map((name) => ({ name, meaning: '', source: null }));
    classes[each.id] = { newArguments, threads: [], confidence: 'static' };
  }
  for (const site of model.constructs) {
    const name = model.classes.find((each) => each.id === site.owner?.class)?.name ?? '';
    const text = model.sources[site.path]!.text.slice(site.node.span.start, site.node.span.end).replace(/\s+/g, ' ');
    const sizes = stated[name]?.sites[text];
    sites[site.id] = { sizes: (sizes ?? []).map(expression) };
  }
  return { classes, sites, places: {}, caches: {}, cacheShapes: {}, refusals: [] };
}

function expression(text: string): SizeExpression {
  return { text, reads: [], confidence: 'static', chain: [] };
}
