import { expect, test } from '@jest/globals';
import { convert } from './conversion.js';

const head = `import * as tf from '@tensorflow/tfjs';\nimport * as nn from 'linen2nnx/linen';\n`;
const block = `export class Block extends nn.Module {
  @nn.compact
  call(x: tf.Tensor, _: null): [tf.Tensor, null] {
    return [tf.add(x, new nn.Dense(4).call(x)), null];
  }
}
export class Drop extends nn.Module {
  @nn.compact
  call(x: tf.Tensor, _: null): [tf.Tensor, null] {
    const y = new nn.Dense(4).call(x);
    return [new nn.Dropout(0.5, { deterministic: false }).call(y), null];
  }
}
export class Normed extends nn.Module {
  @nn.compact
  call(x: tf.Tensor, _: null): [tf.Tensor, null] {
    return [new nn.BatchNorm({ useRunningAverage: false }).call(new nn.Dense(4).call(x)), null];
  }
}
`;
/** A class that builds a lifted `Block` with these lines in its \`call\`. */
const within = (lines: string, above = ''): string =>
  `${head}${block}${above}export class A extends nn.Module {\n  constructor(readonly depth = 3) {\n    super();\n  }\n\n  @nn.compact\n  call(x: tf.Tensor): tf.Tensor {\n${lines}\n  }\n}\n`;
const scanned = (options: string, of = 'Block'): string =>
  within(
    `    const Scan = nn.scan(${of}, ${options});\n    const [y] = new Scan().call(x, null);\n    return y as tf.Tensor;`,
  );

const left: readonly [what: string, why: RegExp, text: string][] = [
  ['no length', /without `length`/, scanned('{ variableAxes: { params: 0 }, splitRngs: { params: true } }')],
  [
    'one key for stacked parameters',
    /`params` stacked with one key/,
    scanned('{ variableAxes: { params: 0 }, splitRngs: { params: false }, length: 3 }'),
  ],
  [
    'split keys for shared parameters',
    /`params` shared with split keys/,
    scanned("{ variableBroadcast: 'params', splitRngs: { params: true }, length: 3 }"),
  ],
  [
    'a stream that is not split',
    /its stream `dropout`/,
    scanned('{ variableAxes: { params: 0 }, splitRngs: { params: true }, length: 3 }', 'Drop'),
  ],
  [
    'a collection without an axis',
    /its collection `batch_stats`/,
    scanned('{ variableAxes: { params: 0 }, splitRngs: { params: true }, length: 3 }', 'Normed'),
  ],
  [
    'stacked parameters beside a carried collection',
    /some are stacked and some shared/,
    scanned(
      "{ variableAxes: { params: 0 }, variableCarry: 'batch_stats', splitRngs: { params: true }, length: 3 }",
      'Normed',
    ),
  ],
  [
    'outputs that are not stacked',
    /axes that are not plain/,
    scanned(
      '{ variableAxes: { params: 0 }, splitRngs: { params: true }, length: 3, outAxes: nn.broadcast }',
      'Drop',
    ).replace('new nn.Dropout(0.5, { deterministic: false }).call(y), null', 'y, y'),
  ],
  [
    'other methods',
    /the option `methods`/,
    scanned("{ variableAxes: { params: 0 }, splitRngs: { params: true }, length: 3, methods: ['call'] }"),
  ],
  [
    'a scan of a vmap',
    /in this order/,
    scanned(
      '{ variableAxes: { params: 0 }, splitRngs: { params: true }, length: 3 }',
      'nn.vmap(Block, { variableAxes: { params: 0 }, splitRngs: { params: true } })',
    ),
  ],
  [
    'options that are a value',
    /not an object literal/,
    within(
      '    const Scan = nn.scan(Block, options);\n    const [y] = new Scan().call(x, null);\n    return y as tf.Tensor;',
      'const options = { variableAxes: { params: 0 }, splitRngs: { params: true }, length: 3 };\n',
    ),
  ],
  [
    'a lifted class outside the class',
    /outside the class/,
    within(
      '    const [y] = new Scan().call(x, null);\n    return y as tf.Tensor;',
      'const Scan = nn.scan(Block, { variableAxes: { params: 0 }, splitRngs: { params: true }, length: 3 });\n',
    ),
  ],
  [
    'a lifted class that is used in another way as well',
    /in another way/,
    within('    const Lifted = nn.remat(Block);\n    console.log(Lifted);\n    return new Lifted().call(x, null)[0];'),
  ],
];

test.each(left)('%s is left', async (_, why, text) => {
  const { texts, codes, whys } = await convert(text);
  expect(codes).toContain('L2N435');
  expect(whys.join('\n')).toMatch(why);
  // Classes that it does not build convert on their own.
  expect(texts['model.ts']).toContain(text.slice(text.indexOf('export class A ')));
});

const stacked = '{ variableAxes: { params: 0 }, splitRngs: { params: true }, length: this.depth }';

test('a body that is also called unscanned keeps its pair', async () => {
  const { texts } = await convert(
    within(
      `    const Scan = nn.scan(Block, ${stacked});\n    const [y] = new Scan().call(x, null);\n    return new Block().call(y, null)[0];`,
    ),
  );
  expect(texts['model.ts']).toContain('call(x: tf.Tensor, _: null): [tf.Tensor, null]');
  expect(texts['model.ts']).toContain('outAxes: [nnx.Carry, 0]');
});

test('a result that is not taken apart keeps its pair', async () => {
  const { texts } = await convert(within(`    return new (nn.scan(Block, ${stacked}))().call(x, null)[0];`));
  expect(texts['model.ts']).toContain('return scanBlock(x, this.blocks, null)[0]');
});

test('two modules of one lifted class share a function, made before the loops around its calls', async () => {
  const { texts } = await convert(
    within(
      '    const Lifted = nn.remat(nn.Dense);\n    const a = new Lifted(4);\n    const b = new Lifted(4);\n    x = a.call(x);\n    for (let i = 0; i < 2; i++) x = b.call(x);\n    return x;',
    ),
  );
  expect(texts['model.ts']!.match(/nnx\.remat\(/g)).toHaveLength(1);
  expect(texts['model.ts']!.indexOf('nnx.remat(')).toBeLessThan(texts['model.ts']!.indexOf('for (let i'));
});
