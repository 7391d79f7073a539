import { describe, expect, test } from '@jest/globals';
import { readPlan } from './project.js';

const base = `
export class Base extends nn.Module {
  constructor(readonly width: number) { super(); }
  embed(x: tf.Tensor): tf.Tensor { return x; }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor { return new nn.Dense(this.width).call(this.embed(x)); }
}
`;

describe('subclasses', () => {
  test('a subclass that feeds the base what the base is fed inherits its argument', () => {
    const plan = readPlan(`${base}
export class Sub extends Base {
  extra(): number { return this.width; }
}
new Sub(4).init(jax.random.key(0), [tf.ones([2, 9])]);`);
    expect(plan.refusals).toEqual([]);
    expect(plan.classes).toEqual(['Base(inWidth)', 'Sub(inWidth)']);
    expect(plan.sizes).toEqual(['new nn.Dense(this.width <- inWidth', 'new Sub(4 <- 9']);
  });

  test('one that feeds it something else is refused together with it', () => {
    const plan = readPlan(`${base}
export class Sub extends Base {
  override embed(x: tf.Tensor): tf.Tensor { return tf.concat([x, x], -1); }
}
new Sub(4).init(jax.random.key(0), [tf.ones([2, 9])]);
new Base(4).init(jax.random.key(0), [tf.ones([2, 9])]);`);
    expect(plan.classes).toEqual([]);
    expect(plan.refusals).toEqual([expect.stringMatching(/^L2N315 Base: /), expect.stringMatching(/^L2N315 Sub: /)]);
  });

  test('an abstract base has no sizes of its own', () => {
    const plan = readPlan(`
export abstract class Base extends nn.Module {
  constructor(readonly width: number) { super(); }
  abstract features(x: tf.Tensor): tf.Tensor;
  @nn.compact
  call(x: tf.Tensor): tf.Tensor { return new nn.Dense(this.width).call(this.features(x)); }
}
export class Sub extends Base {
  features(x: tf.Tensor): tf.Tensor { return tf.concat([x, x], -1); }
}
new Sub(4).init(jax.random.key(0), [tf.ones([2, 9])]);`);
    expect(plan.classes).toEqual([]);
    expect(plan.refusals).toEqual([expect.stringMatching(/^L2N315 Base: /), expect.stringMatching(/^L2N315 Sub: /)]);
  });
});
