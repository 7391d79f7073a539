import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

/** Doc of A. */
export class A extends nnx.Module {
  readonly norm: nnx.LayerNorm;
  readonly dropout: nnx.Dropout;

  constructor(inFeatures: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.norm = new nnx.LayerNorm(inFeatures, { rngs });
    this.dropout = new nnx.Dropout(0.5, { rngs });
  }

  /** Call it. */
  call(x: tf.Tensor): tf.Tensor {
    // first
    // pre-norm
    x = this.norm.call(x);
    x = this.dropout.call(x);
    return this.norm.call(x);
  }
}
