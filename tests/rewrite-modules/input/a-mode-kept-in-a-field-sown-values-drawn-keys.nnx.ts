import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

export class A extends nnx.Module {
  readonly linear: nnx.Linear;
  readonly dropout: nnx.Dropout;
  readonly rngs: nnx.Rngs;

  constructor(inFeatures: number, features: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.rngs = rngs;
    this.linear = new nnx.Linear(inFeatures, features, { rngs });
    this.dropout = new nnx.Dropout(0.5, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    x = this.linear.call(x);
    x = this.dropout.call(x);
    this.sow(nnx.Intermediate, 'h', x);
    const noise = this.rngs.noise();
    console.log(noise);
    return x;
  }
}

export class B extends nnx.Module {
  readonly a: A;
  readonly a2: A;

  constructor(inFeatures: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.a = new A(inFeatures, 3, { rngs });
    this.a2 = new A(3, 4, { rngs });
  }

  call(x: tf.Tensor) {
    x = this.a.call(x);
    return this.a2.call(x);
  }
}
