import * as tf from '@tensorflow/tfjs';
import { hasAxis, pmean } from '../core/vmap/collectives.js';
import { mistake } from './mistake.js';

/** Mean and biased variance, without the reduced axes. */
export interface Statistics {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

/** How statistics are taken. */
export interface StatisticsOptions {
  /** Axes that are averaged over. */
  readonly axes: readonly number[];
  /** `mean(x²) − mean(x)²`, clipped at 0, instead of `mean((x − mean)²)`. Default true. */
  readonly useFastVariance?: boolean | undefined;
  /** Take the mean as zero (RMSNorm). Default false. */
  readonly zeroMean?: boolean | undefined;
  /** Elements that count, broadcast to `x`. Default all. */
  readonly mask?: tf.Tensor | null | undefined;
  /** Axis of an enclosing `vmap` over whose examples the means are averaged. Default none. */
  readonly axisName?: string | null | undefined;
}

/** Mean and variance of `x` over some axes. Flax `_compute_stats`. */
export function statistics(x: tf.Tensor, options: StatisticsOptions): Statistics {
  const { axes, useFastVariance = true, zeroMean = false, mask = null, axisName = null } = options;
  const values = x.dtype === 'float32' ? x : tf.cast(x, 'float32');
  const mean = (each: tf.Tensor) => {
    const own = maskedMean(each, axes, mask);
    return axisName === null ? own : pmean(own, axisName);
  };
  if (zeroMean) {
    const variance = mean(tf.square(values));
    return { mean: tf.zerosLike(variance), variance };
  }
  const mu = mean(values);
  if (!useFastVariance) {
    return { mean: mu, variance: mean(tf.square(tf.sub(values, expand(mu, x.rank, axes)))) };
  }
  const variance = tf.maximum(tf.scalar(0), tf.sub(mean(tf.square(values)), tf.square(mu)));
  return { mean: mu, variance };
}

/** What `normalize` computes with. */
export interface NormalizeOptions extends Statistics {
  /** Axes that the statistics lack. */
  readonly reductionAxes: readonly number[];
  /** Axes of `scale` and `bias`, in their order. */
  readonly featureAxes: readonly number[];
  readonly scale: tf.Tensor | null;
  readonly bias: tf.Tensor | null;
  readonly epsilon: number;
  /** Dtype of the result. Default that of the arithmetic. */
  readonly dtype?: tf.DataType | null | undefined;
}

/** `(x − mean) · (rsqrt(variance + ε) · scale) + bias`, in this order. Same shape. Flax `_normalize`. */
export function normalize(x: tf.Tensor, options: NormalizeOptions): tf.Tensor {
  const { scale, bias, epsilon, dtype = null } = options;
  const reduction = canonicalAxes(x.rank, options.reductionAxes);
  const feature = canonicalAxes(x.rank, options.featureAxes);
  const featureShape = x.shape.map((size, axis) => (feature.includes(axis) ? size : 1));
  const mean = expand(options.mean, x.rank, reduction);
  let factor = tf.rsqrt(tf.add(expand(options.variance, x.rank, reduction), epsilon));
  if (scale !== null) factor = tf.mul(factor, tf.reshape(scale, featureShape));
  let y = tf.mul(tf.sub(x, mean), factor);
  if (bias !== null) y = tf.add(y, tf.reshape(bias, featureShape));
  return dtype === null || y.dtype === dtype ? y : tf.cast(y, dtype);
}

/** How many groups the channels fall into: by number or by size, the other null. Throws when they do not divide. */
export function groupCount(
  who: string,
  channels: number,
  { numGroups, groupSize }: { readonly numGroups: number | null; readonly groupSize: number | null },
): number {
  if ((numGroups === null) === (groupSize === null)) {
    throw mistake(
      who,
      `expected numGroups or groupSize, got ${numGroups === null ? 'neither' : 'both'}.`,
      'Pass one of them, and null for the other.',
    );
  }
  const groups = numGroups ?? channels / groupSize!;
  if (groups > 0 && channels % groups === 0 && Number.isInteger(groups)) return groups;
  throw mistake(
    who,
    `expected channels in equal groups, got ${channels} channels for ${numGroups === null ? `groups of ${groupSize}` : `${numGroups} groups`}.`,
    'Choose a number that divides the channels.',
  );
}

/**
 * Mean and variance over groups of channels (the last axis) and over `axes`, repeated for each channel of a group: shapes
 * without `axes`, channels last. Flax `GroupNorm`.
 */
export function groupStatistics(
  x: tf.Tensor,
  { axes, groups, ...options }: StatisticsOptions & { readonly groups: number },
): Statistics {
  const channels = x.shape.at(-1)!;
  const apart = (each: tf.Tensor) => tf.reshape(each, [...each.shape.slice(0, -1), groups, channels / groups]);
  const mask = options.mask ? apart(tf.mul(tf.cast(options.mask, 'float32'), tf.onesLike(x))) : null;
  const found = statistics(apart(x), { ...options, axes: [...axes, x.rank], mask });
  const repeat = (each: tf.Tensor) => {
    const wide = tf.tile(tf.expandDims(each, -1), [...each.shape.map(() => 1), channels / groups]);
    return tf.reshape(wide, [...each.shape.slice(0, -1), channels]);
  };
  return { mean: repeat(found.mean), variance: repeat(found.variance) };
}

/** The axes that `InstanceNorm` averages over: all but the first, the batch, and the features. */
export function instanceAxes(who: string, rank: number, featureAxes: readonly number[]): number[] {
  if (!featureAxes.includes(0)) return otherAxes(rank, [0, ...featureAxes]);
  throw mistake(who, 'expected the first axis to be the batch, got it among featureAxes.', 'Transpose the input.');
}

/** `momentum · average + (1 − momentum) · batch`: running statistics after a batch. */
export function runningAverage(average: tf.Tensor, batch: tf.Tensor, momentum: number): tf.Tensor {
  return tf.add(tf.mul(momentum, average), tf.mul(1 - momentum, batch));
}

/** The mapped axis that statistics are averaged over, or null; throws where no enclosing `vmap` maps it. */
export function mappedAxis(
  who: string,
  { axisName, axisIndexGroups }: { readonly axisName: string | null; readonly axisIndexGroups: unknown },
): string | null {
  if (axisName === null) return null;
  if (axisIndexGroups !== null) {
    throw mistake(
      who,
      'expected statistics of the whole mapped axis, got axisIndexGroups.',
      'Leave it out: groups of examples are not supported.',
    );
  }
  if (hasAxis(axisName)) return axisName;
  throw mistake(
    who,
    `expected to run under a transform that maps axis '${axisName}', got none.`,
    `Run it in jax.vmap(f, { axisName: '${axisName}' }), or leave axisName out.`,
  );
}

/** Axes as numbers from 0, in the order given. */
export function canonicalAxes(rank: number, axes: number | readonly number[]): number[] {
  return (typeof axes === 'number' ? [axes] : axes).map((axis) => (axis < 0 ? axis + rank : axis));
}

/** The axes of `rank` that are not among these. */
export function otherAxes(rank: number, axes: readonly number[]): number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis));
}

function maskedMean(x: tf.Tensor, axes: readonly number[], mask: tf.Tensor | null): tf.Tensor {
  const over = canonicalAxes(x.rank, axes);
  if (mask === null) {
    const count = over.reduce((product, axis) => product * x.shape[axis]!, 1);
    return tf.div(tf.sum(x, over), count);
  }
  const kept = tf.mul(tf.cast(tf.cast(mask, 'bool'), 'float32'), tf.onesLike(x));
  const total = tf.sum(tf.where(tf.cast(kept, 'bool'), x, tf.zerosLike(x)), over);
  return tf.div(total, tf.sum(kept, over));
}

/** Puts axes of length 1 back where they were reduced. */
function expand(x: tf.Tensor, rank: number, axes: readonly number[]): tf.Tensor {
  const reduced = canonicalAxes(rank, axes);
  let next = 0;
  return tf.reshape(
    x,
    Array.from({ length: rank }, (_, axis) => (reduced.includes(axis) ? 1 : x.shape[next++]!)),
  );
}
