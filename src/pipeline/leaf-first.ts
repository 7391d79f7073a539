/** The order in which a person would convert the classes of a unit. */
import { classesIn } from '../analyze/units.js';
import type { ClassId, ConversionUnit, ProjectModel } from '../ir/project.js';

/** Each class after those it builds and the one it extends; a cycle is cut where it is met first. */
export function leafFirst(model: ProjectModel, unit: ConversionUnit): readonly ClassId[] {
  const within = new Set(unit.classes);
  const done = new Set<ClassId>();
  const visit = (id: ClassId, above: ReadonlySet<ClassId>): void => {
    if (done.has(id) || above.has(id)) return;
    const below = usedBy(model, id).filter((each) => within.has(each));
    for (const each of below) visit(each, new Set([...above, id]));
    done.add(id);
  };
  for (const id of unit.classes) visit(id, new Set());
  return [...done];
}

function usedBy(model: ProjectModel, id: ClassId): readonly ClassId[] {
  const base = model.classes.find((each) => each.id === id)?.base;
  const built = model.constructs.filter((each) => each.owner?.class === id).flatMap((each) => classesIn(each.target));
  return [...(base?.base === 'class' ? [base.id] : []), ...built];
}
