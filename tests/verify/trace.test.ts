/** Runs of the old program on shapes, and what they do for the report. */
import { describe, expect, test } from '@jest/globals';
import { convertFiles } from '../fixtures/convert-files.js';

const head = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
`;

/** Site expressions with their confidence, in the order of the report. */
async function sizesOf(text: string): Promise<readonly string[]> {
  const { outcome } = await convertFiles({ 'model.ts': head + text }, { verify: 'auto', backends: ['cpu'] });
  const { units } = outcome.report;
  expect(units.map(({ status, findings }) => [status, findings])).toEqual([['converted', []]]);
  return units.flatMap(({ sizes }) => sizes.map(({ expression, confidence }) => `${expression}: ${confidence}`));
}

describe('sizes that runs on shapes confirm', () => {
  test('a sum of two inputs, a list of sizes, a flattened image', async () => {
    const found = await sizesOf(`
export class Mlp extends nn.Module {
  constructor(readonly widths: readonly number[]) {
    super();
  }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    for (const width of this.widths) x = tf.relu(new nn.Dense(width).call(x));
    return x;
  }
}
export class Critic extends nn.Module {
  @nn.compact
  call(image: tf.Tensor4D, action: tf.Tensor): tf.Tensor {
    const flat = tf.reshape(new nn.Conv(3, [3, 3], { strides: 2 }).call(image), [image.shape[0], -1]);
    return new nn.Dense(1).call(new Mlp([5, 7]).call(tf.concat([flat, action], -1)));
  }
}
const critic = new Critic();
export const variables = critic.init(jax.random.key(0), [tf.zeros([2, 6, 8, 1]), tf.zeros([2, 3])]);
`);
    expect(found.filter((each) => !each.endsWith(': proven'))).toEqual([]);
    expect(found.length).toBeGreaterThan(4);
  }, 120_000);
});
