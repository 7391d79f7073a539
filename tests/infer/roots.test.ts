import { describe, expect, test } from '@jest/globals';
import { readPlan } from './project.js';

const net = `
export class Net extends nn.Module {
  constructor(readonly hidden: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor { return new nn.Dense(this.hidden).call(x); }
}
`;
const root = (text: string) => readPlan(net + text);

describe('what a root passes', () => {
  test.each([
    ['a literal shape', 'new Net(4).init(jax.random.key(0), [tf.zeros([2, 3, 9])]);', '9'],
    ['random numbers', 'new Net(4).init(jax.random.key(0), [jax.random.uniform(jax.random.key(1), [2, 6])]);', '6'],
    ['values written out', 'new Net(4).init(jax.random.key(0), [tf.tensor2d([[1, 2, 3], [4, 5, 6]])]);', '3'],
    [
      'a constant elsewhere',
      'const width = 12;\nconst sample = tf.ones([1, width * 2]);\nnew Net(4).init(jax.random.key(0), [sample]);',
      '24',
    ],
    [
      'a sample in a record',
      'const data = { images: tf.ones([1, 28, 28, 5]) };\nnew Net(4).init(jax.random.key(0), [data.images]);',
      '5',
    ],
    ['tabulate', 'new Net(4).tabulate(jax.random.key(0), [tf.ones([1, 11])]);', '11'],
    ['a reshaped sample', 'new Net(4).init(jax.random.key(0), [tf.reshape(tf.ones([2, 4, 5]), [2, -1])]);', '20'],
  ])('%s', (_, text, size) => {
    expect(root(text).sizes).toContain(`new Net(4 <- ${size}`);
  });

  test('a parameter of the enclosing function, of known and unknown rank', () => {
    const plan = root(`
export function create(x: tf.Tensor3D) { return new Net(4).init(jax.random.key(0), [x]); }
export function make(observations: tf.Tensor) { return new Net(5).init(jax.random.key(0), [observations]); }
`);
    expect(plan.sizes).toContain('new Net(4 <- x.shape[2]');
    expect(plan.sizes).toContain('new Net(5 <- observations.shape.at(-1)!');
    expect(plan.refusals).toEqual([]);
  });

  test('numbers of the enclosing function are written by name', () => {
    const plan = root(`
export function create(env: { obsSize: number }) {
  const model = new Net(4);
  return model.init(jax.random.key(0), [tf.zeros([1, env.obsSize])]);
}
`);
    expect(plan.sizes).toContain('new Net(4 <- env.obsSize');
  });

  test('a sample that is not in scope where the model is built is refused', () => {
    const plan = root(`
const model = new Net(4);
export function create(x: tf.Tensor2D) { return model.init(jax.random.key(0), [x]); }
`);
    expect(plan.refusals).toEqual([expect.stringMatching(/^L2N320 Net: .*x is not in scope/)]);
    expect(plan.sizes.filter((size) => size.startsWith('new Net'))).toEqual([]);
  });

  test('samples of two sizes for one model are refused, equal ones agree', () => {
    const twice = (a: number, b: number) =>
      root(`
const model = new Net(4);
const first = model.init(jax.random.key(0), [tf.ones([1, ${a}])]);
const second = model.init(jax.random.key(1), [tf.ones([8, ${b}])]);
`);
    expect(twice(3, 3).sizes).toContain('new Net(4 <- 3');
    expect(twice(3, 5).refusals).toEqual([expect.stringMatching(/^L2N315 Net: .*samples of different sizes/)]);
  });

  test('two models of one class pass their own sizes', () => {
    const plan = root(`
const small = new Net(4).init(jax.random.key(0), [tf.ones([1, 3])]);
const large = new Net(8).init(jax.random.key(0), [tf.ones([1, 30])]);
`);
    expect(plan.sizes).toEqual(expect.arrayContaining(['new Net(4 <- 3', 'new Net(8 <- 30']));
  });

  test('without a sample the class gets its argument, the construction is refused', () => {
    const plan = root('export const model = new Net(4);');
    expect(plan.refusals).toEqual([expect.stringMatching(/^L2N320 Net: /)]);
    expect(readPlan(net)).toMatchObject({ classes: ['Net(inFeatures)'], refusals: [] });
  });

  test('across files, with barrels and renamed imports', () => {
    const head = `import * as tf from '@tensorflow/tfjs';\nimport * as nn from 'linen2nnx/linen';\n`;
    const plan = readPlan({
      'layers/base.ts': `${head}${net}`,
      'layers/index.ts': `export { Net as Core } from './base.js';`,
      'model.ts': `${head}import { Core } from './layers/index.js';
export class Model extends nn.Module {
  constructor(readonly config: { width: number; classes: number }) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const h = new Core(this.config.width).call(x);
    return new nn.Dense(this.config.classes).call(h);
  }
}`,
      'train.ts': `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import { Model } from './model.js';
const model = new Model({ width: 16, classes: 3 });
model.init(jax.random.key(0), [tf.ones([1, 50])]);`,
    });
    expect(plan.refusals).toEqual([]);
    expect(plan.classes).toEqual(['Net(inFeatures)', 'Model(inFeatures)']);
    expect(plan.sizes).toEqual([
      'new nn.Dense(this.hidden <- inFeatures',
      'new Core(this.config.width <- inFeatures',
      'new nn.Dense(this.config.classes <- config.width',
      'new Model( <- 50',
    ]);
  });
});
