/** Children before parents, bases before subclasses. */
import type { ClassId, ConstructTarget, ModuleClass, ProjectModel } from '../../ir/project.js';
import { classOf } from '../../ir/resolve.js';

/** The classes of a unit so that what a class builds or extends comes before it; a cycle keeps the given order. */
export function classOrder(model: ProjectModel, ids: readonly ClassId[]): readonly ModuleClass[] {
  const order: ModuleClass[] = [];
  const seen = new Set<ClassId>();
  const add = (id: ClassId): void => {
    const module = classOf(model, id);
    if (seen.has(id) || module === null) return;
    seen.add(id);
    if (module.base.base === 'class') add(module.base.id);
    for (const site of model.constructs) {
      if (site.owner?.class === id) for (const each of classesOf(site.target)) add(each);
    }
    order.push(module);
  };
  for (const id of ids) add(id);
  return order.filter((each) => ids.includes(each.id));
}

function classesOf(target: ConstructTarget): readonly ClassId[] {
  if (target.target === 'class') return [target.id];
  return target.target === 'lifted' ? classesOf(target.of) : [];
}
