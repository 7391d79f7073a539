import { describe, expect, test } from '@jest/globals';
import { readPlan } from './project.js';

const moduleOf = (fields: string, body: string, more = ''): string => `
export class Net extends nn.Module {
  constructor(${fields}) { super(); }
  ${more}
  @nn.compact
  call(x: tf.Tensor2D): tf.Tensor {
    ${body}
  }
}
`;

describe('branches', () => {
  test('a test the constructor can make becomes a choice', () => {
    const plan = readPlan(
      moduleOf(
        'readonly width: number, readonly project: boolean',
        `let y: tf.Tensor = x;
    if (this.project) y = new nn.Dense(this.width).call(y);
    return new nn.Dense(3).call(y);`,
      ),
    );
    expect(plan.sizes).toEqual(['new nn.Dense(this.width <- inWidth', 'new nn.Dense(3 <- project ? width : inWidth']);
  });

  test('strings, negations and early returns are tests too', () => {
    const plan = readPlan(
      moduleOf(
        "readonly width: number, readonly kind: 'a' | 'b'",
        `if (this.kind === 'a') return new nn.Dense(2).call(x);
    const y = this.kind !== 'b' ? x : new nn.Dense(this.width).call(x);
    return new nn.Dense(3).call(y);`,
      ),
    );
    expect(plan.sizes.at(-1)).toBe("new nn.Dense(3 <- kind !== 'b' ? inWidth : width");
  });

  test('what a child chooses is decided by the literals its parent passes', () => {
    const plan = readPlan(`
class Child extends nn.Module {
  constructor(readonly width: number, readonly wide: boolean) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor { return new nn.Dense(this.wide ? 4 * this.width : this.width).call(x); }
}
${moduleOf('readonly width: number', 'return new nn.Dense(1).call(new Child(this.width, true).call(x));')}`);
    expect(plan.sizes).toContain('new nn.Dense(1 <- 4 * width');
  });

  test('a test on data is refused where sizes differ, and harmless where they agree', () => {
    const data = (size: string) =>
      readPlan(`
export class Net extends nn.Module {
  constructor(readonly width: number) { super(); }
  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    let y = new nn.Dense(this.width).call(x);
    if (training) y = new nn.Dense(${size}).call(y);
    return new nn.Dense(3).call(y);
  }
}`);
    expect(data('this.width').sizes.at(-1)).toBe('new nn.Dense(3 <- width');
    expect(data('7').refusals).toEqual([expect.stringMatching(/^L2N313 Net: Dense/)]);
  });

  test('a residual projection is typed by its shape test', () => {
    const plan = readPlan(
      moduleOf(
        'readonly features: number',
        `let residual: tf.Tensor = x;
    const y = new nn.Dense(this.features).call(x);
    if (residual.shape[1] !== y.shape[1]) residual = new nn.Dense(this.features).call(residual);
    return new nn.Dense(1).call(tf.add(y, residual));`,
      ),
    );
    expect(plan.sizes).toEqual([
      'new nn.Dense(this.features <- inFeatures',
      'new nn.Dense(this.features <- inFeatures',
      'new nn.Dense(1 <- features',
    ]);
  });

  test('an optional field falls back on the input', () => {
    const plan = readPlan(
      moduleOf(
        'readonly hidden: number, readonly out?: number',
        'return new nn.Dense(this.out ?? x.shape[1]).call(new nn.Dense(this.hidden).call(x));',
      ),
    );
    expect(plan.sizes).toContainEqual(expect.stringMatching(/=> out \?\? inFeatures$/));
  });

  test('a switch with fall-through and a default', () => {
    const plan = readPlan(
      moduleOf(
        "readonly width: number, readonly act: 'glu' | 'relu' | 'none'",
        `let y = new nn.Dense(2 * this.width).call(x);
    switch (this.act) {
      case 'glu':
        y = jax.nn.glu(y);
        break;
      case 'relu':
      default:
        y = tf.relu(y);
    }
    return new nn.Dense(1).call(y);`,
      ),
    );
    expect(plan.sizes.at(-1)).toBe("new nn.Dense(1 <- act === 'glu' ? width : 2 * width");
  });
});

describe('loops', () => {
  const stack = (loop: string) =>
    moduleOf(
      'readonly hiddenDims: number[], readonly out: number',
      `let y: tf.Tensor = x;\n${loop}\nreturn new nn.Dense(this.out).call(y);`,
    );

  test.each([
    ['for of', 'for (const size of this.hiddenDims) y = tf.relu(new nn.Dense(size).call(y));', 'size'],
    [
      'for over an index',
      'for (let i = 0; i < this.hiddenDims.length; i++) y = new nn.Dense(this.hiddenDims[i]).call(y);',
      'hiddenDims[i]!',
    ],
    ['forEach', 'this.hiddenDims.forEach((size) => { y = new nn.Dense(size).call(y); });', 'size'],
    [
      'entries',
      'for (const [i, size] of this.hiddenDims.entries()) y = new nn.Dense(size, { name: `layer_${i}` }).call(y);',
      'size',
    ],
  ])('%s carries a size around', (_, loop, item) => {
    const plan = readPlan(stack(loop));
    expect(plan.refusals).toEqual([]);
    expect(plan.threads).toEqual([`let features = inDim; features = ${item}`]);
    expect(plan.sizes.map((each) => each.replace(/^.*<- /, ''))).toEqual(['features', 'features']);
  });

  test('the parent sees the last item', () => {
    const plan = readPlan(`
class Mlp extends nn.Module {
  constructor(readonly hiddenDims: number[]) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    for (const size of this.hiddenDims) x = tf.relu(new nn.Dense(size).call(x));
    return x;
  }
}
class Critic extends nn.Module {
  constructor(readonly hiddenDims: number[]) { super(); }
  @nn.compact
  call(observations: tf.Tensor, actions: tf.Tensor): tf.Tensor {
    const h = new Mlp(this.hiddenDims).call(tf.concat([observations, actions], -1));
    return new nn.Dense(1).call(h);
  }
}`);
    expect(plan.classes).toEqual(['Mlp(inDim)', 'Critic(inDim, actionsDim)']);
    expect(plan.sizes).toEqual([
      'new nn.Dense(size <- features',
      'new Mlp(this.hiddenDims <- inDim + actionsDim',
      'new nn.Dense(1 <- hiddenDims.at(-1)!',
    ]);
  });

  test('a width-preserving block is no thread', () => {
    const plan = readPlan(
      moduleOf(
        'readonly width: number, readonly depth: number',
        `let y: tf.Tensor = new nn.Dense(this.width).call(x);
    for (let i = 0; i < this.depth; i++) y = tf.add(y, new nn.Dense(this.width).call(y));
    return new nn.Dense(1).call(y);`,
      ),
    );
    expect(plan.threads).toEqual([]);
    expect(plan.sizes.slice(1)).toEqual(['new nn.Dense(this.width <- width', 'new nn.Dense(1 <- width']);
  });

  test('modules collected in setup are used in their order', () => {
    const plan = readPlan(`
export class Net extends nn.Module {
  layers!: nn.Dense[];
  constructor(readonly hiddenDims: number[]) { super(); }
  setup() { this.layers = this.hiddenDims.map((size) => new nn.Dense(size)); }
  call(x: tf.Tensor): tf.Tensor {
    for (const layer of this.layers) x = tf.relu(layer.call(x));
    return x;
  }
}`);
    expect(plan.refusals).toEqual([]);
    expect(plan.threads).toEqual(['let features = inDim; features = size']);
    expect(plan.sizes).toEqual(['new nn.Dense(size <- features']);
  });

  test('one module in every turn of a size that changes is refused', () => {
    const plan = readPlan(
      moduleOf(
        'readonly width: number, readonly depth: number',
        `const shared = new nn.Dense(this.width);
    let y: tf.Tensor = x;
    for (let i = 0; i < this.depth; i++) y = tf.concat([y, shared.call(y)], -1);
    return y;`,
      ),
    );
    expect(plan.refusals).toEqual([expect.stringMatching(/^L2N315 Net: Dense/)]);
  });

  test('behind a loop that may be left early a carried size is not known', () => {
    const plan = (after: string) =>
      readPlan(
        moduleOf(
          'readonly widths: number[], readonly stop: number',
          `let y: tf.Tensor = x;
    for (const [i, w] of this.widths.entries()) {
      y = new nn.Dense(w).call(y);
      if (i === this.stop) break;
    }
    return ${after};`,
        ),
      );
    expect(plan('y')).toMatchObject({ refusals: [], threads: ['let features = inWidth; features = w'] });
    expect(plan('new nn.Dense(1).call(y)').refusals).toEqual([expect.stringMatching(/^L2N314 Net: .*left early/)]);
  });

  test('known turns with equal sizes are one size, with different ones a variable', () => {
    const turns = (list: string) =>
      readPlan(
        moduleOf(
          'readonly width: number',
          `let y: tf.Tensor = new nn.Dense(${list.includes('9') ? 9 : 8}).call(x);\nfor (const w of ${list}) y = new nn.Dense(w).call(y);\nreturn y;`,
        ),
      );
    expect(turns('[8, 8, 8]').sizes.at(-1)).toBe('new nn.Dense(w <- 8');
    expect(turns('[9, 8, 7]').sizes.at(-1)).toBe('new nn.Dense(w <- features');
    expect(turns('[9, 8, 7]').threads).toEqual(['let features = 9; features = w']);
  });
});

describe('parameters and arguments that read an input', () => {
  test('shapes of parameters and layer arguments are written anew', () => {
    const plan = readPlan(
      moduleOf(
        'readonly width: number',
        `const scale = this.param('scale', nn.initializers.ones, [x.shape[1]]);
    const h = new nn.Dense(this.width).call(tf.mul(x, scale));
    return new nn.Dense(x.shape[1]).call(h);`,
      ),
    );
    expect(plan.sizes.filter((each) => each.includes('=>')).map((each) => each.replace(/^.*=> /, ''))).toEqual([
      'inWidth',
      'inWidth',
    ]);
  });
});
