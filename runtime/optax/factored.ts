import * as tf from '@tensorflow/tfjs';
import type { Options } from '../core/tree-typing.js';
import { treeMap } from '../core/tree.js';
import { type CountState, complement, increment, needParams, zeroCount } from './moments.js';
import { defineTransformation } from './transformation.js';
import type { GradientTransformation } from './transformation.js';

/** Options of `scaleByFactoredRms`. */
export interface FactoredOptions extends Options<{
  /** Default true. */
  factored: boolean;
  /** Default 0.8. */
  decayRate: number;
  /** Default 0. */
  decayOffset: number;
  /** Smaller axes are not factored. Default 128. */
  minDimSizeToFactor: number;
  /** Default 1e-30. */
  eps: number;
}> {}

/** Second moments of the leaves, as rows and columns where a leaf is factored, else whole; [0] where unused. */
interface FactoredState extends CountState {
  readonly vRow: unknown;
  readonly vCol: unknown;
  readonly v: unknown;
}

interface Statistics {
  readonly vRow: tf.Tensor;
  readonly vCol: tf.Tensor;
  readonly v: tf.Tensor;
}

/** Divides by a factored estimate of the gradient's root mean square, as Adafactor. `optax.scale_by_factored_rms`. */
export function scaleByFactoredRms(options: FactoredOptions = {}): GradientTransformation {
  const { factored = true, decayRate = 0.8, decayOffset = 0, minDimSizeToFactor = 128, eps = 1e-30 } = options;
  const axesOf = (shape: readonly number[]) => (factored ? largestAxes(shape, minDimSizeToFactor) : null);
  return defineTransformation<FactoredState>({
    init: (params) => ({
      count: zeroCount(),
      ...apart(treeMap((p: tf.Tensor) => new Cell(emptyStatistics(p, axesOf(p.shape))), params)),
    }),
    update: (grads, state, params) => {
      needParams('scaleByFactoredRms', params);
      const t = tf.add(tf.sub(tf.cast(state.count, 'float32'), decayOffset), 1);
      const decay = tf.sub(1, tf.pow(t, tf.scalar(-decayRate)));
      const results = treeMap(
        (g: tf.Tensor, vRow: tf.Tensor, vCol: tf.Tensor, v: tf.Tensor) =>
          new Cell(advance(g, { vRow, vCol, v }, { decay, eps, axes: axesOf(g.shape) })),
        grads,
        state.vRow,
        state.vCol,
        state.v,
      );
      const update = treeMap((cell: Cell<Advanced>) => cell.value.update, results);
      return [update, { count: increment(state.count), ...apart(results) }];
    },
  });
}

type Axes = readonly [second: number, first: number] | null;
interface Advanced extends Statistics {
  readonly update: tf.Tensor;
}

function advance(
  g: tf.Tensor,
  { vRow, vCol, v }: Statistics,
  { decay, eps, axes }: { readonly decay: tf.Tensor; readonly eps: number; readonly axes: Axes },
): Advanced {
  const square = tf.add(tf.square(g), eps);
  const mixed = (old: tf.Tensor, fresh: tf.Tensor) => tf.add(tf.mul(decay, old), tf.mul(complement(decay), fresh));
  if (axes === null) {
    const next = mixed(v, square);
    return { update: tf.mul(g, inverseRoot(next)), vRow: tf.zerosLike(vRow), vCol: tf.zerosLike(vCol), v: next };
  }
  const [second, first] = axes;
  const row = mixed(vRow, tf.mean(square, first));
  const column = mixed(vCol, tf.mean(square, second));
  const rowMean = tf.mean(row, second > first ? second - 1 : second, true);
  const rowFactor = tf.expandDims(inverseRoot(tf.div(row, rowMean)), first);
  const update = tf.mul(tf.mul(g, rowFactor), tf.expandDims(inverseRoot(column), second));
  return { update, vRow: row, vCol: column, v: tf.zerosLike(v) };
}

function inverseRoot(x: tf.Tensor): tf.Tensor {
  return tf.pow(x, tf.scalar(-0.5));
}

function emptyStatistics(param: tf.Tensor, axes: Axes): Statistics {
  const without = (axis: number) => tf.zeros(param.shape.filter((_, i) => i !== axis));
  if (axes === null) return { vRow: tf.zeros([1]), vCol: tf.zeros([1]), v: tf.zerosLike(param) };
  return { vRow: without(axes[1]), vCol: without(axes[0]), v: tf.zeros([1]) };
}

/** The two largest axes, the larger last, if both are large enough; ties as in numpy's argsort. */
function largestAxes(shape: readonly number[], least: number): Axes {
  const sorted = [...shape.keys()].sort((a, b) => shape[a]! - shape[b]! || a - b);
  const [second, first] = sorted.slice(-2);
  return second === undefined || first === undefined || shape[second]! < least ? null : [second, first];
}

/** Statistics as one leaf of a tree. */
class Cell<T extends Statistics> {
  constructor(readonly value: T) {}
}

function apart(cells: unknown): Omit<FactoredState, 'count'> {
  const part = (name: keyof Statistics) => treeMap((cell: Cell<Statistics>) => cell.value[name], cells);
  return { vRow: part('vRow'), vCol: part('vCol'), v: part('v') };
}
