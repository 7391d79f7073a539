import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

export class A extends nnx.Module {
  readonly linear: nnx.Linear;
  readonly dropout: nnx.Dropout;
  readonly linear2: nnx.Linear;
  readonly dropout2: nnx.Dropout;

  constructor(inFeatures: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear = new nnx.Linear(inFeatures, 3, { rngs });
    this.dropout = new nnx.Dropout(0.5, { rngs });
    this.linear2 = new nnx.Linear(3, 4, { rngs });
    this.dropout2 = new nnx.Dropout(0.5, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    x = this.linear.call(x);
    x = this.dropout.call(x);
    const y = tf.tidy(() => {
      const h = this.linear2.call(x);
      return h;
    });
    return this.dropout2.call(y);
  }
}
