import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

export class A extends nnx.Module {
  readonly linear: nnx.Linear;
  readonly dropout: nnx.Dropout;

  constructor(inFeatures: number, features: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear = new nnx.Linear(inFeatures, features, { rngs });
    this.dropout = new nnx.Dropout(0.2, { rngCollection: 'noise', rngs });
  }

  call(x: tf.Tensor, train: boolean): tf.Tensor {
    console.log(train);
    x = nnx.relu(this.linear.call(x));
    return this.dropout.call(x);
  }
}
