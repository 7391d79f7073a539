import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class A extends nn.Module {
  readonly hidden: number;
  readonly rate: number;

  constructor({ hidden, rate = 0.1 }: { hidden: number; rate?: number }) {
    super();
    this.hidden = hidden;
    this.rate = rate;
  }

  @nn.compact
  call(x: tf.Tensor, { train = false } = {}): tf.Tensor {
    const h = new nn.Dense(this.hidden),
      d = new nn.Dropout(this.rate, { deterministic: !train });
    return d.call(h.call(x));
  }
}
