import * as tf from '@tensorflow/tfjs';
import { Module, compact, Dense, Dropout, relu } from 'linen2nnx/linen';

export class A extends Module {
  constructor(readonly features: number) {
    super();
  }

  @compact
  call(x: tf.Tensor, train: boolean): tf.Tensor {
    console.log(train);
    x = relu(new Dense(this.features).call(x));
    return new Dropout(0.2, { deterministic: !train, rngCollection: 'noise' }).call(x);
  }
}
