import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class A extends nn.Module {
  constructor(readonly hiddenSize: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const inner = x.shape[x.shape.length - 1]!;
    const h = new nn.Dense(this.hiddenSize).call(x);
    const b = this.param('b', nn.initializers.zeros, [x.shape.at(-1)!]);
    return tf.add(b, new nn.Dense(inner).call(h));
  }
}
