import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { convert } from './conversion.js';

const head = `import * as tf from '@tensorflow/tfjs';\nimport * as nn from 'linen2nnx/linen';\n`;
/** A class with this in its compact `call(x, training)`. */
const within = (body: string, more = ''): string =>
  `${head}export class A extends nn.Module {\n  constructor(readonly features = 3) {\n    super();\n  }\n${more}\n  @nn.compact\n  call(x: tf.Tensor, training: boolean): tf.Tensor {\n${body}\n  }\n}\n`;

const cases: readonly [what: string, code: string, text: string][] = [
  ['a private member', 'L2N400', within('return x;', '#width = 3;')],
  [
    'a class made in a function',
    'L2N401',
    `${head}export function make() {\n  return class A extends nn.Module {\n    @nn.compact\n    call(x: tf.Tensor) {\n      return new nn.Dense(3).call(x);\n    }\n  };\n}\n`,
  ],
  ['a class that extends a layer', 'L2N402', `${head}export class A extends nn.Dense {}\n`],
  [
    'a rest parameter',
    'L2N403',
    `${head}export class A extends nn.Module {\n  constructor(...sizes: number[]) {\n    super();\n  }\n  call(x: tf.Tensor) {\n    return x;\n  }\n}\n`,
  ],
  [
    'a layer in a loop without turns',
    'L2N404',
    within(
      'let i = 0;\n    while (i < 3) {\n      x = new nn.Dense(this.features).call(x);\n      i += 1;\n    }\n    return x;',
    ),
  ],
  [
    'a layer behind an early return',
    'L2N405',
    within('if (x.rank === 3) return x;\n    return new nn.Dense(3).call(x);'),
  ],
  ['a layer on one side of a condition', 'L2N405', within('return training ? x : new nn.Dense(3).call(x);')],
  [
    'a layer in a function',
    'L2N406',
    within('const f = (y: tf.Tensor) => new nn.Dense(3).call(y);\n    return f(f(x));'),
  ],
  [
    'a layer that is passed on',
    'L2N407',
    within('const dense = new nn.Dense(3);\n    console.log(dense);\n    return dense.call(x);'),
  ],
  ['a name that is computed', 'L2N408', within('return new nn.Dense(3, { name: `d${this.features}` }).call(x);')],
  [
    'an option nobody knows',
    'L2N409',
    within('return new nn.Dense(3, { sparse: true } as object).call(new nn.Dense(3, { sparse: true }).call(x));'),
  ],
  [
    'a lifted class without a counterpart',
    'L2N410',
    `${head}class B extends nn.Module {\n  @nn.compact\n  call(x: tf.Tensor) {\n    return new nn.Dense(3).call(x);\n  }\n}\nexport class A extends nn.Module {\n  @nn.compact\n  call(x: tf.Tensor) {\n    return new (nn.mapVariables(B, 'params'))().call(x);\n  }\n}\n`,
  ],
  [
    'a factory in a field',
    'L2N411',
    `${head}export class A extends nn.Module {\n  constructor(readonly norm: () => nn.Layer) {\n    super();\n  }\n  @nn.compact\n  call(x: tf.Tensor) {\n    return this.norm().call(x);\n  }\n}\n`,
  ],
  [
    'a mode that only `setup` knows',
    'L2N412',
    within(
      'return this.drop.call(x);',
      'drop!: nn.Dropout;\n  setup() {\n    const frozen = Math.random() > 0.5;\n    this.drop = new nn.Dropout(0.5, { deterministic: frozen });\n  }',
    ),
  ],
  ['a mode that is never given', 'L2N415', within('return new nn.Dropout(0.5).call(x);')],
  ['a question for state', 'L2N416', within("return this.hasVariable('cache', 'x') ? x : tf.neg(x);")],
  [
    'a first value that only the initialising run gives',
    'L2N416',
    within(
      "const scale = this.variable('stats', 'scale', () => tf.scalar(1));\n    if (this.isInitializing()) scale.value = tf.mean(x);\n    return tf.mul(x, scale.value);",
    ),
  ],
  [
    'a first value behind a constant for the phase',
    'L2N416',
    within(
      "const isReady = this.hasVariable('stats', 'scale');\n    const scale = this.variable('stats', 'scale', () => tf.scalar(1));\n    if (isReady) return tf.mul(x, scale.value);\n    scale.value = tf.mean(x);\n    return x;",
    ),
  ],
  [
    'a value sown by the initialising run alone',
    'L2N416',
    within("if (this.isInitializing()) this.sow('intermediates', 'x', x);\n    return x;"),
  ],
  [
    'a layer that only the initialising run builds',
    'L2N416',
    within('return this.isInitializing() ? new nn.Dense(3).call(x) : tf.mul(x, 2);'),
  ],
  [
    'a question for a variable of some arm only',
    'L2N416',
    within(
      "const isReady = this.hasVariable('stats', 'n');\n    if (this.features > 2) {\n      const n = this.variable('stats', 'n', () => tf.scalar(1));\n      if (isReady) n.value = tf.add(n.value, 1);\n    }\n    return x;",
    ),
  ],
  [
    'a question with a computed name',
    'L2N416',
    within(
      "const n = this.variable('stats', 'n', () => tf.scalar(1));\n    return this.hasVariable('stats', `${'n'}${this.features}`) ? tf.mul(x, n.value) : x;",
    ),
  ],
  [
    'a question for what may change',
    'L2N416',
    within(
      "const n = this.variable('stats', 'n', () => tf.scalar(1));\n    if (this.isMutableCollection('stats')) n.value = tf.add(n.value, 1);\n    return x;",
    ),
  ],
  [
    'a question in setup',
    'L2N416',
    within(
      'return this.dense.call(x);',
      '  dense!: nn.Dense;\n  setup() {\n    this.dense = new nn.Dense(this.isInitializing() ? 3 : 4);\n  }',
    ),
  ],
  [
    'a cache that is set where it may not be there',
    'L2N437',
    within(
      "const isReady = this.hasVariable('cache', 'n');\n    const n = this.variable('cache', 'n', () => tf.scalar(1));\n    if (training) n.value = isReady ? tf.add(n.value, 1) : n.value;\n    return x;",
    ),
  ],
  [
    'a cache that one run fills twice',
    'L2N437',
    `${head}class B extends nn.Module {\n  @nn.compact\n  call(x: tf.Tensor) {\n    const isReady = this.hasVariable('cache', 'n');\n    const n = this.variable('cache', 'n', () => tf.scalar(1));\n    if (isReady) n.value = tf.add(n.value, 1);\n    return x;\n  }\n}\nexport class A extends nn.Module {\n  @nn.compact\n  call(x: tf.Tensor) {\n    const b = new B();\n    return b.call(b.call(x));\n  }\n}\n`,
  ],
  [
    'a cache whose first value comes from the input',
    'L2N420',
    within(
      "const isReady = this.hasVariable('cache', 'n');\n    const n = this.variable('cache', 'n', () => tf.neg(x));\n    if (isReady) n.value = tf.add(n.value, 1);\n    return x;",
    ),
  ],
  [
    'caches of different branches',
    'L2N405',
    within(
      "const isReady = this.hasVariable('cache', 'n');\n    const n = this.variable('cache', 'n', () => tf.scalar(1));\n    if (isReady) n.value = tf.add(n.value, 1);\n    if (training) {\n      const m = this.variable('cache', 'm', () => tf.scalar(1));\n      if (isReady) m.value = tf.add(m.value, 1);\n    }\n    return x;",
    ),
  ],
  [
    'a cache that is asked for when it has been made',
    'L2N416',
    within(
      "const n = this.variable('cache', 'n', () => tf.scalar(1));\n    if (this.hasVariable('cache', 'n')) n.value = tf.add(n.value, 1);\n    return x;",
    ),
  ],
  [
    'a cache beside a method of that name',
    'L2N419',
    within(
      "const isReady = this.hasVariable('cache', 'n');\n    const n = this.variable('cache', 'n', () => tf.scalar(1));\n    if (isReady) n.value = tf.add(n.value, 1);\n    return x;",
      '  initCache() {}\n',
    ),
  ],
  ['a module that applies itself', 'L2N417', within('return this.apply({}, [x, training]);')],
  ['this as a value', 'L2N418', within('console.log(this);\n    return new nn.Dense(3).call(x);')],
  ['a name the constructor has', 'L2N419', `const features = 2;\n${within('return new nn.Dense(features).call(x);')}`],
  ['nnx as another name', 'L2N419', `const nnx = 1;\nconsole.log(nnx);\n${within('return new nn.Dense(3).call(x);')}`],
  [
    'a helper called twice',
    'L2N421',
    within('return this.proj(this.proj(x));', 'proj(x: tf.Tensor) {\n    return new nn.Dense(3).call(x);\n  }'),
  ],
  [
    'a layer outside the compact method',
    'L2N422',
    within('return x;', 'other(x: tf.Tensor) {\n    return new nn.Dense(3).call(x);\n  }'),
  ],
  ['a Linen name without counterpart', 'L2N423', within('return nn.nowrap(x);')],
  ['a layer that is not in the catalogue', 'L2N424', within('return new nn.Perceptron(3).call(x);')],
  [
    'an argument of a call',
    'L2N425',
    within('return new nn.Dropout(0.5).call(x, { deterministic: true, rng: null });'),
  ],
  [
    'a variable with a computed name',
    'L2N426',
    within('return tf.add(x, this.param(`w${this.features}`, nn.initializers.zeros, []));'),
  ],
  [
    'a field that holds any module',
    'L2N427',
    `${head}export class A extends nn.Module {\n  constructor(readonly encoder: nn.Layer) {\n    super();\n  }\n  call(x: tf.Tensor) {\n    return this.encoder.call(x);\n  }\n}\n`,
  ],
  [
    'a function that builds',
    'L2N429',
    `${within('return tf.add(new nn.Dense(3).call(x), build(x));')}function build(x: tf.Tensor) {\n  return new nn.Dense(3).call(x);\n}\n`,
  ],
  [
    'a method that loses its flag, passed on',
    'L2N430',
    within(
      'return this.drop([x].map(this.drop)[0]!, training);',
      'drop(x: tf.Tensor, training: boolean) {\n    return new nn.Dropout(0.5).call(x, { deterministic: !training });\n  }',
    ),
  ],
];

test.each(cases)('%s is left (%s)', async (_, code, text) => {
  const { texts, codes } = await convert(text);
  expect(codes).toContain(code);
  expect(texts['model.ts']).toBe(text);
});

test.each(['loop', 'condition', 'mode', 'state-probe', 'this', 'name-clash'])('fixture module-%s', async (name) => {
  const root = new URL(`../../fixtures/refused/module-${name}/`, import.meta.url).pathname;
  const { codes } = await convert(readFileSync(`${root}linen.ts`, 'utf8'));
  expect(codes.filter((each) => each.startsWith('L2N4'))).toContain(
    /L2N\d+/.exec(readFileSync(`${root}left.ts`, 'utf8'))![0],
  );
});
