import * as tf from '@tensorflow/tfjs';
import { stopGradient } from '../core/autodiff/stop-gradient.js';
import type { DType, Options } from '../core/tree-typing.js';

/** Elementwise function: any shape in, same shape out. */
export type Activation = (x: tf.Tensor) => tf.Tensor;

/** max(x, 0); derivative 0 at 0. */
export function relu(x: tf.Tensor): tf.Tensor {
  return tf.relu(x);
}

/** min(max(x, 0), 6). */
export function relu6(x: tf.Tensor): tf.Tensor {
  return tf.relu6(x);
}

/** Gaussian error linear unit; the tanh form unless `approximate` is false. */
export function gelu(x: tf.Tensor, options: Options<{ /** Default true. */ approximate: boolean }> = {}): tf.Tensor {
  return tf.tidy(() => {
    if (options.approximate === false) {
      return tf.mul(tf.mul(0.5, x), tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))));
    }
    const inner = tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x))));
    return tf.mul(x, tf.mul(0.5, tf.add(1, tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), inner)))));
  });
}

/** x · sigmoid(x). */
export function silu(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.mul(x, tf.sigmoid(x)));
}

/** x, or negativeSlope · x below 0. */
export function leakyRelu(
  x: tf.Tensor,
  options: Options<{ /** Default 0.01. */ negativeSlope: number }> = {},
): tf.Tensor {
  return tf.leakyRelu(x, options.negativeSlope ?? 0.01);
}

/** x, or slope · x below 0, with a slope that is learned. Flax `PReLU`. */
export function prelu(x: tf.Tensor, slope: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.where(tf.greaterEqual(x, 0), x, tf.mul(tf.cast(slope, x.dtype), x)));
}

/** x, or alpha · (eˣ − 1) below 0. */
export function elu(x: tf.Tensor, options: Options<{ /** Default 1. */ alpha: number }> = {}): tf.Tensor {
  const alpha = options.alpha ?? 1;
  if (alpha === 1) return tf.elu(x);
  return tf.tidy(() => tf.add(tf.relu(x), tf.mul(alpha, tf.elu(tf.neg(tf.relu(tf.neg(x)))))));
}

/** x, or alpha · (exp(x / alpha) − 1) below 0. */
export function celu(x: tf.Tensor, options: Options<{ /** Default 1. */ alpha: number }> = {}): tf.Tensor {
  const alpha = options.alpha ?? 1;
  return tf.tidy(() => tf.mul(alpha, tf.elu(tf.div(x, alpha))));
}

/** Scaled elu. */
export function selu(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.mul(1.0507009873554805, elu(x, { alpha: 1.6732632423543772 })));
}

/** log(1 + eˣ). */
export function softplus(x: tf.Tensor): tf.Tensor {
  return tf.softplus(x);
}

/** x / (1 + |x|). */
export function softSign(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.div(x, tf.add(1, tf.abs(x))));
}

/** Logistic function. */
export function sigmoid(x: tf.Tensor): tf.Tensor {
  return tf.sigmoid(x);
}

/** log(sigmoid(x)). */
export function logSigmoid(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.neg(tf.softplus(tf.neg(x))));
}

/** relu6(x + 3) / 6. */
export function hardSigmoid(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.div(tf.relu6(tf.add(x, 3)), 6));
}

/** x · hardSigmoid(x). */
export function hardSilu(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.mul(x, hardSigmoid(x)));
}

/** x clipped to [−1, 1]. */
export function hardTanh(x: tf.Tensor): tf.Tensor {
  return tf.where(tf.greater(tf.abs(x), 1), tf.sign(x), x);
}

/** Hyperbolic tangent. */
export function tanh(x: tf.Tensor): tf.Tensor {
  return tf.tanh(x);
}

/** x unchanged. */
export function identity(x: tf.Tensor): tf.Tensor {
  return x;
}

/** First half · sigmoid(second half): [..., 2n] → [..., n]. */
export function glu(x: tf.Tensor, options: Options<{ /** Default -1. */ axis: number }> = {}): tf.Tensor {
  const axis = options.axis ?? -1;
  const size = x.shape.at(axis);
  if (size === undefined || size % 2 !== 0) {
    throw new Error(
      `glu: expected an even size along axis ${axis}, got shape [${x.shape.join(', ')}].\n` +
        'Give the layer before it twice the features.',
    );
  }
  return tf.tidy(() => {
    const [first, second] = tf.split(x, 2, axis);
    return tf.mul(first!, tf.sigmoid(second!));
  });
}

export {
  /** Same as `silu`. */
  silu as swish,
  /** Same as `hardSilu`. */
  hardSilu as hardSwish,
};

type Over = Options<{
  /** Default -1. */
  axis: number | readonly number[];
  /** Elements that count. Default all. */
  where: tf.Tensor;
}>;

/** Softmax over `axis`; same shape. */
export function softmax(x: tf.Tensor, options: Over = {}): tf.Tensor {
  const { axis = -1, where } = options;
  return tf.tidy(() => {
    const weights = tf.exp(tf.sub(x, peak(x, [axis].flat(), where)));
    const counted = where === undefined ? weights : tf.where(where, weights, tf.zerosLike(weights));
    return tf.div(counted, tf.sum(counted, [axis].flat(), true));
  });
}

/** log(softmax(x)); same shape; −∞ where elements do not count. */
export function logSoftmax(x: tf.Tensor, options: Over = {}): tf.Tensor {
  const { axis = -1, where } = options;
  return tf.tidy(() => {
    const shifted = tf.sub(x, peak(x, [axis].flat(), where));
    const weights = tf.exp(shifted);
    const counted = where === undefined ? weights : tf.where(where, weights, tf.zerosLike(weights));
    const result = tf.sub(shifted, tf.log(tf.sum(counted, [axis].flat(), true)));
    return where === undefined ? result : tf.where(where, result, tf.fill(x.shape, -Infinity));
  });
}

/** log Σ b·eˣ over `axis` (all axes by default). */
export function logsumexp(
  x: tf.Tensor,
  options: Options<{
    /** Default all axes. */
    axis: number | readonly number[] | null;
    /** Weights. Default 1. */
    b: tf.Tensor;
    /** Default false. */
    keepDims: boolean;
    /** Elements that count. Default all. */
    where: tf.Tensor;
  }> = {},
): tf.Tensor {
  const { axis = null, b, keepDims = false, where } = options;
  const axes = axis === null ? [...x.shape.keys()] : [axis].flat();
  return tf.tidy(() => {
    const most = peak(x, axes, where);
    const finite = tf.where(tf.isFinite(most), most, tf.zerosLike(most));
    const weights = tf.exp(tf.sub(x, finite));
    const weighted = b === undefined ? weights : tf.mul(weights, b);
    const counted = where === undefined ? weighted : tf.where(where, weighted, tf.zerosLike(weighted));
    const total = tf.add(tf.log(tf.sum(counted, axes, true)), finite);
    return keepDims ? total : tf.squeeze(total, tf.util.parseAxisParam(axes, x.shape));
  });
}

/** (x − mean) / √(variance + epsilon) over `axis`; same shape. */
export function standardize(
  x: tf.Tensor,
  options: Options<{
    /** Default -1. */
    axis: number | readonly number[];
    /** Default computed. */
    mean: tf.Tensor;
    /** Default computed. */
    variance: tf.Tensor;
    /** Default 1e-5. */
    epsilon: number;
    /** Elements that count. Default all. */
    where: tf.Tensor;
  }> = {},
): tf.Tensor {
  const { axis = -1, epsilon = 1e-5, where } = options;
  return tf.tidy(() => {
    const mean = options.mean ?? meanOver(x, [axis].flat(), where);
    const variance = options.variance ?? meanOver(tf.square(tf.sub(x, mean)), [axis].flat(), where);
    return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)));
  });
}

/** Integers [...] → [..., numClasses]; zeros for integers that are no class. */
export function oneHot(
  x: tf.Tensor,
  numClasses: number,
  options: Options<{
    /** Default 'float32'. */
    dtype: DType;
    /** Default -1. */
    axis: number;
  }> = {},
): tf.Tensor {
  const { dtype = 'float32', axis = -1 } = options;
  return tf.tidy(() => {
    const last = tf.cast(tf.equal(tf.expandDims(x, -1), tf.range(0, numClasses, 1, x.dtype as 'int32')), dtype);
    const order = [...x.shape.keys()];
    order.splice(axis < 0 ? axis + last.rank : axis, 0, x.rank);
    return tf.transpose(last, order);
  });
}

/** The largest counted element, kept as an axis of size 1, without gradient: it only keeps exponents small. */
function peak(x: tf.Tensor, axes: readonly number[], where: tf.Tensor | undefined): tf.Tensor {
  const counted = where === undefined ? x : tf.where(where, x, tf.fill(x.shape, -Infinity));
  return stopGradient(tf.max(counted, [...axes], true));
}

function meanOver(x: tf.Tensor, axes: readonly number[], where: tf.Tensor | undefined): tf.Tensor {
  if (where === undefined) return tf.mean(x, [...axes], true);
  const counted = tf.where(where, x, tf.zerosLike(x));
  const count = tf.sum(tf.cast(tf.broadcastTo(where, x.shape), 'float32'), [...axes], true);
  return tf.div(tf.sum(counted, [...axes], true), count);
}
