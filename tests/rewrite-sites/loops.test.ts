/** Loops: what no round changes is what it was; what a round changes is not. */
import { describe, expect, test } from '@jest/globals';
import { convertSites, perceptron } from './conversion.js';

const step = `
function trainStep(params: nn.Params, x: tf.Tensor): nn.Params {
  const grads = jax.grad((params: nn.Params) => tf.mean(model.apply({ params }, [x])))(params);
  return jax.tree.map((p, g) => tf.sub(p, tf.mul(0.1, g)), params, grads);
}
`;

describe('converted', () => {
  test('an exported function with a loop that has nothing to do with the model', async () => {
    const { whys } = await convertSites(`${perceptron}
export function frame(text: string, width: number): string {
  let line = '';
  for (let i = 0; i < width; i++) line += model === null ? '' : '-';
  return line + text;
}
console.log(frame('loss', 8), model.apply({ params }, [tf.ones([2, 784])]));`);
    expect(whys).toEqual([]);
  });

  test('a function with a loop beside cases that make models for others', async () => {
    const { texts, whys } = await convertSites(`${perceptron}
export const cases = [
  { name: 'small', init: () => new Model(8, 3).init(jax.random.key(0), [tf.ones([1, 784])]) },
  { name: 'large', init: () => new Model(64, 3).init(jax.random.key(1), [tf.ones([1, 784])]) },
];
export function total(values: readonly number[]): number {
  let sum = 0;
  for (const each of values) sum += each;
  return sum;
}
console.log(total([1, 2]), model.apply({ params }, [tf.ones([2, 784])]));`);
    expect(whys).toEqual([]);
    expect(texts['main.ts']).toContain(
      "{ name: 'small', init: () => new Model(784, 8, 3, { rngs: new nnx.Rngs(0) }) },",
    );
  });

  test('an exported function that runs the model in a loop and hands out a callback', async () => {
    const { whys } = await convertSites(`${perceptron}
export function evaluate(params: nn.Params, batches: readonly tf.Tensor[]): () => number {
  let total = 0;
  for (const x of batches) total += tf.mean(model.apply({ params }, [x])).dataSync()[0]!;
  return () => [1, 2].reduce((a, b) => a + b, total);
}
console.log(evaluate(params, [tf.ones([2, 784])])());`);
    expect(whys).toEqual([]);
  });

  test('parameters read in a loop are the same after it', async () => {
    const { whys } = await convertSites(`${perceptron}
const kept = params;
for (let i = 0; i < 3; i++) console.log(model.apply({ params }, [tf.ones([2, 784])]));
console.log(model.apply({ params: kept }, [tf.ones([2, 784])]));`);
    expect(whys).toEqual([]);
  });
});

const left: readonly (readonly [what: string, text: string, code: string])[] = [
  [
    'a nested loop that trains, and a name given before the inner one',
    `for (let i = 0; i < 3; i++) {
  const before = params;
  for (let j = 0; j < 3; j++) params = trainStep(params, tf.ones([2, 784]));
  console.log(model.apply({ params: before }, [tf.ones([2, 784])]));
}`,
    'L2N450',
  ],
  [
    'two names that each round swaps with the trained ones',
    `let other = params;
for (let i = 0; i < 3; i++) {
  const next = trainStep(params, tf.ones([2, 784]));
  params = other;
  other = next;
}`,
    'L2N450',
  ],
];

describe('left', () => {
  test.each(left)('%s', async (_, text, code) => {
    const { codes } = await convertSites(`${perceptron}${step}${text}`);
    expect(codes).toContain(code);
  });
});
