import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export abstract class Base extends nn.Module {
  constructor(readonly features: number) {
    super();
  }

  abstract call(x: tf.Tensor): tf.Tensor;

  scale(x: tf.Tensor) {
    return tf.mul(x, this.features);
  }
}

export class A extends Base {
  constructor(
    features: number,
    readonly depth: number,
  ) {
    super(features);
  }

  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return this.scale(new nn.Dense(this.features * this.depth).call(x));
  }
}
