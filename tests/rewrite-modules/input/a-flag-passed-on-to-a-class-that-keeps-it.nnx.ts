import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

export class Inner extends nnx.Module {
  readonly linear: nnx.Linear;

  constructor(inFeatures: number, features: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear = new nnx.Linear(inFeatures, features, { rngs });
  }

  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = this.linear.call(x);
    return training ? tf.relu(x) : x;
  }
}

export class Middle extends nnx.Module {
  readonly inner: Inner;
  readonly dropout: nnx.Dropout;

  constructor(inFeatures: number, features: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.inner = new Inner(inFeatures, features, { rngs });
    this.dropout = new nnx.Dropout(0.1, { rngs });
  }

  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = this.inner.call(x, training);
    return this.dropout.call(x);
  }
}

export class Outer extends nnx.Module {
  readonly middle: Middle;
  readonly norm: nnx.BatchNorm;

  constructor(inFeatures: number, features: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.middle = new Middle(inFeatures, features, { rngs });
    this.norm = new nnx.BatchNorm(features, { rngs });
  }

  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = this.middle.call(x, training);
    return this.norm.call(x);
  }
}
