import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

export class A extends nnx.Module {
  readonly hidden: number;
  readonly rate: number;
  readonly h: nnx.Linear;
  readonly d: nnx.Dropout;

  constructor(
    inFeatures: number,
    { hidden, rate = 0.1 }: { hidden: number; rate?: number },
    { rngs }: { rngs: nnx.Rngs },
  ) {
    super();
    this.hidden = hidden;
    this.rate = rate;
    this.h = new nnx.Linear(inFeatures, this.hidden, { rngs });
    this.d = new nnx.Dropout(this.rate, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    return this.d.call(this.h.call(x));
  }
}
