import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class A extends nn.Module {
  norm?: nn.LayerNorm;
  dense!: nn.Dense;

  constructor(readonly useNorm: boolean) {
    super();
  }

  setup() {
    if (this.useNorm) {
      this.norm = new nn.LayerNorm();
    }
    this.dense = new nn.Dense(3);
  }

  call(x: tf.Tensor): tf.Tensor {
    if (this.norm) x = this.norm.call(x);
    return this.dense.call(x);
  }
}
