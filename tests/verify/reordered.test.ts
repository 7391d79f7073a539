/** Correct new versions whose sums and products stand in another order: `same-order`, and no mismatch. */
import { describe, expect, test } from '@jest/globals';
import { chosen } from '../long-run.js';
import { towerNnx } from './mutation-model.js';
import { planOf, submodule } from './guide-pair.js';
import { complaints, failedStages, verify } from './project.js';
import { towerProject } from './tower-project.js';

/** Each rewrite as edits of the new text. */
const rewrites: readonly [rewrite: string, ...edits: readonly (readonly [from: string, to: string])[]][] = [
  [
    'scale shared by query and key',
    ['scores = tf.div(scores, Math.sqrt(this.features));', ''],
    ['const q = this.q.call(h);', 'const q = tf.div(this.q.call(h), this.features ** 0.25);'],
    ['const k = this.k.call(h);', 'const k = tf.div(this.k.call(h), this.features ** 0.25);'],
  ],
  [
    'scale moved from the scores to the query',
    ['scores = tf.div(scores, Math.sqrt(this.features));', ''],
    ['const q = this.q.call(h);', 'const q = tf.div(this.q.call(h), Math.sqrt(this.features));'],
  ],
  [
    'division as a product with the inverse',
    ['tf.div(scores, Math.sqrt(this.features))', 'tf.mul(scores, 1 / Math.sqrt(this.features))'],
  ],
  [
    'bias inside the product',
    [
      'this.v.call(h)',
      'tf.matMul(tf.concat([h, tf.ones([...h.shape.slice(0, -1), 1])], -1), tf.expandDims(tf.concat([this.v.kernel.value, tf.reshape(this.v.bias!.value as tf.Tensor, [1, -1])], 0), 0))',
    ],
  ],
  [
    'query, key and value in one product',
    [
      'const q = this.q.call(h);\n    const k = this.k.call(h);\n    const v = this.v.call(h);',
      'const kernels = tf.concat([this.q.kernel.value, this.k.kernel.value, this.v.kernel.value], 1);\n    const biases = tf.concat([this.q.bias!.value as tf.Tensor, this.k.bias!.value as tf.Tensor, this.v.bias!.value as tf.Tensor]);\n    const [q, k, v] = tf.split(tf.add(tf.matMul(h, tf.expandDims(kernels, 0)), biases), 3, -1) as [tf.Tensor, tf.Tensor, tf.Tensor];',
    ],
  ],
  [
    'a product split in two',
    [
      'this.o.call(h)',
      'tf.add(tf.add(tf.matMul(tf.slice(h, [0, 0, 0], [-1, -1, 4]), tf.expandDims(tf.slice(this.o.kernel.value, [0, 0], [4, -1]), 0)), tf.matMul(tf.slice(h, [0, 0, 4], [-1, -1, 4]), tf.expandDims(tf.slice(this.o.kernel.value, [4, 0], [4, -1]), 0))), this.o.bias!.value as tf.Tensor)',
    ],
  ],
  [
    'softmax written out',
    [
      'tf.softmax(scores)',
      'tf.div(tf.exp(tf.sub(scores, tf.max(scores, -1, true))), tf.sum(tf.exp(tf.sub(scores, tf.max(scores, -1, true))), -1, true))',
    ],
  ],
  ['mean of squares as a mean of means', ['tf.mean(tf.square(x))', 'tf.mean(tf.mean(tf.square(x), -1))']],
  ['mean of squares as a sum', ['tf.mean(tf.square(x))', 'tf.div(tf.sum(tf.sum(tf.mul(x, x), -1)), x.size)']],
  [
    'the residual added before the bias',
    [
      'h = this.linear2.call(h);\n    h = this.dropout.call(h);',
      'const kernel = tf.expandDims(this.linear2.kernel.value, 0);\n    h = this.dropout.call(tf.add(this.linear2.bias!.value as tf.Tensor, tf.matMul(h, kernel)));',
    ],
  ],
  [
    'product reassociated through the output',
    [
      'h = tf.matMul(tf.softmax(scores), v);\n    h = this.o.call(h);',
      'h = tf.add(tf.matMul(tf.softmax(scores), tf.matMul(v, tf.expandDims(this.o.kernel.value, 0))), this.o.bias!.value as tf.Tensor);',
    ],
  ],
];

describe('correct rewrites in another order', () => {
  test.each(chosen(rewrites, 5))('%s', async (_, ...edits) => {
    let text = towerNnx;
    for (const [from, to] of edits) {
      expect(text).toContain(from);
      text = text.replace(from, () => to);
    }
    const report = await verify(towerProject(text));
    expect(complaints(report)).toEqual([]);
    expect(report.verdict).toBe('same-order');
  });
});

/** Two heads, one with gradients a hundred thousand times smaller than the other's. */
const linen = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';

export class Net extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
    const small = tf.mul(1e-5, new nn.Dense(3, { name: 'small' }).call(x));
    return [new nn.Dense(3, { name: 'large' }).call(x), small];
  }
}

new Net().init(jax.random.key(0), [tf.ones([2, 4])]);
`;
const nnx = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nnx from 'linen2nnx/nnx';

export class Net extends nnx.Module {
  readonly small: nnx.Linear;
  readonly large: nnx.Linear;

  constructor(din: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.small = new nnx.Linear(din, 3, { rngs });
    this.large = new nnx.Linear(din, 3, { rngs });
  }

  call(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
    const small = tf.mul(1e-5, this.small.call(x));
    return [this.large.call(x), small];
  }
}
`;

describe('small gradients are no rounding', () => {
  const verifyNet = (text: string) =>
    verify({
      linen: { 'src/net.ts': linen },
      nnx: { 'src/net.ts': text },
      modules: [
        planOf({
          class: 'src/net.ts#Net',
          sizes: ['din'],
          fields: [],
          modules: [submodule('small', 'small', 'layer:Dense'), submodule('large', 'large', 'layer:Dense')],
        }),
      ],
    });

  test('the correct version is identical', async () => {
    expect((await verifyNet(nnx)).verdict).toBe('identical');
  });

  test.each([
    ['none', 'jax.lax.stopGradient(this.small.call(x))'],
    [
      'one part in a thousand more',
      'tf.sub(tf.mul(this.small.call(x), 1.001), jax.lax.stopGradient(tf.mul(this.small.call(x), 0.001)))',
    ],
  ])('%s is rejected', async (_, small) => {
    const report = await verifyNet(nnx.replace('this.small.call(x)', () => small));
    expect([report.verdict, failedStages(report).includes(6)]).toEqual(['mismatch', true]);
  });
});
