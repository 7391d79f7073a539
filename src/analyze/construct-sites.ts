/** Every `new` of a Linen layer or a module class, and what it makes. */
import { linenModule, nnxModule } from '../../runtime/catalogue/modules.js';
import type { ConstructSite, ConstructTarget, Entity, ProjectModel } from '../ir/project.js';
import { entityOf } from '../ir/resolve.js';
import type { SourceModel, SourcePath } from '../ir/source.js';
import type { Call, Expression, New } from '../ir/syntax.js';
import { walk } from '../ir/walk.js';
import { linenName } from './module-classes.js';
import { ownerOf } from './owner.js';

/** In path-then-position order. `model` has its classes. */
export function findConstructSites(model: ProjectModel): readonly ConstructSite[] {
  return Object.values(model.sources).flatMap((source) => sitesIn(model, source));
}

function sitesIn(model: ProjectModel, source: SourceModel): readonly ConstructSite[] {
  const found: ConstructSite[] = [];
  if (!source.text.includes('new')) return found;
  walk(source.body, (node) => {
    if (node.kind !== 'New') return;
    const site = readSite(model, source, node);
    if (site !== null) found.push(site);
  });
  return found;
}

function readSite(model: ProjectModel, source: SourceModel, node: New): ConstructSite | null {
  const target = targetOf(model, source.path, node.callee);
  if (target === null) return null;
  const owner = ownerOf(model, source, node);
  if (target.target === 'unknown' && owner === null) return null;
  return { id: `${source.path}@${node.span.start}`, path: source.path, node, target, owner };
}

/** What `new` on this expression makes; null when it is certainly no module. */
export function targetOf(model: ProjectModel, path: SourcePath, callee: Expression): ConstructTarget | null {
  const entity = entityOf(model, path, callee);
  switch (entity?.entity) {
    case 'class':
      if (entity.module !== null) return { target: 'class', id: entity.module };
      return extendsNnx(model, entity) ? { target: 'unknown', why: 'a class in the NNX style' } : null;
    case 'external':
      return entity.module === linenModule ? { target: 'layer', name: entity.name } : null;
    case 'value':
      return entity.init === null ? unknownTarget(callee) : valueTarget(model, entity, entity.init);
    case undefined:
      return liftedTarget(model, path, callee) ?? unknownTarget(callee);
    default:
      return null;
  }
}

/** Half-migrated code: a class of the new style inside one of the old. */
function extendsNnx(model: ProjectModel, entity: Extract<Entity, { entity: 'class' }>, depth = 0): boolean {
  const { superClass } = entity.node;
  const base = superClass === null || depth > 20 ? null : entityOf(model, entity.path, superClass);
  if (base?.entity === 'class') return extendsNnx(model, base, depth + 1);
  return base?.entity === 'external' && base.module === nnxModule;
}

function valueTarget(
  model: ProjectModel,
  entity: Extract<Entity, { entity: 'value' }>,
  init: Expression,
): ConstructTarget | null {
  return liftedTarget(model, entity.path, init) ?? unknownTarget(init);
}

/** `nn.scan(Block, { … })`, `nn.remat(nn.vmap(Block, …))`. */
function liftedTarget(model: ProjectModel, path: SourcePath, expression: Expression): ConstructTarget | null {
  if (expression.kind === 'TypeWrap') return liftedTarget(model, path, expression.expression);
  if (expression.kind !== 'Call') return null;
  const lift = linenName(entityOf(model, path, expression.callee));
  const wrapped = plainArgument(expression, 0);
  if (lift === null || wrapped === null) return null;
  const of = targetOf(model, path, wrapped);
  return of === null ? null : { target: 'lifted', lift, options: plainArgument(expression, 1), of };
}

function plainArgument(call: Call, index: number): Expression | null {
  const found = call.args[index];
  return found === undefined || found.kind === 'Spread' ? null : found;
}

function unknownTarget(callee: Expression): ConstructTarget {
  const why =
    callee.kind === 'Member' && callee.object.kind === 'This' ? 'a class kept in a field' : 'a computed class';
  return { target: 'unknown', why: callee.kind === 'Identifier' ? 'a class passed as a value' : why };
}
