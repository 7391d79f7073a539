import * as tf from '@tensorflow/tfjs';
import { key, split } from '../core/key.js';
import { treeFlatten, treeLeaves, treeUnflatten } from '../core/tree.js';
import type { Key } from '../core/tree-typing.js';
import { normal } from '../random/distributions.js';
import { type CountState, increment, zeroCount } from './moments.js';
import { defineTransformation, mapTensors, select, zerosLike } from './transformation.js';
import type { AnyTransformation, GradientTransformation } from './transformation.js';

interface ApplyIfFiniteState {
  readonly notfiniteCount: tf.Tensor;
  readonly lastFinite: tf.Tensor;
  readonly totalNotfinite: tf.Tensor;
  readonly innerState: unknown;
}

/**
 * Runs `inner` unless gradients are not finite, at most `maxConsecutiveErrors` times in a row. `inner` is computed
 * either way, and its result dropped. Mirrors `optax.apply_if_finite`.
 */
export function applyIfFinite(inner: AnyTransformation, maxConsecutiveErrors: number): GradientTransformation {
  return defineTransformation<ApplyIfFiniteState>({
    init: (params) => ({
      notfiniteCount: zeroCount(),
      lastFinite: tf.scalar(true, 'bool'),
      totalNotfinite: zeroCount(),
      innerState: inner.init(params),
    }),
    update: (grads, state, params) => {
      const finite = allFinite(grads);
      const notfiniteCount = tf.where(finite, zeroCount(), increment(state.notfiniteCount));
      const runs = tf.logicalOr(finite, tf.greater(notfiniteCount, tf.scalar(maxConsecutiveErrors, 'int32')));
      const [updates, innerState] = inner.update(grads, state.innerState, params);
      const choose = (yes: unknown, no: unknown) => mapTensors((a, b) => select(runs, a, b), yes, no);
      return [
        choose(updates, zerosLike(updates)),
        {
          notfiniteCount,
          lastFinite: finite,
          totalNotfinite: tf.where(finite, state.totalNotfinite, increment(state.totalNotfinite)),
          innerState: choose(innerState, state.innerState),
        },
      ];
    },
  });
}

function allFinite(tree: unknown): tf.Tensor {
  return treeLeaves(tree)
    .map((leaf) => tf.all(tf.isFinite(leaf as tf.Tensor)))
    .reduce((all, one) => tf.logicalAnd(all, one), tf.scalar(true, 'bool') as tf.Tensor);
}

/**
 * Adds normal noise of variance eta / (1 + count)^gamma; the key of the next step is part of the state. Mirrors
 * `optax.add_noise`.
 */
export function addNoise(eta: number, gamma: number, seed: number): GradientTransformation {
  return defineTransformation<CountState & { readonly rngKey: Key }>({
    init: () => ({ count: zeroCount(), rngKey: key(seed) }),
    update: (grads, state) => {
      const count = increment(state.count);
      const deviation = tf.sqrt(tf.div(eta, tf.pow(tf.cast(count, 'float32'), gamma)));
      const [rngKey, sampleKey] = split(state.rngKey);
      const { leaves, treedef } = treeFlatten(grads);
      const keys = split<number>(sampleKey, leaves.length);
      const noisy = (leaves as tf.Tensor[]).map((g, i) => tf.add(g, tf.mul(deviation, normal(keys[i]!, g.shape))));
      return [treeUnflatten(treedef, noisy), { count, rngKey }];
    },
  });
}
