import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class A extends nn.Module {
  @nn.compact
  call(x: tf.Tensor, train = false): tf.Tensor {
    const deterministic = !train;
    x = new nn.Dense(3).call(x);
    x = new nn.Dropout(0.5).call(x, { deterministic });
    const y = tf.tidy(() => {
      const h = new nn.Dense(4).call(x);
      return h;
    });
    return new nn.Dropout(0.5).call(y, { deterministic });
  }
}
