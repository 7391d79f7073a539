import { describe, expect, test } from '@jest/globals';
import { readPlan } from './project.js';

const body = 'return new nn.Dense(this.width).call(x);';

/** The ways a class may be written: all say the same. */
describe('forms of a class', () => {
  test.each([
    [
      'parameter property',
      `constructor(readonly width: number) { super(); }\n@nn.compact\ncall(x: tf.Tensor): tf.Tensor { ${body} }`,
      'width',
    ],
    [
      'assigned field',
      `width: number;\nconstructor(width: number) { super(); this.width = width; }\n@nn.compact\ncall(x: tf.Tensor): tf.Tensor { ${body} }`,
      'width',
    ],
    [
      'destructured options',
      `width: number;\nconstructor({ width }: { width: number }) { super(); this.width = width; }\n@nn.compact\ncall(x: tf.Tensor): tf.Tensor { ${body} }`,
      'width',
    ],
    [
      'options with defaults',
      `width: number;\nconstructor({ width = 8 }: { width?: number }) { super(); this.width = width; }\n@nn.compact\ncall(x: tf.Tensor): tf.Tensor { ${body} }`,
      'width',
    ],
    [
      'wrapper',
      `constructor(readonly width: number) { super(); }\ncall = nn.compact(function (this: Inner, x: tf.Tensor): tf.Tensor { ${body} });`,
      'width',
    ],
    [
      'derived field',
      `width: number;\nconstructor(base: number) { super(); this.width = 2 * base; }\n@nn.compact\ncall(x: tf.Tensor): tf.Tensor { ${body} }`,
      '2 * base',
    ],
    [
      'getter',
      `constructor(readonly half: number) { super(); }\nget width(): number { return this.half * 2; }\n@nn.compact\ncall(x: tf.Tensor): tf.Tensor { ${body} }`,
      '2 * half',
    ],
  ])('%s', (_, members, size) => {
    const plan = readPlan(`
export class Inner extends nn.Module {
  ${members}
  @nn.compact
  after(x: tf.Tensor): tf.Tensor { return new nn.LayerNorm({ name: 'after' }).call(this.call(x)); }
}`);
    expect(plan.refusals).toEqual([]);
    expect(plan.sizes.find((each) => each.startsWith('new nn.LayerNorm'))?.replace(/^.*<- /, '')).toBe(size);
  });

  test('defaults of left-out arguments are what the parent counts with', () => {
    const plan = readPlan(`
class Inner extends nn.Module {
  width: number;
  depth: number;
  constructor({ width = 8 }: { width?: number }, depth = 3) { super(); this.width = width; this.depth = depth; }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor { return new nn.Dense(this.width * this.depth).call(x); }
}
export class Outer extends nn.Module {
  constructor(readonly features: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const a = new nn.Dense(this.features, { name: 'a' }).call(new Inner({}).call(x));
    return new nn.Dense(this.features, { name: 'b' }).call(new Inner({ width: this.features }, 1).call(a));
  }
}`);
    expect(plan.refusals).toEqual([]);
    expect(
      plan.sizes
        .filter((each) => each.startsWith('new nn.Dense(this.features'))
        .map((each) => each.replace(/^.*<- /, '')),
    ).toEqual(['24', 'features']);
  });

  test('functions, closures and helpers that build modules', () => {
    const plan = readPlan(`
const activations = { relu: tf.relu, tanh: tf.tanh };
export class Net extends nn.Module {
  constructor(readonly width: number, readonly act: (x: tf.Tensor) => tf.Tensor) { super(); }
  embed(x: tf.Tensor): tf.Tensor { return new nn.Dense(2 * this.width).call(x); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const head = (y: tf.Tensor) => new nn.Dense(1).call(this.act(y));
    return head(tf.tidy(() => this.embed(x)));
  }
}
new Net(4, activations.relu).init(jax.random.key(0), [tf.ones([2, 3])]);`);
    expect(plan.refusals).toEqual([]);
    expect(plan.sizes).toEqual([
      'new nn.Dense(2 * this.width <- inWidth',
      'new nn.Dense(1 <- 2 * width',
      'new Net(4, activations.relu <- 3',
    ]);
  });

  test('remat and jit change nothing', () => {
    const plan = readPlan(`
class Block extends nn.Module {
  constructor(readonly features: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor { return new nn.Dense(this.features).call(x); }
}
const Checkpointed = nn.remat(Block);
export class Net extends nn.Module {
  constructor(readonly features: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor { return new nn.Dense(1).call(new Checkpointed(this.features).call(x)); }
}`);
    expect(plan.refusals).toEqual([]);
    expect(plan.sizes).toEqual([
      'new nn.Dense(this.features <- inFeatures',
      'new nn.Dense(1 <- features',
      'new Checkpointed(this.features <- inFeatures',
    ]);
  });

  test('tuples and records of tensors, in and out', () => {
    const plan = readPlan(`
class Pair extends nn.Module {
  constructor(readonly features: number) { super(); }
  @nn.compact
  call(batch: { image: tf.Tensor; text: tf.Tensor }): { both: tf.Tensor; rest: [tf.Tensor, tf.Tensor] } {
    const { image, text } = batch;
    const both = tf.add(new nn.Dense(this.features).call(image), new nn.Dense(this.features).call(text));
    return { both, rest: [image, text] };
  }
}
export class Net extends nn.Module {
  constructor(readonly features: number) { super(); }
  @nn.compact
  call(image: tf.Tensor, text: tf.Tensor): tf.Tensor {
    const { both, rest: [first] } = new Pair(this.features).call({ image, text });
    return new nn.Dense(1).call(tf.concat([both, first], -1));
  }
}
new Net(6).init(jax.random.key(0), [tf.ones([2, 5]), tf.ones([2, 9])]);`);
    expect(plan.refusals).toEqual([]);
    expect(plan.classes).toEqual(['Pair(inFeatures, textFeatures)', 'Net(inFeatures, textFeatures)']);
    expect(plan.sizes).toEqual([
      'new nn.Dense(this.features <- inFeatures',
      'new nn.Dense(this.features <- textFeatures',
      'new Pair(this.features <- inFeatures, textFeatures',
      'new nn.Dense(1 <- features + inFeatures',
      'new Net(6 <- 5, 9',
    ]);
  });

  test('an embedding appends its features', () => {
    const plan = readPlan(`
export class Net extends nn.Module {
  constructor(readonly vocab: number, readonly dim: number) { super(); }
  @nn.compact
  call(ids: tf.Tensor2D): tf.Tensor {
    const x = new nn.Embed(this.vocab, this.dim).call(ids);
    return new nn.LayerNorm().call(tf.mean(x, 1));
  }
}`);
    expect(plan).toMatchObject({ classes: ['Net()'], sizes: ['new nn.LayerNorm( <- dim'], refusals: [] });
  });
});
