import * as tf from '@tensorflow/tfjs';
import type { Key } from '../core/key.js';
import type { DType, Options, Shape } from '../core/tree-typing.js';
import { type FanOptions, type VarianceScalingMode, fanOf } from './fans.js';
import { draw } from './distributions.js';
import { orthogonalMatrix } from './orthogonal.js';
import { normalSamples, truncatedNormalSamples, uniformSamples } from './samples.js';

export type { FanOptions, VarianceScalingMode } from './fans.js';

/** Makes a tensor of `shape` from a key. */
export type Initializer = (key: Key, shape: Shape, dtype?: DType) => tf.Tensor;

/** What `varianceScaling` draws from. */
export type VarianceScalingDistribution = 'truncated_normal' | 'normal' | 'uniform';

/** All zeros; itself an initializer. */
export const zeros: Initializer = (_key, shape, dtype = 'float32') => tf.zeros([...shape], dtype);

/** All ones; itself an initializer. */
export const ones: Initializer = (_key, shape, dtype = 'float32') => tf.ones([...shape], dtype);

/** Returns `zeros`. */
export function zerosInit(): Initializer {
  return zeros;
}

/** Returns `ones`. */
export function onesInit(): Initializer {
  return ones;
}

/** Every element `value` (number, or a tensor that broadcasts to the shape). */
export function constant(value: number | tf.Tensor, options: Options<{ dtype: DType }> = {}): Initializer {
  return (_key, shape, dtype = options.dtype ?? 'float32') => {
    if (typeof value === 'number') return tf.fill([...shape], value, dtype as 'float32' | 'int32');
    return tf.tidy(() => tf.cast(tf.broadcastTo(value, [...shape]), dtype));
  };
}

/** N(0, stddev²). Default stddev 0.01. */
export function normal(stddev = 0.01, options: Options<{ dtype: DType }> = {}): Initializer {
  return scaled('normal', options.dtype, (key, count) => times(normalSamples(key, count), stddev));
}

/** U[0, scale). Default scale 0.01. */
export function uniform(scale = 0.01, options: Options<{ dtype: DType }> = {}): Initializer {
  return scaled('uniform', options.dtype, (key, count) => times(uniformSamples(key, count), scale));
}

/** Normal cut to [lower, upper] standard deviations, variance not corrected. Default stddev 0.01. */
export function truncatedNormal(
  stddev = 0.01,
  options: Options<{
    /** Default -2. */
    lower: number;
    /** Default 2. */
    upper: number;
    /** Default 'float32'. */
    dtype: DType;
  }> = {},
): Initializer {
  const { lower = -2, upper = 2, dtype } = options;
  return scaled('truncatedNormal', dtype, (key, count) =>
    times(truncatedNormalSamples(key, count, lower, upper), stddev),
  );
}

/** Variance `scale / fan`. Mirrors `jax.nn.initializers.variance_scaling`. */
export function varianceScaling(
  scale: number,
  mode: VarianceScalingMode,
  distribution: VarianceScalingDistribution,
  options: FanOptions = {},
): Initializer {
  const sample = samplers[distribution];
  if (sample === undefined) {
    throw new Error(
      `varianceScaling: expected a distribution, got '${String(distribution)}'.\n` +
        `Pass one of '${Object.keys(samplers).join("', '")}'.`,
    );
  }
  return (key, shape, dtype = options.dtype ?? 'float32') => {
    requireFloat('varianceScaling', dtype);
    const variance = Math.fround(scale / fanOf(shape, mode, options));
    return draw(key, shape, 'float32', (from, count) => sample(from, count, variance));
  };
}

/** varianceScaling(1, fan_in, truncated_normal). */
export function lecunNormal(options?: FanOptions): Initializer {
  return varianceScaling(1, 'fan_in', 'truncated_normal', options);
}

/** varianceScaling(1, fan_in, uniform). */
export function lecunUniform(options?: FanOptions): Initializer {
  return varianceScaling(1, 'fan_in', 'uniform', options);
}

/** varianceScaling(1, fan_avg, truncated_normal). */
export function glorotNormal(options?: FanOptions): Initializer {
  return varianceScaling(1, 'fan_avg', 'truncated_normal', options);
}

/** varianceScaling(1, fan_avg, uniform). */
export function glorotUniform(options?: FanOptions): Initializer {
  return varianceScaling(1, 'fan_avg', 'uniform', options);
}

/** varianceScaling(2, fan_in, truncated_normal). */
export function heNormal(options?: FanOptions): Initializer {
  return varianceScaling(2, 'fan_in', 'truncated_normal', options);
}

/** varianceScaling(2, fan_in, uniform). */
export function heUniform(options?: FanOptions): Initializer {
  return varianceScaling(2, 'fan_in', 'uniform', options);
}

export {
  /** Same as `glorotNormal`. */
  glorotNormal as xavierNormal,
  /** Same as `glorotUniform`. */
  glorotUniform as xavierUniform,
  /** Same as `heNormal`. */
  heNormal as kaimingNormal,
  /** Same as `heUniform`. */
  heUniform as kaimingUniform,
};

/** Options of the orthogonal initializers. */
export type OrthogonalOptions = Options<{
  /** Default -1. */
  columnAxis: number;
  /** Default 'float32'. */
  dtype: DType;
}>;

/** Orthogonal rows or columns, times `scale` (default 1). */
export function orthogonal(scale = 1, options: OrthogonalOptions = {}): Initializer {
  return (key, shape, dtype = options.dtype ?? 'float32') => {
    requireFloat('orthogonal', dtype);
    if (shape.length < 2) throw rankError('orthogonal', 'at least 2 axes', shape);
    const axis = (options.columnAxis ?? -1) + ((options.columnAxis ?? -1) < 0 ? shape.length : 0);
    const columns = shape[axis]!;
    const others = shape.filter((_, i) => i !== axis);
    const rows = others.reduce((product, size) => product * size, 1);
    return tf.tidy(() => {
      const matrix = draw(key, [rows, columns], 'float32', (from) =>
        times(orthogonalMatrix(from, rows, columns), scale),
      );
      const last = tf.reshape(matrix, [...others, columns]);
      const order = others.map((_, i) => i);
      order.splice(axis, 0, others.length);
      return tf.transpose(last, order);
    });
  };
}

/** Zero kernel with an orthogonal centre, for rank 3 to 5. Default scale 1. */
export function deltaOrthogonal(scale = 1, options: OrthogonalOptions = {}): Initializer {
  const centre = orthogonal(scale, options);
  return (key, shape, dtype = options.dtype ?? 'float32') => {
    if (shape.length < 3 || shape.length > 5) throw rankError('deltaOrthogonal', '3 to 5 axes', shape);
    const [inputs, outputs] = [shape.at(-2)!, shape.at(-1)!];
    if (outputs < inputs) {
      throw new Error(
        `deltaOrthogonal: expected at least as many outputs as inputs, got shape [${shape.join(', ')}].\n` +
          'Use `orthogonal` for kernels that narrow.',
      );
    }
    return tf.tidy(() => {
      const spatial = shape.slice(0, -2);
      const matrix = tf.reshape(centre(key, [inputs, outputs], dtype), [...spatial.map(() => 1), inputs, outputs]);
      const around = spatial.map((size): [number, number] => [
        Math.floor((size - 1) / 2),
        size - 1 - Math.floor((size - 1) / 2),
      ]);
      return tf.pad(matrix, [...around, [0, 0], [0, 0]]);
    });
  };
}

/** Standard deviation of the standard normal cut to (−2, 2). */
const truncatedDeviation = Math.fround(0.87962566103423978);

const samplers: Record<VarianceScalingDistribution, (key: Key, count: number, variance: number) => Float32Array> = {
  truncated_normal: (key, count, variance) =>
    times(
      truncatedNormalSamples(key, count, -2, 2),
      Math.fround(Math.fround(Math.sqrt(variance)) / truncatedDeviation),
    ),
  normal: (key, count, variance) => times(normalSamples(key, count), Math.fround(Math.sqrt(variance))),
  uniform: (key, count, variance) =>
    times(uniformSamples(key, count, -1, 1), Math.fround(Math.sqrt(Math.fround(3 * variance)))),
};

function scaled(
  name: string,
  byDefault: DType = 'float32',
  sample: (key: Key, count: number) => Float32Array,
): Initializer {
  return (key, shape, dtype = byDefault) => {
    requireFloat(name, dtype);
    return draw(key, shape, 'float32', sample);
  };
}

function times(values: Float32Array, factor: number): Float32Array {
  const by = Math.fround(factor);
  return values.map((value) => value * by);
}

function requireFloat(name: string, dtype: DType): void {
  if (dtype === 'float32') return;
  throw new Error(
    `${name}: expected dtype 'float32', got '${dtype}'.\nTensorFlow.js has one float type; cast the result instead.`,
  );
}

function rankError(name: string, expected: string, shape: Shape): Error {
  return new Error(
    `${name}: expected a shape of ${expected}, got [${shape.join(', ')}].\nUse \`lecunNormal\` for others.`,
  );
}
