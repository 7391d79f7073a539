/** Applies, formats and checks the edits; units whose text does not type-check are taken back until all that is left does. */
import type { FileChange, UnitRewrite } from '../ir/edit.js';
import type { ConversionUnit, ProjectModel } from '../ir/project.js';
import { applyEdits } from '../edit/apply.js';
import { formatChanges } from '../edit/format.js';
import { checkProgram, type ProgramCheck, type ProgramError } from '../project/check-program.js';
import { leaveUnit } from './left-units.js';
import type { OnProgress, RunOptions } from './options.js';
import { withoutUnusedImports } from './unused-imports.js';

export interface SettleInput {
  readonly root: string;
  readonly model: ProjectModel;
  readonly units: readonly ConversionUnit[];
  readonly options: RunOptions;
  /** Folder of this package where the project does not have it installed. */
  readonly packageRoot: string | null;
  /** Files that may be written; markers elsewhere are not placed. */
  readonly selected: ReadonlySet<string>;
  readonly onProgress: OnProgress;
}
export interface Settled {
  readonly rewrites: readonly UnitRewrite[];
  readonly changes: readonly FileChange[];
}

/** The changes that parse and type-check at least as well as before (S2), and the rewrites they come from. */
export async function settle(input: SettleInput, rewrites: readonly UnitRewrite[]): Promise<Settled> {
  let current = rewrites;
  for (;;) {
    const { changes: applied, failures } = applyEdits(input.model.sources, withinPaths(current, input.selected));
    const changes = applied.map((each) => withoutUnusedImports(input.model.sources[each.path], each));
    if (failures.length > 0) {
      current = takeBack(
        input,
        current,
        new Map(failures.flatMap(({ units, message }) => units.map((unit) => [unit, { code: 'L2N494', message }]))),
      );
      continue;
    }
    const formatted = input.options.format ? await formattedChanges(input, changes) : changes;
    const check = await checked(input, formatted);
    const guilty = guiltyUnits(check.newErrors, formatted, current);
    if (guilty.size === 0) return { rewrites: current, changes: formatted };
    current = takeBack(input, current, guilty);
  }
}

async function formattedChanges(
  { root, onProgress }: SettleInput,
  changes: readonly FileChange[],
): Promise<readonly FileChange[]> {
  onProgress({ phase: 'format', done: 0, total: changes.length, text: `${changes.length} files` });
  return formatChanges(root, changes);
}

async function checked(input: SettleInput, changes: readonly FileChange[]): Promise<ProgramCheck> {
  if (changes.length === 0) return { newErrors: [], after: 0 };
  input.onProgress({ phase: 'check', done: 0, total: changes.length, text: 'types' });
  return checkProgram(input.root, changes, {
    files: Object.keys(input.model.sources),
    ...(input.options.project === null ? {} : { project: input.options.project }),
    ...(input.packageRoot === null ? {} : { packageRoot: input.packageRoot }),
  });
}

/** Markers of left units go only where the run may write. */
function withinPaths(rewrites: readonly UnitRewrite[], selected: ReadonlySet<string>): readonly UnitRewrite[] {
  return rewrites.map((each) =>
    each.status === 'converted'
      ? each
      : { ...each, markers: each.markers.filter((marker) => selected.has(marker.path)) },
  );
}

type Guilt = ReadonlyMap<string, { readonly code: string; readonly message: string }>;

/** Units that changed a file with a new error; for an error in a file nobody changed, all converted units. */
function guiltyUnits(
  errors: readonly ProgramError[],
  changes: readonly FileChange[],
  rewrites: readonly UnitRewrite[],
): Guilt {
  const converted = new Set(rewrites.filter((each) => each.status === 'converted').map((each) => each.unit));
  const guilty = new Map<string, { code: string; message: string }>();
  for (const error of errors) {
    const inFile = (changes.find((change) => change.path === error.path)?.units ?? []).filter((unit) =>
      converted.has(unit),
    );
    const message = `${error.path}:${error.line}:${error.column} ${error.message}`;
    for (const unit of inFile.length > 0 ? inFile : converted) {
      if (!guilty.has(unit)) guilty.set(unit, { code: 'L2N491', message });
    }
  }
  return guilty;
}

function takeBack(
  { model, units }: SettleInput,
  rewrites: readonly UnitRewrite[],
  guilty: Guilt,
): readonly UnitRewrite[] {
  return rewrites.map((rewrite) => {
    const guilt = guilty.get(rewrite.unit);
    const unit = units.find((each) => each.id === rewrite.unit);
    if (guilt === undefined || unit === undefined) return rewrite;
    return leaveUnit(model, unit, { code: guilt.code, data: { message: guilt.message } });
  });
}
