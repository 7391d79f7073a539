import { describe, expect, test } from '@jest/globals';
import { casesOf } from '../../src/verify/cases.js';
import { blockLinen, blockNnx, guidePlans } from './guide-pair.js';
import { modelOf } from './project.js';

const plan = guidePlans('src/model.ts')[1]!;

function casesIn(linen: string, nnx: string) {
  const config = 'export const config = { width: 256, classes: 10, image: [28, 28] as const };\n';
  const old = modelOf({ 'src/config.ts': config, 'src/model.ts': blockLinen, 'src/train.ts': linen });
  const fresh = modelOf({ 'src/config.ts': config, 'src/model.ts': blockNnx, 'src/train.ts': nnx });
  return casesOf(old, fresh, plan);
}

const imports = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nnx from 'linen2nnx/nnx';
import { Model } from './model.js';
import { config } from './config.js';
`;

describe('cases', () => {
  test('come from init sites, through constants of other files', () => {
    const found = casesIn(
      `${imports}
const model = new Model(config.width, config.classes);
const sample = (batch: number) => tf.zeros([batch, config.image[0] * config.image[1]]);
const variables = model.init(jax.random.key(0), [sample(2), false]);`,
      `${imports}
const model = new Model(784, config.width, config.classes, { rngs: new nnx.Rngs(0) });`,
    );
    expect(found).toEqual([
      {
        from: 'src/train.ts:9',
        construct: [
          { make: 'plain', value: 256 },
          { make: 'plain', value: 10 },
        ],
        sizes: [784],
        args: [
          { make: 'tensor', shape: [2, 784], dtype: 'float32', below: null },
          { make: 'plain', value: false },
        ],
        method: 'call',
      },
    ]);
  });

  test('know the shape of arithmetic, and nothing of shapes that do not fit', () => {
    const sampleOf = (sample: string): unknown => {
      const text = `${imports}
const frames = (size: number) => tf.mul(jax.random.uniform(jax.random.key(2), [2, size]), 255);
const model = new Model(config.width, config.classes);
model.init(jax.random.key(0), [${sample}, false]);`;
      return casesIn(text, text)[0]?.args[0];
    };
    const float = { make: 'tensor', dtype: 'float32', below: null };
    expect(sampleOf('frames(784)')).toEqual({ ...float, shape: [2, 784] });
    expect(sampleOf('tf.add(tf.ones([1, 784]), tf.ones([3, 1]))')).toEqual({ ...float, shape: [3, 784] });
    expect(sampleOf('tf.sub(tf.ones([2, 784]), tf.ones([3, 784]))')).toBeUndefined();
  });

  test('need every value to be known', () => {
    const text = `${imports}
const model = new Model(Number(process.env.WIDTH), 10);
const variables = model.init(jax.random.key(0), [tf.ones([1, 784]), false]);`;
    expect(casesIn(text, text)).toEqual([]);
  });

  test('leave sizes open that the new text does not tell', () => {
    const found = casesIn(
      `${imports}
const model = new Model(4, 2);
model.init({ params: jax.random.key(0) }, [jax.random.normal(jax.random.key(1), [3, 5]), true]);`,
      `${imports}
const model = new Model(unknown.size, 4, 2, { rngs: new nnx.Rngs(0) });`,
    );
    expect(found.map(({ sizes, args }) => [sizes, args[0]])).toEqual([
      [null, { make: 'tensor', shape: [3, 5], dtype: 'float32', below: null }],
    ]);
  });
});
