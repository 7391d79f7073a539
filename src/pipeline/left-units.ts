/** Units that were converted and are taken back by the run, with the reason. */
import type { ConvertedUnit, LeftUnit } from '../ir/edit.js';
import type { ConversionUnit, ProjectModel } from '../ir/project.js';

/** The unit left as it was, under one marker with this code. */
export function leaveUnit(
  model: ProjectModel,
  unit: ConversionUnit,
  reason: { readonly code: string; readonly data: { readonly [name: string]: string } },
): LeftUnit {
  const { path, span, marker } = placeOf(model, unit);
  return {
    status: 'left',
    unit: unit.id,
    refusals: [{ code: reason.code, path, span, data: { unit: unit.id, ...reason.data } }],
    markers: [{ path, at: marker, code: reason.code, class: unit.classes[0] ?? null }],
  };
}

/** A file outside the paths of the run that the unit would change, or null. */
export function outsidePath(unit: ConvertedUnit, selected: ReadonlySet<string>): string | null {
  return unit.edits.map((edit) => edit.path).find((path) => !selected.has(path)) ?? null;
}

/** A file with a syntax error that belongs to the unit or imports one of its files: what it does is not known. */
export function brokenFile(model: ProjectModel, unit: ConversionUnit): { path: string; message: string } | null {
  const paths = new Set(unit.paths);
  for (const source of Object.values(model.sources)) {
    const [error] = source.errors;
    if (error === undefined) continue;
    const imported = Object.values(model.modules.files[source.path] ?? {});
    const touches = paths.has(source.path) || imported.some((each) => paths.has(each));
    if (touches) return { path: source.path, message: error.message };
  }
  return null;
}

/** Where a unit is told of, and the start of the class or statement its marker stands above. */
function placeOf(
  model: ProjectModel,
  unit: ConversionUnit,
): { path: string; span: { start: number; end: number }; marker: number } {
  const first = model.classes.find((each) => each.id === unit.classes[0]);
  if (first !== undefined) {
    return { path: first.path, span: first.node.nameSpan ?? first.node.span, marker: first.node.span.start };
  }
  const site =
    model.calls.find((each) => unit.calls.includes(each.id)) ??
    model.constructs.find((each) => unit.constructs.includes(each.id));
  if (site === undefined) return { path: unit.paths[0] ?? '', span: { start: 0, end: 0 }, marker: 0 };
  const statement = model.sources[site.path]?.body.find((each) => each.span.end >= site.node.span.end);
  return { path: site.path, span: site.node.span, marker: statement?.span.start ?? site.node.span.start };
}
