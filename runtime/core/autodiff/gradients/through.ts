import type * as tf from '@tensorflow/tfjs';
import { linearise } from '../linearise.js';

/** The gradient at `x` of a kernel that does the same as `f`, which consists of others. */
export function through(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, dy: tf.Tensor): tf.Tensor {
  const run = linearise([x], ([leaf]) => f(leaf as tf.Tensor));
  try {
    return run.pullback([run.output], [dy])[0]!;
  } finally {
    run.release();
  }
}
