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

describe('lists of different lengths', () => {
  const model = (use: string): string => `
export class Attention extends nn.Module {
  constructor(readonly width: number) { super(); }
  @nn.compact
  call(x: tf.Tensor3D, whole = false): tf.Tensor[] {
    const y = new nn.Dense(this.width).call(x);
    return whole ? [y, tf.concat([y, y], -1)] : [y];
  }
}
export class Model extends nn.Module {
  constructor(readonly width: number) { super(); }
  @nn.compact
  call(x: tf.Tensor3D, whole = false): tf.Tensor {
    const parts = new Attention(this.width).call(x, whole);
    ${use}
  }
}
new Model(4).init(jax.random.key(0), [tf.ones([2, 3, 5])]);`;
  const last = (use: string): string | undefined =>
    readPlan(model(use)).sizes.filter((each) => each.startsWith('new nn.Dense(7'))[0];

  test.each([
    ['by position', 'return new nn.Dense(7).call(parts[0]!);', 'width'],
    ['taken apart', 'const [y] = parts; return new nn.Dense(7).call(y!);', 'width'],
    ['the longer one', 'return new nn.Dense(7).call(parts[1]!);', '2 * width'],
  ])('%s', (_, use, size) => {
    expect(last(use)).toBe(`new nn.Dense(7 <- ${size}`);
  });

  test.each([
    ['joined', 'return new nn.Dense(7).call(tf.concat(parts, -1));'],
    ['joined with more', 'return new nn.Dense(7).call(tf.concat([...parts, x], -1));'],
    ['counted', 'return new nn.Dense(7).call(tf.ones([2, parts.length]));'],
    ['lengthened', 'parts.push(x); return new nn.Dense(7).call(parts[2]!);'],
  ])('%s: refused', (_, use) => {
    expect(last(use)).toBeUndefined();
    expect(readPlan(model(use)).refusals).toHaveLength(1);
  });

  test('trunc of a size stays as it is written', () => {
    expect(last('const n = Math.trunc(this.width / 3) * 2; return new nn.Dense(7).call(tf.ones([2, n]));')).toBe(
      'new nn.Dense(7 <- Math.trunc(width / 3) * 2',
    );
  });
});

describe('parts that a loop of unknown length makes', () => {
  const size = (axis: number, part = 'x'): string => {
    const plan = readPlan(`
export class Model extends nn.Module {
  constructor(readonly depth: number) { super(); }
  @nn.compact
  call(x: tf.Tensor3D): tf.Tensor {
    const parts: tf.Tensor[] = [];
    for (let i = 0; i < this.depth; i++) parts.push(${part});
    return new nn.Dense(7).call(tf.concat(parts, ${axis}));
  }
}
new Model(4).init(jax.random.key(0), [tf.ones([2, 3, 5])]);`);
    return plan.sizes.find((each) => each.startsWith('new nn.Dense')) ?? plan.refusals.join();
  };
  test('joined along another axis they keep the last one', () => {
    expect(size(1)).toBe('new nn.Dense(7 <- inFeatures');
  });
  test('joined along the last axis, or of a size that the turn decides: refused', () => {
    expect(size(-1)).toMatch(/^L2N316 Model: Dense.inFeatures: the length of a list/);
    expect(size(1, 'tf.ones([2, 3, i + 1])')).toMatch(/^L2N31\d Model: Dense.inFeatures/);
  });
});

test('a shape that a finished method returned asks for no rank of that method again', () => {
  const plan = readPlan(`
class Scale extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor { return tf.mul(x, 2); }
}
export class Model extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const [b, t, d] = new Scale().call(x).shape;
    return new nn.Dense(7).call(tf.ones([b, t, d]));
  }
}`);
  expect(plan.refusals).toEqual([]);
});
