import * as tf from '@tensorflow/tfjs';
import { tidyTree } from '../lifetime.js';
import type { Argnums, Grads, Options } from '../tree-typing.js';
import { pathText, treeFlatten } from '../tree.js';
import './gradients/register.js';
import { linearise, withTensors } from './linearise.js';

/** Options of `grad` and `valueAndGrad`. */
export type GradOptions<N extends Argnums> = Options<{
  /** Arguments to differentiate. Default 0. */
  argnums: N;
  /** Accept complex-differentiable functions. Default false. */
  holomorphic: boolean;
  /** Accept integer arguments; their gradient is zero. Default false. */
  allowInt: boolean;
}>;

/** Gradient of scalar `f` in the shape of the argument; with `hasAux`, `[gradient, aux]`. Mirrors `jax.grad`. */
export function grad<A extends readonly unknown[] = tf.Tensor[], Aux = unknown, const N extends Argnums = 0>(
  f: (...args: A) => readonly [value: tf.Tensor, aux: Aux],
  options: GradOptions<N> & { hasAux: true },
): (...args: A) => [grads: Grads<A, N>, aux: Aux];
export function grad<A extends readonly unknown[] = tf.Tensor[], const N extends Argnums = 0>(
  f: (...args: A) => tf.Tensor,
  options?: GradOptions<N> & { hasAux?: false | undefined },
): (...args: A) => Grads<A, N>;
export function grad(f: AnyLoss, options: AnyGradOptions = {}): (...args: unknown[]) => unknown {
  return (...args) =>
    tidyTree(() => {
      const { aux, gradients } = differentiate('jax.grad', f, { ...options, args });
      return options.hasAux === true ? [gradients, aux] : gradients;
    });
}

/** `[value, gradient]` of scalar `f`; with `hasAux`, `[[value, aux], gradient]`. Mirrors `jax.value_and_grad`. */
export function valueAndGrad<A extends readonly unknown[] = tf.Tensor[], Aux = unknown, const N extends Argnums = 0>(
  f: (...args: A) => readonly [value: tf.Tensor, aux: Aux],
  options: GradOptions<N> & { hasAux: true },
): (...args: A) => [value: [value: tf.Tensor, aux: Aux], grads: Grads<A, N>];
export function valueAndGrad<A extends readonly unknown[] = tf.Tensor[], const N extends Argnums = 0>(
  f: (...args: A) => tf.Tensor,
  options?: GradOptions<N> & { hasAux?: false | undefined },
): (...args: A) => [value: tf.Tensor, grads: Grads<A, N>];
export function valueAndGrad(f: AnyLoss, options: AnyGradOptions = {}): (...args: unknown[]) => unknown {
  return (...args) =>
    tidyTree(() => {
      const { value, aux, gradients } = differentiate('jax.valueAndGrad', f, { ...options, args });
      return [options.hasAux === true ? [value, aux] : value, gradients];
    });
}

type AnyLoss = (...args: never[]) => unknown;
type AnyGradOptions = GradOptions<Argnums> & { hasAux?: boolean | undefined };

interface Differentiated {
  readonly value: tf.Tensor;
  readonly aux: unknown;
  readonly gradients: unknown;
}

function differentiate(
  name: string,
  f: AnyLoss,
  { args, argnums = 0, ...options }: AnyGradOptions & { readonly args: readonly unknown[] },
): Differentiated {
  const positions = [argnums].flat() as number[];
  const chosen = treeFlatten(positions.map((position) => argumentAt(name, args, position)));
  requireDifferentiable(name, chosen, options.allowInt === true);
  const run = linearise(chosen.leaves, (leaves) => {
    const parts = chosen.treedef.unflatten(leaves) as unknown[];
    const all = [...args];
    positions.forEach((position, i) => (all[placeOf(position, args)] = parts[i]));
    const result = (f as (...all: unknown[]) => unknown)(...all);
    requireSynchronous(name, result);
    return options.hasAux === true ? pairOf(name, result) : { value: result, aux: undefined };
  });
  try {
    const { value, aux } = run.output;
    requireScalar(name, value);
    const gradients = run.pullback([value], [tf.ones([], 'float32')]);
    const trees = chosen.treedef.unflatten(withTensors(chosen.leaves, gradients)) as unknown[];
    return { value, aux, gradients: typeof argnums === 'number' ? trees[0] : trees };
  } finally {
    run.release();
  }
}

function placeOf(position: number, args: readonly unknown[]): number {
  return position < 0 ? position + args.length : position;
}

function argumentAt(name: string, args: readonly unknown[], position: number): unknown {
  if (placeOf(position, args) in args) return args[placeOf(position, args)];
  throw new Error(
    `${name}: expected an argument at position ${position}, got ${args.length} arguments.\n` +
      'Correct `argnums`, or pass the argument.',
  );
}

function requireDifferentiable(
  name: string,
  { leaves, paths }: ReturnType<typeof treeFlatten>,
  allowInt: boolean,
): void {
  leaves.forEach((leaf, i) => {
    if (leaf instanceof tf.Tensor && (leaf.dtype === 'float32' || allowInt)) return;
    const [, ...path] = paths[i]!;
    const place = path.length === 0 ? 'the argument' : pathText(path);
    const got = leaf instanceof tf.Tensor ? `dtype '${leaf.dtype}'` : describe(leaf);
    throw new Error(
      `${name} at ${place}: expected a float32 tensor, got ${got}.\n` +
        (leaf instanceof tf.Tensor
          ? 'Cast it, differentiate another argument (`argnums`), or pass { allowInt: true } for a gradient of zero.'
          : 'Differentiate arguments that hold tensors only; pass the rest in another argument.'),
    );
  });
}

function describe(leaf: unknown): string {
  if (typeof leaf === 'object' && leaf !== null) return `a ${leaf.constructor?.name ?? 'value'}`;
  return typeof leaf === 'function' ? 'a function' : `${typeof leaf} ${String(leaf)}`;
}

function requireSynchronous(name: string, result: unknown): void {
  if (!(result instanceof Promise)) return;
  result.catch(() => undefined);
  throw new Error(
    `${name}: expected a function that returns tensors, got one that returns a promise.\n` +
      'Await before the call: a gradient cannot follow a function across `await`.',
  );
}

function pairOf(name: string, result: unknown): { readonly value: unknown; readonly aux: unknown } {
  if (Array.isArray(result) && result.length === 2) return { value: result[0], aux: result[1] as unknown };
  throw new Error(
    `${name}: expected [value, aux] from a function with { hasAux: true }, got ${describe(result)}.\n` +
      'Return a pair, or leave out `hasAux`.',
  );
}

function requireScalar(name: string, value: unknown): asserts value is tf.Tensor {
  if (value instanceof tf.Tensor && value.rank === 0 && value.dtype === 'float32') return;
  const got =
    value instanceof tf.Tensor ? `shape [${value.shape.join(', ')}] of dtype '${value.dtype}'` : describe(value);
  throw new Error(
    `${name}: expected a function that returns a scalar float32 tensor, got ${got}.\n` +
      'Reduce the loss with `tf.mean` or `tf.sum`' +
      (Array.isArray(value) ? ', or pass { hasAux: true } to return [loss, aux].' : '.'),
  );
}
