import { expect, test } from '@jest/globals';
import { convert } from './conversion.js';

const head = `import * as tf from '@tensorflow/tfjs';\nimport * as nn from 'linen2nnx/linen';\n`;
/** A class with this in its compact `call(x, training)`, below other code of the file. */
const within = (body: string, above = ''): string =>
  `${head}${above}\nexport class A extends nn.Module {\n  constructor(readonly features = 3) {\n    super();\n  }\n\n  @nn.compact\n  call(x: tf.Tensor, training: boolean): tf.Tensor {\n${body}\n  }\n}\n`;

const left: readonly [what: string, code: string, text: string][] = [
  [
    'a result that runs on two sizes',
    'L2N315',
    within(
      'const f = (n: number) => new nn.Dense(n);\n    const d = f(3);\n    return d.call(new nn.Dense(5).call(d.call(new nn.Dense(4).call(x))));',
    ),
  ],
  [
    'a function that reads the input',
    'L2N420',
    within(
      'const wide = x.rank > 2;\n    const f = (n: number) => new nn.Dense(n, { useBias: wide });\n    return f(3).call(x);',
    ),
  ],
  [
    'a function that is handed a size of the input',
    'L2N406',
    within('const f = (n: number) => new nn.Dense(n);\n    return f(2 * x.shape.at(-1)!).call(x);'),
  ],
  [
    'a function that is passed on',
    'L2N406',
    within('const f = (n: number) => new nn.Dense(n);\n    console.log([1, 2].map(f));\n    return f(3).call(x);'),
  ],
  [
    'a function that is called in another',
    'L2N406',
    within('const f = () => new nn.Dense(3);\n    const g = (y: tf.Tensor) => f().call(y);\n    return g(g(x));'),
  ],
  [
    'one of two layers',
    'L2N406',
    within('const f = (wide: boolean) => (wide ? new nn.Dense(8) : new nn.LayerNorm());\n    return f(true).call(x);'),
  ],
  [
    'a function that keeps what it built',
    'L2N429',
    within(
      'return shared().call(shared().call(x));',
      'let kept: nn.Dense | null = null;\nfunction shared(): nn.Dense {\n  kept ??= new nn.Dense(3);\n  return kept;\n}\n',
    ),
  ],
  [
    'a function that runs what it built',
    'L2N429',
    within('return run(x);', 'function run(x: tf.Tensor): tf.Tensor {\n  return new nn.Dense(3).call(x);\n}\n'),
  ],
  [
    'a function that other code calls as well',
    'L2N429',
    within(
      'return dense(3).call(x);',
      'function dense(n: number): nn.Dense {\n  return new nn.Dense(n);\n}\nexport const one = dense(1);\n',
    ),
  ],
  [
    'a mode in a function of the file',
    'L2N429',
    within(
      'return norm(!training).call(x);',
      'function norm(useRunningAverage: boolean): nn.BatchNorm {\n  return new nn.BatchNorm({ useRunningAverage });\n}\n',
    ),
  ],
  [
    'a mode that a call adds',
    'L2N409',
    within(
      'const norm = (options: { useRunningAverage?: boolean } = {}) => new nn.BatchNorm({ momentum: 0.9, ...options });\n    return norm({ useRunningAverage: !training }).call(x);',
    ),
  ],
  [
    'an axis that a call adds',
    'L2N409',
    within(
      'const norm = (options: { axis?: number } = {}) => new nn.BatchNorm({ useRunningAverage: true, ...options });\n    return norm({ axis: 1 }).call(x);',
    ),
  ],
  [
    'options that a call takes from elsewhere',
    'L2N408',
    within(
      'const given = { useBias: false };\n    const f = (options: { useBias?: boolean }) => new nn.Dense(3, { ...options });\n    return f(given).call(x);',
    ),
  ],
];

test.each(left)('%s is left: %s', async (_, code, text) => {
  const { codes, texts } = await convert(text);
  expect(codes).toContain(code);
  expect(texts['model.ts']).toBe(text);
});

test('a function in setup, one that returns a class of the project, a name as an argument', async () => {
  const text = `${head}
class Block extends nn.Module {
  constructor(readonly width: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new nn.Dense(this.width).call(x);
  }
}

export class A extends nn.Module {
  first!: nn.Dense;

  setup() {
    const make = (n: number) => new nn.Dense(n, { useBias: false });
    this.first = make(4);
  }

  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const block = (width: number) => new Block(width);
    x = this.first.call(x);
    return block(2).call(block(5).call(x));
  }
}
`;
  const { codes, texts, plans } = await convert(text);
  expect(codes).toEqual([]);
  expect(texts['model.ts']).toContain(
    'const make = (inFeatures: number, n: number) =>\n      new nnx.Linear(inFeatures, n, { useBias: false, rngs });',
  );
  expect(texts['model.ts']).toContain('this.first = make(inFeatures, 4);');
  expect(texts['model.ts']).toContain(
    'const block = (inWidth: number, width: number) => new Block(inWidth, width, { rngs });\n    this.block = block(5, 2);\n    this.block2 = block(4, 5);',
  );
  const modules = plans.find((each) => each.class.endsWith('#A'))?.manifest.modules;
  expect(modules?.map(({ linen, nnx }) => [linen, nnx])).toEqual([
    ['first', 'first'],
    ['Block_0', 'block'],
    ['Block_1', 'block2'],
  ]);
});
