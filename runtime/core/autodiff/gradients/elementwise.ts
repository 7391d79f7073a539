import * as tf from '@tensorflow/tfjs';
import { sumTo } from './broadcast.js';

/** Gradients of kernels on single elements, at kinks and ties as in JAX. */
export const elementwise: readonly tf.GradConfig[] = [
  extremum('Maximum', tf.greater, tf.greaterEqual),
  extremum('Minimum', tf.less, tf.lessEqual),
  {
    // 1 at 0; TensorFlow.js gives −1 there.
    kernelName: 'Abs',
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({
      x: () => tf.where(tf.greaterEqual(x!, 0), dy as tf.Tensor, tf.neg(dy as tf.Tensor)),
    }),
  },
  {
    // 1 at 0, as in `jax.nn.leaky_relu`; TensorFlow.js gives alpha.
    kernelName: 'LeakyRelu',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({
      x: () => {
        const { alpha } = attrs as unknown as { readonly alpha: number };
        return tf.where(tf.greaterEqual(x!, 0), dy as tf.Tensor, tf.mul(dy as tf.Tensor, alpha));
      },
    }),
  },
  {
    // ½ at the bounds, as in `jax.numpy.clip`; TensorFlow.js gives 1.
    kernelName: 'ClipByValue',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({
      x: () => {
        const { clipValueMin: low, clipValueMax: high } = attrs as unknown as ClipAttributes;
        const within = tf.logicalAnd(tf.greaterEqual(x!, low), tf.lessEqual(x!, high));
        return tf.mul(dy as tf.Tensor, half(within, between(x!, low, high)));
      },
    }),
  },
  {
    // Zero at 6, as in `jax.nn.relu6`; TensorFlow.js gives 1.
    kernelName: 'Relu6',
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => tf.mul(dy as tf.Tensor, tf.cast(between(x!, 0, 6), 'float32')) }),
  },
  {
    // Zero, as of every step function; TensorFlow.js gives that of the quotient.
    kernelName: 'FloorDiv',
    inputsToSave: ['a', 'b'],
    gradFunc: (_dy, [a, b]) => ({ a: () => zerosOf(a!), b: () => zerosOf(b!) }),
  },
  {
    // TensorFlow.js's own does not sum over broadcast axes.
    kernelName: 'SquaredDifference',
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => {
      const slope = () => tf.mul(tf.mul(dy as tf.Tensor, 2), tf.sub(a!, b!));
      return { a: () => sumTo(slope(), a!.shape), b: () => sumTo(tf.neg(slope()), b!.shape) };
    },
  },
  {
    // The base: 0 where the exponent is 0, also at 0^0. The exponent: NaN for negative bases.
    kernelName: 'Pow',
    inputsToSave: ['a', 'b'],
    outputsToSave: [true],
    gradFunc: (dy, [a, b, y]) => ({
      a: () => sumTo(tf.mul(dy as tf.Tensor, powSlope(a!, tf.cast(b!, 'float32'))), a!.shape),
      b: () => {
        const log = tf.log(tf.where(tf.equal(a!, 0), tf.onesLike(a!), a!));
        return sumTo(tf.mul(dy as tf.Tensor, tf.mul(log, y!)), b!.shape);
      },
    }),
  },
  {
    // By choosing, not multiplying: what is not chosen may be infinite or NaN.
    kernelName: 'Select',
    inputsToSave: ['condition'],
    gradFunc: (dy, [condition]) => {
      const none = () => tf.zerosLike(dy as tf.Tensor);
      const choose = (t: tf.Tensor, e: tf.Tensor) => tf.engine().runKernel('Select', { condition: condition!, t, e });
      return {
        condition: () => zerosOf(condition!),
        t: () => choose(dy as tf.Tensor, none()) as tf.Tensor,
        e: () => choose(none(), dy as tf.Tensor) as tf.Tensor,
      };
    },
  },
  {
    // Second order of elu: the kernel gives dy where y ≥ 0, dy · (y + 1) elsewhere.
    kernelName: 'EluGrad',
    inputsToSave: ['dy', 'y'],
    gradFunc: (given, [dy, y]) => ({
      dy: () => tf.engine().runKernel('EluGrad', { dy: given as tf.Tensor, y: y! }) as tf.Tensor,
      y: () => tf.where(tf.greaterEqual(y!, 0), tf.zerosLike(y!), tf.mul(given as tf.Tensor, dy!)),
    }),
  },
];

interface ClipAttributes {
  readonly clipValueMin: number;
  readonly clipValueMax: number;
}

/** Half to each at ties; TensorFlow.js gives all to the first, and does not sum over broadcast axes. */
function extremum(
  kernelName: string,
  beats: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  holds: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => {
      const share = (x: tf.Tensor, other: tf.Tensor) => half(beats(x, other), holds(x, other));
      return {
        a: () => sumTo(tf.mul(dy as tf.Tensor, share(a!, b!)), a!.shape),
        b: () => sumTo(tf.mul(dy as tf.Tensor, share(b!, a!)), b!.shape),
      };
    },
  };
}

function between(x: tf.Tensor, low: number, high: number): tf.Tensor {
  return tf.logicalAnd(tf.greater(x, low), tf.less(x, high));
}

/** 1 where both conditions hold, ½ where one does. */
function half(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.mul(0.5, tf.add(tf.cast(a, 'float32'), tf.cast(b, 'float32')));
}

function powSlope(base: tf.Tensor, exponent: tf.Tensor): tf.Tensor {
  const slope = tf.mul(exponent, tf.pow(base, tf.sub(exponent, 1)));
  const constant = tf.broadcastTo(tf.equal(exponent, 0), slope.shape);
  return tf.where(constant, tf.zerosLike(slope), slope);
}

function zerosOf(x: tf.Tensor): tf.Tensor {
  return tf.cast(tf.zerosLike(x), 'float32');
}
