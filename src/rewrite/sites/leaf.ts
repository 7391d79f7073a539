/** The attribute that holds a variable: `params.Block_0.Dense_0.kernel` → `block.linear.kernel`. */
import { layers } from '../../../runtime/catalogue/layers.js';
import type { ModuleMapping } from '../../ir/manifest.js';
import { hasTurn, nameAt, turnsOf } from '../../ir/name-pattern.js';
import type { ModulePlan } from '../../ir/module-plan.js';
import type { ClassId } from '../../ir/project.js';

export interface VariablePath {
  /** Attribute path so far, dotted. */
  readonly attributes: string;
  /** Whether it ends at a variable. */
  readonly isLeaf: boolean;
}

/** Follows names of a Linen collection below a model; null where the conversion does not know them. */
export function variablePath(
  plans: ReadonlyMap<ClassId, ModulePlan>,
  target: string,
  where: { readonly collection: string; readonly names: readonly string[] },
): VariablePath | null {
  const [name, ...rest] = where.names;
  if (name === undefined) return { attributes: '', isLeaf: false };
  if (target.startsWith('layer:'))
    return rest.length > 0 ? null : layerVariable(target.slice(6), where.collection, name);
  const manifest = plans.get(target)?.manifest;
  const variable = manifest?.variables.find((each) => each.collection === where.collection && each.linen === name);
  if (variable !== undefined) {
    return rest.length > 0 || variable.axis.op !== 'none' ? null : { attributes: variable.nnx, isLeaf: true };
  }
  for (const mapping of manifest?.modules ?? []) {
    const attribute = mapping.axis.op === 'none' ? attributeOf(mapping, name) : null;
    if (attribute === null) continue;
    const below = variablePath(plans, mapping.target, { collection: where.collection, names: rest });
    if (below === null) return null;
    return { ...below, attributes: [attribute, below.attributes].filter((each) => each !== '').join('.') };
  }
  return null;
}

function layerVariable(layer: string, collection: string, name: string): VariablePath | null {
  const record = layers.find((each) => each.linen === layer);
  const found = record?.variables.find((each) => each.collection === collection && each.linen === name);
  return found === undefined ? null : { attributes: found.nnx, isLeaf: true };
}

/** `block_{i}` ⇄ `blocks[{i}]`. */
function attributeOf(mapping: ModuleMapping, name: string): string | null {
  if (mapping.linen === name) return mapping.nnx;
  const turns = hasTurn(mapping.linen) ? turnsOf(mapping.linen, name) : null;
  return turns === null ? null : nameAt(mapping.nnx, [...turns]);
}
