/** The cache that `init` makes for its sample: made by `initCache` where the program goes on with it. */
import { describe, expect, test } from '@jest/globals';
import { convertSites } from './conversion.js';

const memory = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';

export class Memory extends nn.Module {
  @nn.compact
  call(x: tf.Tensor2D): tf.Tensor {
    const isReady = this.hasVariable('cache', 'seen');
    const seen = this.variable('cache', 'seen', tf.zeros, x.shape);
    if (!isReady) return x;
    seen.value = tf.add(seen.value, x);
    return seen.value;
  }
}
const x = tf.ones([2, 3]) as tf.Tensor2D;
`;
const model = `${memory}const model = new Memory();\n`;

describe('converted', () => {
  test('a shape that only the program knows', async () => {
    const { texts, whys } = await convertSites(`${model}
const rows = Number('2');
const sample = tf.zeros([rows, 3]) as tf.Tensor2D;
const { params, cache: empty } = model.init(jax.random.key(0), [sample]);
let cache = empty;
const [y, updates] = model.apply({ params, cache }, [x], { mutable: ['cache'] });
cache = updates.cache;
console.log(y, model.apply({ params, cache }, [x], { mutable: ['cache'] })[0]);`);
    expect(whys).toEqual([]);
    expect(texts['main.ts']).toContain('model.initCache(sample.shape);');
    expect(texts['main.ts']).toContain('seen: nnx.Cache | null = null;');
  });
});

const refused: readonly (readonly [what: string, text: string, code: string])[] = [
  [
    'a cache of a model that is made in place',
    `${memory}
const cache = new Memory().init(jax.random.key(0), [x]).cache;
console.log(new Memory().apply({ params: {}, cache }, [x], { mutable: ['cache'] }));`,
    'L2N452',
  ],
  [
    'a call that makes a cache anew',
    `${model}
const { params } = model.init(jax.random.key(0), [x]);
console.log(model.apply({ params }, [x], { mutable: ['cache'] }));`,
    'L2N467',
  ],
  [
    'an empty cache that is used again',
    `${model}
const { params, cache } = model.init(jax.random.key(0), [x]);
const first = model.apply({ params, cache }, [x], { mutable: ['cache'] });
const second = model.apply({ params, cache }, [x], { mutable: ['cache'] });
console.log(first[0], second[0]);`,
    'L2N450',
  ],
];

describe('left', () => {
  test.each(refused)('%s', async (_what, text, code) => {
    const { whys } = await convertSites(text);
    expect(whys.join('\n')).toContain(code);
  });
});
