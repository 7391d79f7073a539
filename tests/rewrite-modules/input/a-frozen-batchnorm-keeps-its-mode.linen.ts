import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class A extends nn.Module {
  constructor(readonly features: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new nn.Dense(this.features).call(x);
    x = new nn.BatchNorm({ useRunningAverage: true }).call(x);
    x = new nn.BatchNorm({ momentum: 0.9 }).call(x, { useRunningAverage: true });
    return new nn.BatchNorm({ useRunningAverage: !training }).call(x);
  }
}
