import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

export class A extends nnx.Module {
  readonly linear: nnx.Linear;
  readonly norm: nnx.BatchNorm;
  readonly norm2: nnx.BatchNorm;
  readonly norm3: nnx.BatchNorm;

  constructor(inFeatures: number, features: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear = new nnx.Linear(inFeatures, features, { rngs });
    this.norm = new nnx.BatchNorm(features, { rngs });
    this.norm2 = new nnx.BatchNorm(features, { momentum: 0.9, rngs });
    this.norm3 = new nnx.BatchNorm(features, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    x = this.linear.call(x);
    x = this.norm.call(x, { useRunningAverage: true });
    x = this.norm2.call(x, { useRunningAverage: true });
    return this.norm3.call(x);
  }
}
