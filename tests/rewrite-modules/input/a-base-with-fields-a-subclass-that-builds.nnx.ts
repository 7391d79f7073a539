import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

export abstract class Base extends nnx.Module {
  constructor(readonly features: number) {
    super();
  }

  abstract call(x: tf.Tensor): tf.Tensor;

  scale(x: tf.Tensor) {
    return tf.mul(x, this.features);
  }
}

export class A extends Base {
  readonly linear: nnx.Linear;

  constructor(inFeatures: number, features: number, depth: number, { rngs }: { rngs: nnx.Rngs }) {
    super(features);
    this.linear = new nnx.Linear(inFeatures, features * depth, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    return this.scale(this.linear.call(x));
  }
}
