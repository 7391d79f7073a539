import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

export class A extends nnx.Module {
  norm?: nnx.LayerNorm;
  readonly dense: nnx.Linear;

  constructor(inFeatures: number, useNorm: boolean, { rngs }: { rngs: nnx.Rngs }) {
    super();
    if (useNorm) {
      this.norm = new nnx.LayerNorm(inFeatures, { rngs });
    }
    this.dense = new nnx.Linear(inFeatures, 3, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    if (this.norm) x = this.norm.call(x);
    return this.dense.call(x);
  }
}
