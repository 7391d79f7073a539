/** `TrainState` of the training pack, and the classes of the project that only add declared fields to it. */
import { trainingModule } from '../../runtime/catalogue/modules.js';
import type { ProjectModel } from './project.js';
import { entityOf, withoutWraps } from './resolve.js';
import type { SourcePath } from './source.js';
import type { ClassNode, Expression } from './syntax.js';

/** Whether an expression names `TrainState`, or a class that adds nothing to it but declared fields. */
export function isTrainState(model: ProjectModel, path: SourcePath, node: Expression): boolean {
  const entity = entityOf(model, path, node);
  if (entity?.entity === 'external') return entity.module === trainingModule && entity.name === 'TrainState';
  if (entity?.entity !== 'class' || entity.node.superClass === null) return false;
  const addsFields = entity.node.members.every((each) => each.kind === 'Field' && each.declare && !each.static);
  if (!addsFields) return false;
  return isTrainState(model, entity.path, withoutWraps(entity.node.superClass));
}

/** Classes at the top of the project's files that extend `TrainState`. */
export function trainStateClasses(model: ProjectModel): readonly ClassNode[] {
  return Object.values(model.sources).flatMap(({ path, body }) =>
    body.flatMap((each) => {
      if (each.kind !== 'ClassDeclaration' || each.class.superClass === null) return [];
      return isTrainState(model, path, withoutWraps(each.class.superClass)) ? [each.class] : [];
    }),
  );
}
