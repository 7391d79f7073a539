import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

/** Doc of A. */
export class A extends nn.Module {
  /** Call it. */
  call = nn.compact(function (this: A, x: tf.Tensor, { training }: { training: boolean }): tf.Tensor {
    // first
    const norm = new nn.LayerNorm(); // pre-norm
    x = norm.call(x);
    x = new nn.Dropout(0.5).call(x, { deterministic: !training });
    return norm.call(x);
  });
}
