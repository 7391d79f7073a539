import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class A extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const mean = this.variable('my_stats', 'mean', (n: number) => tf.zeros([n]), 3);
    mean.value = tf.add(mean.value, x);
    const bias = this.param('bias', (key: unknown, n: number) => tf.zeros([n]), 3);
    const temperature = this.param('temp', () => tf.scalar(1));
    return tf.mul(tf.add(x, bias), tf.add(temperature, this.param('shift', nn.initializers.zeros, [])));
  }
}
