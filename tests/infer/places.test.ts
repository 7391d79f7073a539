import { describe, expect, test } from '@jest/globals';
import { readPlan } from './project.js';

const classOf = (members: string, rest = ''): string => `
export class Model extends nn.Module {
  ${members}
}
${rest}`;

const places = (plan: { readonly sizes: readonly string[] }): readonly string[] =>
  plan.sizes.filter((each) => each.includes('=>'));

describe('expressions over shapes that go to the constructor', () => {
  test('behind a name, inside an initializer, in a closure', () => {
    const plan = readPlan(
      classOf(
        `@nn.compact
  call(x: tf.Tensor3D): tf.Tensor {
    const [, length, width] = x.shape;
    const shape = [1, length, width];
    const rows = this.param('rows', nn.initializers.normal(1 / Math.sqrt(width)), shape);
    const seen = this.variable('stats', 'seen', () => { const n = width; return tf.zeros([n]); });
    return tf.add(tf.add(x, rows), seen.value);
  }`,
        `new Model().init(jax.random.key(0), [tf.ones([2, 3, 5])]);`,
      ),
    );
    expect(plan.classes).toEqual(['Model(inLength, inFeatures)']);
    expect(places(plan).map((each) => each.replace(/^.*=> /, ''))).toEqual([
      'inLength',
      'inFeatures',
      'inFeatures',
      'inFeatures',
    ]);
  });

  test('a size that a field may replace is one expression for all ways of use', () => {
    const plan = readPlan(
      classOf(
        `constructor(readonly out: number | null = null) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const out = this.out ?? x.shape.at(-1)!;
    return new nn.Dense(out).call(x);
  }`,
        `new Model().init(jax.random.key(0), [tf.ones([2, 5])]);
new Model(4).init(jax.random.key(0), [tf.ones([2, 6])]);`,
      ),
    );
    expect(plan.refusals).toEqual([]);
    expect(places(plan)).toEqual(['out).call(x); } } new => out ?? inFeatures']);
    expect(plan.sizes.filter((each) => each.startsWith('new Model'))).toEqual(['new Model( <- 5', 'new Model(4 <- 6']);
  });

  test('a batch size is no part of a weight', () => {
    const plan = readPlan(
      classOf(
        `@nn.compact
  call(x: tf.Tensor2D): tf.Tensor {
    return tf.add(x, this.param('noise', nn.initializers.zeros, [x.shape[0], x.shape[1]]));
  }`,
        `new Model().init(jax.random.key(0), [tf.ones([2, 5])]);`,
      ),
    );
    expect(places(plan)).toEqual(['x.shape[1]])); } } new => inFeatures']);
  });

  test('what a module that is there or not decides is refused', () => {
    const plan = readPlan(
      classOf(
        `constructor(readonly head: nn.Dense | null = null) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const out = this.head === null ? x.shape.at(-1)! : 4;
    return new nn.Dense(out).call(x);
  }`,
        `new Model().init(jax.random.key(0), [tf.ones([2, 5])]);
new Model(new nn.Dense(3)).init(jax.random.key(0), [tf.ones([2, 6])]);`,
      ),
    );
    expect(plan.refusals).toContain('L2N315 Model: this expression: it is called with different sizes');
  });

  test('a value that the data decides is no size', () => {
    const plan = readPlan(
      classOf(
        `@nn.compact
  call(x: tf.Tensor2D): tf.Tensor {
    const longest = x.max().arraySync() as number;
    return tf.add(x, this.param('rows', nn.initializers.zeros, [longest, 1]));
  }`,
        `new Model().init(jax.random.key(0), [tf.ones([2, 5])]);`,
      ),
    );
    expect(places(plan)).toEqual([]);
  });
});

describe('samples', () => {
  test('a shape known by name has as many axes as it has', () => {
    const plan = readPlan(
      classOf(
        `@nn.compact
  call(x: tf.Tensor, t: tf.Tensor): tf.Tensor {
    const [batch] = x.shape;
    const y = tf.reshape(new nn.Dense(4).call(x), [batch, -1, 4]);
    return tf.add(y, tf.expandDims(new nn.Dense(4).call(tf.expandDims(t, 1)), 1));
  }`,
        `export const start = (shape: number[]) => new Model().init(jax.random.key(0), [tf.zeros(shape), tf.zeros([1])]);
new Model().init(jax.random.key(0), [tf.ones([2, 8, 8, 3]), tf.ones([2])]);`,
      ),
    );
    expect(plan.refusals).toEqual([]);
    expect(plan.sizes.filter((each) => each.startsWith('new Model'))).toEqual([
      'new Model( <- shape.at(-1)!',
      'new Model( <- 3',
    ]);
  });
});
