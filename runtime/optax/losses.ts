import * as tf from '@tensorflow/tfjs';
import { stopGradient } from '../core/autodiff/stop-gradient.js';
import type { Options } from '../core/tree-typing.js';

interface LossOptions extends Options<{
  /** Class axis. Default -1. */
  axis: number | readonly number[];
  /** Elements that count. Default all. */
  where: tf.Tensor;
}> {}

/** Logits [..., classes] and class numbers [...] → losses [...]. Mirrors the optax function of that name. */
export function softmaxCrossEntropyWithIntegerLabels(
  logits: tf.Tensor,
  labels: tf.Tensor,
  options: LossOptions = {},
): tf.Tensor {
  const axis = singleAxis(options.axis ?? -1, logits.rank);
  const expected = logits.shape.filter((_, i) => i !== axis);
  if (expected.join() !== labels.shape.join()) {
    throw new Error(
      `softmaxCrossEntropyWithIntegerLabels: expected labels of shape [${expected.join(', ')}], got [${labels.shape.join(', ')}].\n` +
        'Pass class numbers, one for each example; for probabilities use softmaxCrossEntropy.',
    );
  }
  return tf.tidy(() => {
    const classes = logits.shape[axis]!;
    const last = moveAxisLast(logits, axis);
    const chosen = tf.oneHot(tf.cast(labels, 'int32'), classes);
    const logit = tf.sum(maskedProduct(last, chosen, options.where, axis), -1);
    return tf.sub(logSumExp(last, options.where === undefined ? null : moveAxisLast(options.where, axis)), logit);
  });
}

/** Logits and probabilities [..., classes] → losses [...]. Mirrors `optax.softmax_cross_entropy`. */
export function softmaxCrossEntropy(logits: tf.Tensor, labels: tf.Tensor, options: LossOptions = {}): tf.Tensor {
  const axis = singleAxis(options.axis ?? -1, logits.rank);
  return tf.tidy(() => {
    const last = moveAxisLast(logits, axis);
    const where = options.where === undefined ? null : moveAxisLast(options.where, axis);
    const log = tf.sub(last, tf.expandDims(logSumExp(last, where), -1));
    const terms = tf.mul(moveAxisLast(labels, axis), log);
    return tf.neg(tf.sum(where === null ? terms : tf.where(where, terms, tf.zerosLike(terms)), -1));
  });
}

/** Logits and labels in [0, 1], same shape → losses, same shape. Mirrors `optax.sigmoid_binary_cross_entropy`. */
export function sigmoidBinaryCrossEntropy(logits: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const logP = tf.neg(softplus(tf.neg(logits)));
    const logNotP = tf.neg(softplus(logits));
    return tf.sub(tf.mul(tf.neg(labels), logP), tf.mul(tf.sub(1, labels), logNotP));
  });
}

/** ½ (predictions − targets)²; targets default to 0; same shape. Mirrors `optax.l2_loss`. */
export function l2Loss(predictions: tf.Tensor, targets: tf.Tensor | null = null): tf.Tensor {
  return tf.tidy(() => tf.mul(0.5, squaredError(predictions, targets)));
}

/** (predictions − targets)²; same shape. Mirrors `optax.squared_error`. */
export function squaredError(predictions: tf.Tensor, targets: tf.Tensor | null = null): tf.Tensor {
  return tf.tidy(() => tf.square(errors(predictions, targets)));
}

/** Quadratic within `delta` (default 1), linear beyond; same shape. Mirrors `optax.huber_loss`. */
export function huberLoss(
  predictions: tf.Tensor,
  targets: tf.Tensor | null = null,
  options: Options<{ delta: number }> = {},
): tf.Tensor {
  const delta = options.delta ?? 1;
  return tf.tidy(() => {
    const distance = tf.abs(errors(predictions, targets));
    const quadratic = tf.minimum(distance, delta);
    const linear = tf.sub(distance, quadratic);
    return tf.add(tf.mul(0.5, tf.square(quadratic)), tf.mul(delta, linear));
  });
}

/** log cosh(predictions − targets); same shape. Mirrors `optax.log_cosh`. */
export function logCosh(predictions: tf.Tensor, targets: tf.Tensor | null = null): tf.Tensor {
  return tf.tidy(() => {
    const error = errors(predictions, targets);
    return tf.sub(tf.add(error, softplus(tf.mul(-2, error))), Math.log(2));
  });
}

/** KL divergence of log-probabilities from probabilities [..., classes] → [...]. Mirrors `optax.kl_divergence`. */
export function klDivergence(logPredictions: tf.Tensor, targets: tf.Tensor, options: LossOptions = {}): tf.Tensor {
  const axis = singleAxis(options.axis ?? -1, targets.rank);
  return tf.tidy(() => {
    const positive = tf.greater(targets, 0);
    const safe = tf.where(positive, targets, tf.onesLike(targets));
    const terms = tf.mul(targets, tf.sub(tf.log(safe), logPredictions));
    const counted = options.where === undefined ? positive : tf.logicalAnd(positive, options.where);
    return tf.sum(tf.where(counted, terms, tf.zerosLike(terms)), axis);
  });
}

/** 1 − cosine of the angle: [..., d] → [...]. Mirrors `optax.cosine_distance`. */
export function cosineDistance(
  predictions: tf.Tensor,
  targets: tf.Tensor,
  options: Options<{ /** Default 0. */ epsilon: number }> = {},
): tf.Tensor {
  const epsilon = options.epsilon ?? 0;
  const unit = (x: tf.Tensor) => tf.div(x, tf.sqrt(tf.maximum(tf.sum(tf.square(x), -1, true), epsilon)));
  return tf.tidy(() => tf.sub(1, tf.sum(tf.mul(unit(predictions), unit(targets)), -1)));
}

/** Labels mixed with the uniform distribution: [..., classes]. Mirrors `optax.smooth_labels`. */
export function smoothLabels(labels: tf.Tensor, alpha: number): tf.Tensor {
  const classes = labels.shape.at(-1)!;
  return tf.tidy(() => tf.add(tf.mul(1 - alpha, labels), alpha / classes));
}

function errors(predictions: tf.Tensor, targets: tf.Tensor | null): tf.Tensor {
  return targets === null ? predictions : tf.sub(predictions, targets);
}

/** log Σ exp over the last axis, shifted by the maximum, whose gradient is stopped as in `jax.nn.logsumexp`. */
function logSumExp(x: tf.Tensor, where: tf.Tensor | null): tf.Tensor {
  const shown = where === null ? x : tf.where(where, x, tf.fill(x.shape, -Infinity));
  const shift = stopGradient(tf.max(shown, -1, true));
  const terms = tf.exp(tf.sub(x, shift));
  const sum = tf.sum(where === null ? terms : tf.where(where, terms, tf.zerosLike(terms)), -1);
  return tf.add(tf.log(sum), tf.squeeze(shift, [-1]));
}

/** log(1 + eˣ) without overflow: max(x, 0) + log1p(e^−|x|), whose derivative at 0 is ½. */
function softplus(x: tf.Tensor): tf.Tensor {
  const negative = tf.where(tf.greater(x, 0), tf.neg(x), x);
  return tf.add(tf.relu(x), tf.log1p(tf.exp(negative)));
}

function maskedProduct(x: tf.Tensor, chosen: tf.Tensor, where: tf.Tensor | undefined, axis: number): tf.Tensor {
  const kept = where === undefined ? x : tf.where(moveAxisLast(where, axis), x, tf.zerosLike(x));
  return tf.mul(kept, tf.cast(chosen, x.dtype));
}

function singleAxis(axis: number | readonly number[], rank: number): number {
  const one = typeof axis === 'number' ? axis : axis[0];
  if (one === undefined || (typeof axis !== 'number' && axis.length !== 1) || one < -rank || one >= rank) {
    throw new Error(
      `optax loss: expected one class axis within rank ${rank}, got ${JSON.stringify(axis)}.\nPass one axis.`,
    );
  }
  return one < 0 ? one + rank : one;
}

function moveAxisLast(x: tf.Tensor, axis: number): tf.Tensor {
  if (axis === x.rank - 1) return x;
  return tf.transpose(x, [...x.shape.keys()].filter((i) => i !== axis).concat(axis));
}
