import { describe, expect, test } from '@jest/globals';
import { inferSizes } from '../../src/infer/infer-sizes.js';
import { mergeProject } from '../../src/analyze/merge.js';
import { readText } from '../../src/analyze/read-source.js';
import { readPlan } from './project.js';

const head = `import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';
import * as jax from 'linen2nnx/jax';
`;

/** Programs on which a size inference is easily wrong without noticing. */
describe('never a guess', () => {
  test('push of two values at once', () => {
    const plan = readPlan(`
export class Net extends nn.Module {
  constructor(readonly width: number) { super(); }
  @nn.compact
  call(x: tf.Tensor2D): tf.Tensor {
    const parts = [x];
    const alias = parts;
    alias.push(tf.sin(x), new nn.Dense(this.width).call(x));
    return new nn.Dense(1).call(tf.concat(parts, -1));
  }
}`);
    expect(plan.sizes).toEqual(['new nn.Dense(this.width <- inWidth', 'new nn.Dense(1 <- 2 * inWidth + width']);
  });

  test('a closure of forEach that assigns, under a condition of its own', () => {
    const plan = readPlan(`
export class Net extends nn.Module {
  constructor(readonly dims: number[], readonly deep: boolean) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    this.dims.forEach((size) => {
      if (this.deep) x = new nn.Dense(size).call(x);
    });
    return new nn.Dense(1).call(x);
  }
}`);
    expect(plan.threads).toEqual(['let features = inDim; features = deep ? size : features']);
    expect(plan.sizes.at(-1)).toBe('new nn.Dense(1 <- features');
  });

  test('two ways of using a class: the layer that differs gets its own argument', () => {
    const plan = readPlan(`
export class Cross extends nn.Module {
  constructor(readonly dim: number) { super(); }
  @nn.compact
  call(x: tf.Tensor, context?: tf.Tensor): tf.Tensor {
    const q = new nn.Dense(this.dim, { name: 'q' }).call(x);
    const k = new nn.Dense(this.dim, { name: 'k' }).call(context ?? x);
    return tf.add(q, k);
  }
}
export class Net extends nn.Module {
  constructor(readonly dim: number) { super(); }
  @nn.compact
  call(image: tf.Tensor, text: tf.Tensor): tf.Tensor {
    return tf.add(new Cross(this.dim).call(image), new Cross(this.dim).call(image, text));
  }
}
new Net(4).init(jax.random.key(0), [tf.ones([2, 10]), tf.ones([2, 14])]);`);
    expect(plan.refusals).toEqual([]);
    expect(plan.classes).toEqual(['Cross(inDim, denseInFeatures)', 'Net(inDim, textDim)']);
    expect(plan.sizes).toEqual([
      'new nn.Dense(this.dim, <- inDim',
      'new nn.Dense(this.dim, <- denseInFeatures',
      'new Cross(this.dim <- inDim, inDim',
      'new Cross(this.dim <- inDim, textDim',
      'new Net(4 <- 10, 14',
    ]);
  });

  test('a plain field carried as a number', () => {
    const plan = readPlan(`
export class Pyramid extends nn.Module {
  constructor(readonly width: number, readonly levels: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    let width = this.width;
    for (let i = 0; i < this.levels; i++) {
      x = new nn.Dense(width).call(x);
      width *= 2;
    }
    return new nn.Dense(1).call(x);
  }
}`);
    expect(plan.threads).toEqual([
      'let features = inWidth; features = width2',
      'let width2 = width; width2 = 2 * width2',
    ]);
    expect(plan.sizes).toEqual(
      expect.arrayContaining(['new nn.Dense(width <- features', 'new nn.Dense(1 <- features']),
    );
  });

  test('an equality under an if proves nothing', () => {
    const plan = readPlan(`
export class Net extends nn.Module {
  constructor(readonly features: number, readonly residual: boolean) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    let y = new nn.Dense(this.features).call(x);
    if (this.residual) y = tf.add(x, y);
    return new nn.Dense(2).call(y);
  }
}
new Net(6, false).init(jax.random.key(0), [tf.ones([2, 5])]);`);
    expect(plan.sizes).toEqual([
      'new nn.Dense(this.features <- inFeatures',
      'new nn.Dense(2 <- features',
      'new Net(6, false <- 5',
    ]);
  });

  test('nor after a return that may have been taken', () => {
    const plan = readPlan(`
export class Net extends nn.Module {
  constructor(readonly features: number, readonly plain: boolean) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const y = new nn.Dense(this.features).call(x);
    if (this.plain) return y;
    return tf.add(x, y);
  }
}
new Net(6, true).init(jax.random.key(0), [tf.ones([2, 5])]);`);
    expect(plan.sizes).toEqual(['new nn.Dense(this.features <- inFeatures', 'new Net(6, true <- 5']);
  });

  test('the item of a loop does not leave it, unless the loop takes the whole list', () => {
    const loop = (count: string) =>
      readPlan(`
export class Net extends nn.Module {
  constructor(readonly widths: number[], readonly count: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    let last: tf.Tensor | null = null;
    for (let i = 0; i < ${count}; i++) last = new nn.Dense(this.widths[i]).call(x);
    return new nn.Dense(1).call(last!);
  }
}`);
    expect(loop('this.widths.length').sizes.at(-1)).toBe('new nn.Dense(1 <- widths.at(-1)!');
    expect(loop('this.count').refusals).toEqual([expect.stringMatching(/^L2N314 Net: /)]);
  });

  test('a lift changes the call, not other methods', () => {
    const plan = readPlan(`
export class Cell extends nn.Module {
  constructor(readonly size: number) { super(); }
  @nn.compact
  call(carry: tf.Tensor, x: tf.Tensor): [tf.Tensor, tf.Tensor] {
    const h = new nn.Dense(this.size).call(tf.concat([carry, x], -1));
    return [h, h];
  }
  start(x: tf.Tensor): tf.Tensor { return tf.zeros([x.shape[0]!, this.size]); }
}
export class Net extends nn.Module {
  constructor(readonly size: number) { super(); }
  @nn.compact
  call(x: tf.Tensor3D): tf.Tensor {
    const cell = new (nn.scan(Cell, { inAxes: 1, outAxes: 1 }))(this.size);
    const [carry] = cell.call(cell.start(x), x);
    return new nn.Dense(2).call(carry);
  }
}
new Net(5).init(jax.random.key(0), [tf.ones([2, 7, 3])]);`);
    expect(plan.refusals).toEqual([]);
    expect(plan.sizes).toEqual(
      expect.arrayContaining([
        'new nn.Dense(this.size <- size + inputSize',
        'new nn.Dense(2 <- size',
        'new Net(5 <- 3',
      ]),
    );
  });

  test('a class used first inside a loop keeps its records', () => {
    const plan = readPlan(`
export class Block extends nn.Module {
  constructor(readonly width: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor { return new nn.Dense(this.width).call(new nn.LayerNorm().call(x)); }
}
export class Net extends nn.Module {
  constructor(readonly width: number, readonly depth: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    x = new nn.Dense(this.width).call(x);
    for (let i = 0; i < this.depth; i++) x = new Block(this.width).call(x);
    return x;
  }
}`);
    expect(plan.classes).toEqual(['Block(inWidth)', 'Net(inWidth)']);
    expect(plan.sizes).toEqual([
      'new nn.Dense(this.width <- inWidth',
      'new nn.LayerNorm( <- inWidth',
      'new nn.Dense(this.width <- inWidth',
      'new Block(this.width <- width',
    ]);
  });

  test('a class inside itself is refused, and the rest is not', () => {
    const plan = readPlan(`
export class Tree extends nn.Module {
  constructor(readonly width: number, readonly depth: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    if (this.depth > 0) x = new Tree(this.width, this.depth - 1).call(x);
    return new nn.Dense(this.width).call(x);
  }
}
export class Plain extends nn.Module {
  constructor(readonly width: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor { return new nn.Dense(this.width).call(x); }
}`);
    expect(plan.classes).toEqual(['Plain(inWidth)']);
    expect(plan.refusals).toEqual([expect.stringMatching(/^L2N318 Tree: /)]);
  });

  test('a callback of an unknown function makes what it assigns unknown', () => {
    const plan = readPlan({
      'main.ts': `${head}import { each } from 'some-library';
export class Net extends nn.Module {
  constructor(readonly width: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    let y: tf.Tensor = x;
    each((v: tf.Tensor) => { y = v; });
    return new nn.Dense(this.width).call(y);
  }
}`,
    });
    expect(plan.refusals).toEqual([expect.stringMatching(/^L2N316 Net: /)]);
  });

  test('broadcasting by 1 contradicts what the body seems to prove', () => {
    const gain = (size: number) =>
      readPlan(`
export class Gain extends nn.Module {
  constructor(readonly features: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const y = new nn.Dense(this.features).call(x);
    return new nn.Dense(3).call(tf.add(x, y));
  }
}
new Gain(6).init(jax.random.key(0), [tf.ones([2, ${size}])]);`);
    expect(gain(1).refusals).toEqual([expect.stringMatching(/^L2N317 Gain: .*1 here, and the body needs 6/)]);
    expect(gain(6).classes).toEqual(['Gain()']);
    const mask = readPlan(`
export class Masked extends nn.Module {
  constructor(readonly features: number) { super(); }
  @nn.compact
  call(mask: tf.Tensor, x: tf.Tensor): tf.Tensor { return new nn.Dense(this.features).call(tf.mul(mask, x)); }
}
new Masked(6).init(jax.random.key(0), [tf.ones([2, 1]), tf.ones([2, 5])]);`);
    expect(mask.refusals).toEqual([expect.stringMatching(/^L2N317 Masked: /)]);
    expect(mask.classes).toEqual([]);
  });

  test('rank-dependent operations ask for the rank', () => {
    const flat = (type: string) =>
      readPlan(`
export class Net extends nn.Module {
  constructor(readonly features: number) { super(); }
  @nn.compact
  call(x: ${type}): tf.Tensor { return new nn.Dense(this.features).call(tf.reshape(x, [x.shape[0]!, -1])); }
}`);
    expect(flat('tf.Tensor').refusals).toEqual([expect.stringMatching(/^L2N312 Net: /)]);
    expect(flat('tf.Tensor3D').classes).toEqual(['Net(inLength, inFeatures)']);
    expect(flat('tf.Tensor3D').sizes).toEqual(['new nn.Dense(this.features <- inLength * inFeatures']);
  });

  test('an operation without a rule poisons its result only', () => {
    const plan = readPlan(`
export class Net extends nn.Module {
  constructor(readonly features: number) { super(); }
  @nn.compact
  call(x: tf.Tensor2D): tf.Tensor {
    const odd = tf.spectral.rfft(x);
    const y = new nn.Dense(this.features).call(x);
    return tf.add(y, tf.mean(odd));
  }
}`);
    expect(plan).toMatchObject({ classes: ['Net(inFeatures)'], refusals: [] });
  });
});

test('the plan does not depend on the order of files', () => {
  const files = {
    'a.ts': `${head}import { B } from './b.js';
export class A extends nn.Module {
  constructor(readonly width: number) { super(); }
  @nn.compact
  call(x: tf.Tensor, y: tf.Tensor): tf.Tensor { return new nn.Dense(this.width).call(new B(this.width).call(tf.add(x, y))); }
}`,
    'b.ts': `${head}export class B extends nn.Module {
  constructor(readonly width: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor { return new nn.Dense(this.width).call(x); }
}`,
    'c.ts': `${head}import { A } from './a.js';\nimport { B } from './b.js';
new B(3).init(jax.random.key(0), [tf.ones([2, 9])]);
new A(4).init(jax.random.key(0), [tf.ones([2, 5]), tf.ones([2, 5])]);`,
  };
  const plans = [
    ['a.ts', 'b.ts', 'c.ts'],
    ['c.ts', 'b.ts', 'a.ts'],
    ['b.ts', 'c.ts', 'a.ts'],
  ].map((order) =>
    JSON.stringify(inferSizes(mergeProject(order.map((path) => readText(path, files[path as keyof typeof files]))))),
  );
  expect(new Set(plans).size).toBe(1);
  expect(JSON.parse(plans[0] ?? '{}').refusals).toEqual([]);
});

describe('inputs that nobody passes', () => {
  const net = (feed: string) =>
    readPlan(`
export class Net extends nn.Module {
  constructor(readonly features: number) { super(); }
  @nn.compact
  call(x: tf.Tensor, mask?: tf.Tensor): tf.Tensor {
    const h = new nn.Dense(this.features).call(x);
    if (mask !== undefined) return new nn.Dense(4).call(${feed});
    return new nn.Dense(2).call(h);
  }
}
new Net(6).init(jax.random.key(0), [tf.ones([2, 5])]);`);

  test('a layer behind one is sized where that takes nothing the class does not have', () => {
    const plan = net('h');
    expect(plan.refusals).toEqual([]);
    expect(plan.sizes).toContain('new nn.Dense(4 <- features');
  });

  test('and refused where its size is that input', () => {
    expect(net('mask').refusals).toEqual([expect.stringMatching(/^L2N310 Net: Dense: no call of it can be followed/)]);
  });
});

test('recursion comes to an end', () => {
  const plan = readPlan(`
export class Net extends nn.Module {
  constructor(readonly width: number) { super(); }
  tree(x: tf.Tensor, depth: number): tf.Tensor {
    if (depth <= 0) return x;
    return tf.add(this.tree(x, depth - 1), this.tree(x, depth - 1));
  }
  @nn.compact
  call(x: tf.Tensor, depth: number): tf.Tensor {
    return new nn.Dense(this.width).call(this.tree(x, depth));
  }
}
export class Short extends nn.Module {
  constructor(readonly width: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const grow = (y: tf.Tensor, n: number): tf.Tensor => (n === 0 ? y : grow(tf.concat([y, y], -1), n - 1));
    return new nn.Dense(this.width).call(grow(x, 3));
  }
}`);
  expect(plan.refusals).toEqual([expect.stringMatching(/^L2N3\d\d Net: /)]);
  expect(plan.sizes).toEqual(['new nn.Dense(this.width <- 8 * inWidth']);
});

test.each([
  ['entries', 'const [i, w] of this.widths.entries()', 'i === this.stop'],
  ['items', 'const w of this.widths', 'w === this.stop'],
])('a loop over %s that may be left early has no turn that is known to be the last', (_, head, stop) => {
  const net = (exit: string) =>
    readPlan(`
export class Net extends nn.Module {
  constructor(readonly widths: number[], readonly stop: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    let last: tf.Tensor | null = null;
    for (${head}) {
      last = new nn.Dense(w).call(x);
      ${exit}
    }
    return new nn.Dense(1).call(last!);
  }
}`);
  expect(net('').sizes.at(-1)).toBe('new nn.Dense(1 <- widths.at(-1)!');
  expect(net(`if (${stop}) break;`).refusals).toEqual([expect.stringMatching(/^L2N314 Net: /)]);
});
