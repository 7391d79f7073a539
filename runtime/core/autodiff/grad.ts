import * as tf from '@tensorflow/tfjs';
import { tidyTree } from '../lifetime.js';
import type { Argnums, Grads, Options } from '../tree-typing.js';
import { chosenArguments, describe, requireSynchronous } from './arguments.js';
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
  const chosen = chosenArguments(name, args, { argnums, allowInt: options.allowInt === true });
  const run = linearise(chosen.leaves, (leaves) => {
    const result = chosen.calledBy(f, leaves);
    requireSynchronous(name, result);
    return options.hasAux === true ? pairOf(name, result) : { value: result, aux: undefined };
  });
  try {
    const { value, aux } = run.output;
    requireScalar(name, value);
    const gradients = run.pullback([value], [tf.ones([], 'float32')]);
    return { value, aux, gradients: chosen.shaped(withTensors(chosen.leaves, gradients)) };
  } finally {
    run.release();
  }
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
