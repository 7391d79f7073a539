/** The units of one file, each converted as if the file were the project. */
import { mergeProject } from '../analyze/merge.js';
import { readText } from '../analyze/read-source.js';
import { planUnits } from '../analyze/units.js';
import { applyEdits } from '../edit/apply.js';
import { formatChanges } from '../edit/format.js';
import { inferSizes } from '../infer/infer-sizes.js';
import type { RewriteContext } from '../ir/module-plan.js';
import { defaultRunOptions } from '../pipeline/options.js';
import { withoutUnusedImports } from '../pipeline/unused-imports.js';
import { rewriteUnit } from '../rewrite/unit.js';

export interface ConvertedClasses {
  /** Names of the classes that are converted together. */
  readonly classes: readonly string[];
  /** The whole file with them, and with nothing else, converted. */
  readonly text: string;
}

/** Formats as the project at `root` does. A unit that would be left is not among the answers. */
export async function convertText(root: string, path: string, text: string): Promise<readonly ConvertedClasses[]> {
  const source = readText(path, text);
  if (source.errors.length > 0) return [];
  const model = mergeProject([source]);
  const units = planUnits(model);
  const { style, keys } = defaultRunOptions;
  const context: RewriteContext = { model, sizes: inferSizes(model), style, keys, units };
  const converted: ConvertedClasses[] = [];
  for (const unit of units) {
    const rewrite = rewriteUnit(context, unit);
    if (rewrite.status !== 'converted') continue;
    const { changes, failures } = applyEdits(model.sources, [rewrite]);
    if (failures.length > 0 || changes.length !== 1) continue;
    const [formatted] = await formatChanges(root, [withoutUnusedImports(source, changes[0]!)]);
    converted.push({ classes: unit.classes.map((each) => each.split('#')[1] ?? each), text: formatted!.after });
  }
  return converted;
}
