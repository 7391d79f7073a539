/** A model's file holds much that is no business of the model's: following it must cost little. */
import { expect, test } from '@jest/globals';
import { convertSites, perceptron } from './conversion.js';

const helper = (i: number) => `
export function weighted${i}(values: readonly number[], rate: number): number {
  let sum = 0;
  for (const value of values) {
    if (value > ${i}) sum += value * rate;
    else sum -= Math.sqrt(Math.abs(value));
  }
  return sum > 0 ? sum : -sum;
}
`;

test('names that change in loops and branches of many functions stay of bounded length', async () => {
  const helpers = Array.from({ length: 40 }, (_, i) => helper(i)).join('');
  const { codes, texts } = await convertSites(
    `${perceptron}${helpers}
export function predict(x: tf.Tensor): tf.Tensor {
  return model.apply({ params }, [x]);
}
console.log(predict(tf.ones([2, 784])), weighted0([1], 2));`,
  );
  expect(codes).toEqual([]);
  expect(Object.values(texts).join('')).toContain('return model.call(x);');
});
