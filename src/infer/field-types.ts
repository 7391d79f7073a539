/** Declared types of constructor values. */
import type { ProjectModel } from '../ir/project.js';
import { classOf, declarationOf, originalBinding } from '../ir/resolve.js';
import type { TypeNode } from '../ir/syntax.js';
import { memberType } from '../ir/type-members.js';
import type { FieldAtom } from './atom.js';

/** The type written for a constructor value, followed into options; null where none can be read. */
export function fieldType(model: ProjectModel, { owner, parameter, steps }: FieldAtom): TypeNode | null {
  let type = classOf(model, owner)?.constructorMethod?.params[parameter]?.type ?? null;
  for (const step of steps) {
    if (typeof step !== 'string') return null;
    type = memberType(model, type, step)?.type ?? null;
  }
  return aliased(model, type, 0);
}

/** Whether a type is `(x: tf.Tensor) => tf.Tensor`. */
export function isTensorMap(type: TypeNode | null): boolean {
  const tensor = String.raw`[\w.]*Tensor(?:\dD)?`;
  return type !== null && new RegExp(String.raw`^\(\s*\w+\s*:\s*${tensor}\s*,?\s*\)\s*=>\s*${tensor}$`).test(type.text);
}

const deepest = 8;

function aliased(model: ProjectModel, type: TypeNode | null, depth: number): TypeNode | null {
  if (type?.form.form !== 'reference' || type.form.binding === null || depth > deepest) return type;
  const original = originalBinding(model, type.form.binding);
  const place = original === null ? null : declarationOf(model, original);
  return place?.declares === 'type' && place.node.declaration === 'type'
    ? aliased(model, place.node.type, depth + 1)
    : type;
}
