import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

export class A extends nnx.Module {
  readonly linear: nnx.Linear;
  readonly b: nnx.Param;
  readonly linear2: nnx.Linear;

  constructor(inputSize: number, hiddenSize: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear = new nnx.Linear(inputSize, hiddenSize, { rngs });
    this.b = new nnx.Param(nnx.initializers.zeros(rngs.params(), [inputSize]));
    this.linear2 = new nnx.Linear(hiddenSize, inputSize, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    const h = this.linear.call(x);
    return tf.add(this.b.value, this.linear2.call(h));
  }
}
