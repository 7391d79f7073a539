import * as tf from '@tensorflow/tfjs';
import { tidyTree } from '../lifetime.js';
import type { Argnums, Grads } from '../tree-typing.js';
import { type FlatTree, treeFlatten } from '../tree.js';
import { vmap } from '../vmap/vmap.js';
import { type ChosenArguments, chosenArguments, describe, requireSynchronous } from './arguments.js';
import { forwardOf } from './forward.js';
import type { GradOptions } from './grad.js';
import { linearise } from './linearise.js';

/**
 * Reverse-mode Jacobian: shape [...output, ...input], for all elements of the output at once. Of trees: a tree like the
 * output of trees like the argument. Mirrors `jax.jacrev`.
 */
export function jacrev<A extends readonly unknown[] = tf.Tensor[], const N extends Argnums = 0>(
  f: (...args: A) => tf.Tensor,
  options: GradOptions<N> = {},
): (...args: A) => Grads<A, N> {
  return (...args) =>
    tidyTree(() => {
      const { chosen, output, run } = ran('jax.jacrev', { f, options, args });
      try {
        const rowsOf = (leaf: tf.Tensor): tf.Tensor[] => {
          const rows = (cotangent: tf.Tensor) => run.pullback([leaf], [cotangent]);
          const all = vmap(rows)(basisOf(leaf)) as tf.Tensor[];
          return all.map((row, i) => tf.reshape(row, [...leaf.shape, ...shapeOf(chosen.leaves[i])]));
        };
        return output.treedef.unflatten(output.leaves.map((leaf) => chosen.shaped(rowsOf(leaf as tf.Tensor))));
      } finally {
        run.release();
      }
    }) as Grads<A, N>;
}

/**
 * Forward-mode Jacobian: shape [...output, ...input], for all elements of the input at once. Of trees: a tree like the
 * output of trees like the argument. Mirrors `jax.jacfwd`.
 */
export function jacfwd<A extends readonly unknown[] = tf.Tensor[], const N extends Argnums = 0>(
  f: (...args: A) => tf.Tensor,
  options: GradOptions<N> = {},
): (...args: A) => Grads<A, N> {
  return (...args) =>
    tidyTree(() => {
      const chosen = chosenArguments('jax.jacfwd', args, chosenBy(options));
      const run = forwardOf(
        'jax.jacfwd',
        (...leaves: unknown[]) => chosen.calledBy(f, leaves) as tf.Tensor,
        chosen.leaves,
      );
      try {
        const output = flatOutput('jax.jacfwd', run.output);
        const columns = chosen.leaves.map((leaf, at) => {
          const along = (tangent: tf.Tensor) => {
            const tangents = chosen.leaves.map((other, i) => (i === at ? tangent : tf.zerosLike(other as tf.Tensor)));
            return treeFlatten(run.derivative(tangents)).leaves as tf.Tensor[];
          };
          return vmap(along, { outAxes: -1 })(basisOf(leaf as tf.Tensor)) as tf.Tensor[];
        });
        return output.treedef.unflatten(
          output.leaves.map((leaf, row) =>
            chosen.shaped(
              chosen.leaves.map((input, i) => tf.reshape(columns[i]![row]!, [...shapeOf(leaf), ...shapeOf(input)])),
            ),
          ),
        );
      } finally {
        run.release();
      }
    }) as Grads<A, N>;
}

/**
 * Hessian of scalar `f`: shape [...input, ...input]; of a tree, a tree of trees. Of `f` with more outputs: [...output,
 * ...input, ...input]. Mirrors `jax.hessian`.
 */
export function hessian<A extends readonly unknown[] = tf.Tensor[], const N extends Argnums = 0>(
  f: (...args: A) => tf.Tensor,
  options: GradOptions<N> = {},
): (...args: A) => Grads<A, N> {
  return jacrev(jacrev(f, options) as unknown as (...args: A) => tf.Tensor, options);
}

interface Call {
  readonly f: (...args: never[]) => unknown;
  readonly options: GradOptions<Argnums>;
  readonly args: readonly unknown[];
}

function ran(
  name: string,
  { f, options, args }: Call,
): {
  readonly chosen: ChosenArguments;
  readonly output: FlatTree;
  readonly run: ReturnType<typeof linearise<unknown>>;
} {
  const chosen = chosenArguments(name, args, chosenBy(options));
  const run = linearise(chosen.leaves, (leaves) => {
    const result = chosen.calledBy(f, leaves);
    requireSynchronous(name, result);
    return result;
  });
  try {
    return { chosen, output: flatOutput(name, run.output), run };
  } catch (error) {
    run.release();
    throw error;
  }
}

function chosenBy({ argnums = 0, allowInt = false }: GradOptions<Argnums>): { argnums: Argnums; allowInt: boolean } {
  return { argnums, allowInt };
}

function flatOutput(name: string, output: unknown): FlatTree {
  const flat = treeFlatten(output);
  const odd = flat.leaves.find((leaf) => !(leaf instanceof tf.Tensor && leaf.dtype === 'float32'));
  if (odd === undefined) return flat;
  throw new Error(
    `${name}: expected a function that returns float32 tensors, got ${
      odd instanceof tf.Tensor ? `dtype '${odd.dtype}'` : describe(odd)
    }.\nReturn only what is to be differentiated.`,
  );
}

/** One tensor like `x` for each element, 1 there and 0 elsewhere: [size, ...x.shape]. */
function basisOf(x: tf.Tensor): tf.Tensor {
  return tf.reshape(tf.eye(x.size), [x.size, ...x.shape]);
}

function shapeOf(leaf: unknown): number[] {
  return (leaf as tf.Tensor).shape;
}
