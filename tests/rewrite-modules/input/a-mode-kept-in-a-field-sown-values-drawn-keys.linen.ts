import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class A extends nn.Module {
  constructor(
    readonly features: number,
    readonly training: boolean,
  ) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    x = new nn.Dense(this.features).call(x);
    x = new nn.Dropout(0.5).call(x, { deterministic: !this.training });
    this.sow('intermediates', 'h', x);
    const noise = this.makeRng('noise');
    console.log(noise);
    return x;
  }
}

export class B extends nn.Module {
  @nn.compact
  call(x: tf.Tensor, train: boolean) {
    x = new A(3, train).call(x);
    return new A(4, train).call(x);
  }
}
