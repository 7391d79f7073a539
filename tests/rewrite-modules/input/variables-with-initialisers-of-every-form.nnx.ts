import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

export class MyStats extends nnx.Variable {}

export class A extends nnx.Module {
  readonly mean: MyStats;
  readonly bias: nnx.Param;
  readonly temp: nnx.Param;
  readonly shift: nnx.Param;

  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.mean = new MyStats(((n: number) => tf.zeros([n]))(3));
    this.bias = new nnx.Param(((key: unknown, n: number) => tf.zeros([n]))(rngs.params(), 3));
    this.temp = new nnx.Param(tf.scalar(1));
    this.shift = new nnx.Param(nnx.initializers.zeros(rngs.params(), []));
  }

  call(x: tf.Tensor): tf.Tensor {
    this.mean.value = tf.add(this.mean.value, x);
    return tf.mul(tf.add(x, this.bias.value), tf.add(this.temp.value, this.shift.value));
  }
}
