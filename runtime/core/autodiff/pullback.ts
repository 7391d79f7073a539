import * as tf from '@tensorflow/tfjs';
import type { TapeNode } from '../levels.js';
import { stops } from './stop-gradient.js';

/** What one backward pass goes over. */
export interface Segment {
  readonly inputs: readonly tf.Tensor[];
  readonly outputs: readonly tf.Tensor[];
  readonly nodes: readonly TapeNode[];
}

/**
 * Gradients of `inputs` from those of `outputs`: one for each input, zeros where no path leads to it.
 * Cotangents are freed as soon as they have been passed on.
 */
export function pullBack(segment: Segment, cotangents: readonly tf.Tensor[]): tf.Tensor[] {
  return tf.tidy(() => {
    const { nodes, reached } = pathFrom(segment);
    const sums = new Cotangents();
    segment.outputs.forEach((output, i) => {
      if (reached.has(output.id)) sums.add(output.id, cotangents[i]!, false);
    });
    for (const node of nodes.reverse()) passBack(node, reached, sums);
    return separate(
      segment.inputs.map((input) => sums.get(input.id) ?? tf.zerosLike(input)),
      cotangents,
    );
  });
}

let wanted: ReadonlySet<number> | null = null;

/**
 * While the gradient of a node is asked for: whether that of this input is wanted. True where it is not known, as in a
 * gradient that TensorFlow.js takes.
 */
export function isWanted(input: tf.Tensor): boolean {
  return wanted === null || wanted.has(input.id);
}

/** The gradients of a node, which may leave out what does not lead to an input. */
function gradientsOf(
  gradient: NonNullable<TapeNode['gradient']>,
  cotangents: (tf.Tensor | null)[],
  reached: ReadonlySet<number>,
): ReturnType<typeof gradient> {
  const before = wanted;
  wanted = reached;
  try {
    return gradient(cotangents);
  } finally {
    wanted = before;
  }
}

/** The nodes that lead from the inputs onwards, producers first, and the tensors they reach. */
function pathFrom({ inputs, nodes }: Segment): { readonly nodes: TapeNode[]; readonly reached: ReadonlySet<number> } {
  const reached = new Set(inputs.filter(isFloat).map((input) => input.id));
  const path = inOrder(nodes).filter((node) => {
    if (stops(node) || !inputsOf(node).some((input) => reached.has(input.id))) return false;
    for (const output of node.outputs) if (isFloat(output)) reached.add(output.id);
    return true;
  });
  return { nodes: path, reached };
}

/**
 * Producers before consumers. The engine puts the copy of an output that a gradient saves before the kernel that makes
 * the output, so its own one-way walk loses that path: the second derivatives of tanh, exp, relu … come out wrong.
 */
function inOrder(nodes: readonly TapeNode[]): TapeNode[] {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((output): [number, TapeNode] => [output.id, node])));
  const done = new Set<TapeNode>();
  const visit = (root: TapeNode): void => {
    const stack = [{ node: root, makersLeft: makersOf(root, makers) }];
    done.add(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.makersLeft.pop();
      if (next === undefined) order.push(stack.pop()!.node);
      else if (!done.has(next)) {
        done.add(next);
        stack.push({ node: next, makersLeft: makersOf(next, makers) });
      }
    }
  };
  const order: TapeNode[] = [];
  for (const node of nodes) if (!done.has(node)) visit(node);
  return order;
}

function makersOf(node: TapeNode, makers: ReadonlyMap<number, TapeNode>): TapeNode[] {
  return inputsOf(node).flatMap((input) => makers.get(input.id) ?? []);
}

/** Adds to the sums of a node's inputs what comes from the sums of its outputs, which are then done with. */
function passBack(node: TapeNode, reached: ReadonlySet<number>, sums: Cotangents): void {
  const cotangents = node.outputs.map((output) => sums.get(output.id));
  if (cotangents.every((cotangent) => cotangent === null)) return;
  if (node.gradient === undefined) throw missingGradient(node);
  const gradients = gradientsOf(node.gradient, cotangents, reached);
  const fresh = tf.getGradient(node.kernelName) !== undefined;
  for (const [name, input] of Object.entries(node.inputs)) {
    const gradient = gradients[name];
    if (!input || !reached.has(input.id) || gradient === undefined) continue;
    const given = tf.tidy(gradient);
    requireShape(node, name, given, input);
    // What passes a cotangent on as it is must not lose it when the sums of the outputs are freed.
    const passed = cotangents.includes(given);
    sums.add(input.id, passed ? tf.clone(given) : given, fresh || passed);
  }
  for (const output of node.outputs) sums.drop(output.id);
}

/** Sums of cotangents by tensor id; frees the ones it owns. */
class Cotangents {
  readonly #sums = new Map<number, { readonly tensor: tf.Tensor; readonly owned: boolean }>();

  get(id: number): tf.Tensor | null {
    return this.#sums.get(id)?.tensor ?? null;
  }

  add(id: number, tensor: tf.Tensor, owned: boolean): void {
    const before = this.#sums.get(id);
    if (before === undefined) {
      this.#sums.set(id, { tensor, owned });
      return;
    }
    this.#sums.set(id, { tensor: tf.add(before.tensor, tensor), owned: true });
    if (before.owned) before.tensor.dispose();
    if (owned) tensor.dispose();
  }

  drop(id: number): void {
    const sum = this.#sums.get(id);
    this.#sums.delete(id);
    if (sum?.owned === true) sum.tensor.dispose();
  }
}

/** Clones what stands twice or was passed in, so that each gradient can be disposed on its own. */
function separate(gradients: readonly tf.Tensor[], cotangents: readonly tf.Tensor[]): tf.Tensor[] {
  const seen = new Set(cotangents);
  return gradients.map((gradient) => {
    const own = seen.has(gradient) ? tf.clone(gradient) : gradient;
    seen.add(own);
    return own;
  });
}

function inputsOf(node: TapeNode): tf.Tensor[] {
  return Object.values(node.inputs).filter((input): input is tf.Tensor => input != null);
}

function isFloat(tensor: tf.Tensor): boolean {
  return tensor.dtype === 'float32' || tensor.dtype === 'complex64';
}

function missingGradient(node: TapeNode): Error {
  return new Error(
    `jax.grad: expected a gradient of the kernel ${node.kernelName}, got none: TensorFlow.js has not defined it.\n` +
      'Wrap the operation in `jax.customVjp`, or keep it off the path with `jax.lax.stopGradient`.',
  );
}

function requireShape(node: TapeNode, name: string, gradient: tf.Tensor, input: tf.Tensor): void {
  if (tf.util.arraysEqual(gradient.shape, input.shape)) return;
  throw new Error(
    `jax.grad: expected a gradient of shape [${input.shape.join(', ')}] for '${name}' of ${node.kernelName}, ` +
      `got [${gradient.shape.join(', ')}].\nA custom gradient must have the shape of its argument.`,
  );
}
