/** Weights of the old model, in the new one. */
import type { KeyMapping } from './key-replay.js';
import { mapVariable } from './mapping.js';

type Tensor = import('@tensorflow/tfjs').Tensor;

/**
 * Writes Linen variables (all collections, as `init` returned them) into an NNX model, through the manifest. The model
 * gets tensors of its own. Throws where a variable has no place in the model, or one of another shape.
 */
export async function transplant(
  variables: { readonly [collection: string]: object },
  { model, manifest, class: root }: KeyMapping,
): Promise<void> {
  const nnx = await import('../../runtime/nnx/index.js');
  const places = new Map(nnx.toFlatState(nnx.state(model)).map(([path, variable]) => [path.join('.'), variable]));
  for (const { collection, path, tensor } of tensorsIn(variables)) {
    const name = mapVariable(manifest, root, { collection, path })?.path.join('.') ?? '';
    const variable = places.get(name);
    if (variable === undefined) throw problem([collection, ...path], `a place in the model, got none at '${name}'`);
    const shape = (variable.value as Tensor).shape;
    if (shape.join() !== tensor.shape.join()) {
      throw problem([collection, ...path], `shape [${shape.join(', ')}], got [${tensor.shape.join(', ')}]`);
    }
    variable.value = tensor.clone();
  }
}

interface Found {
  readonly collection: string;
  readonly path: readonly string[];
  readonly tensor: Tensor;
}

function tensorsIn(variables: { readonly [collection: string]: object }): readonly Found[] {
  const visit = (collection: string, node: unknown, path: readonly string[]): readonly Found[] => {
    if (typeof node !== 'object' || node === null) return [];
    if ('dataSync' in node) return [{ collection, path, tensor: node as Tensor }];
    return Object.entries(node).flatMap(([name, each]) => visit(collection, each, [...path, name]));
  };
  return Object.entries(variables).flatMap(([collection, node]) => visit(collection, node, []));
}

function problem(path: readonly string[], what: string): Error {
  return new Error(
    `transplant at ${path.join('.')}: expected ${what}.\n` +
      'Pass the manifest that the conversion wrote, and variables of the class that it names.',
  );
}
