import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';

const indices = () => tf.tensor2d([[0], [2]], [2, 1], 'int32');

/** A tensor after others were written over a copy of it. */
function scattered(): { readonly before: number[]; readonly result: number[] } {
  return tf.tidy(() => {
    const x = tf.tensor1d([1, 2, 3]);
    const result = tf.tensorScatterUpdate(x, indices(), tf.tensor1d([7, 9]));
    return { before: [...x.dataSync()], result: [...result.dataSync()] };
  });
}

test('a scatter leaves its input as it is, where the stock kernel writes into it', async () => {
  await tf.setBackend('cpu');
  expect(scattered()).toEqual({ before: [7, 2, 9], result: [7, 2, 9] });
  const { ready } = await import('../../runtime/backends/select.js');
  await ready();
  await tf.setBackend('cpu');
  const { numTensors } = tf.memory();
  const held = (tf.backend() as tf.KernelBackend).numDataIds();
  expect(scattered()).toEqual({ before: [1, 2, 3], result: [7, 2, 9] });
  expect(tf.memory().numTensors).toBe(numTensors);
  expect((tf.backend() as tf.KernelBackend).numDataIds()).toBe(held);
});
