import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';
import { modelSafe } from './model-safe.js';

const values = (x: tf.Tensor) => [...x.dataSync()];

class Step extends nnx.Module {
  readonly w = new nnx.Param<tf.Tensor>(tf.scalar(2));

  @nnx.scan({ inAxes: [null, nnx.Carry, 1], outAxes: [nnx.Carry, 1] })
  call(carry: tf.Tensor, x: tf.Tensor): [tf.Tensor, tf.Tensor] {
    const next = tf.add(tf.mul(carry, this.w.value), x);
    return [next, next];
  }

  @nnx.vmap({ inAxes: [null, 0] })
  each(x: tf.Tensor): tf.Tensor {
    return tf.mul(tf.sum(x), this.w.value);
  }
}

describe('scan and vmap as decorators of methods', () => {
  test('the module is the first of inAxes', () => {
    modelSafe((own) => {
      const step = own(new Step());
      const [carry, ys] = step.call(tf.ones([1]), tf.tensor2d([[1, 2, 3]]));
      expect([values(carry), ys.shape, values(ys)]).toEqual([[19], [1, 3], [3, 8, 19]]);
      expect(
        values(
          step.each(
            tf.tensor2d([
              [1, 2],
              [3, 4],
            ]),
          ),
        ),
      ).toEqual([6, 14]);
    });
  });

  test('gradients reach the module through the method', () => {
    modelSafe((own) => {
      const step = own(new Step());
      const loss = (model: Step) => model.call(tf.ones([1]), tf.ones([1, 2]))[0].sum();
      // ((1 w + 1) w + 1)' = 2 w + 1
      expect(values(nnx.grad(loss)(step).w!.value)).toEqual([5]);
    });
  });
});
