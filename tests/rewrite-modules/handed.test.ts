/** Layers that are handed to functions: what stands next to a form that converts. */
import { expect, test } from '@jest/globals';
import { convert } from './conversion.js';

const head = `import * as tf from '@tensorflow/tfjs';\nimport * as nn from 'linen2nnx/linen';\n`;
const start = `import * as jax from 'linen2nnx/jax';\nnew A().init(jax.random.key(0), [tf.ones([2, 3]), false]);\n`;
/** A class with this in its compact `call(x, training)`, below a function of the file. */
const within = (body: string, above: string, more = ''): string =>
  `${head}${above}\nexport class A extends nn.Module {\n  @nn.compact\n  call(x: tf.Tensor, training: boolean): tf.Tensor {\n${body}\n  }\n}\n${more}\n${start}`;

const run = `function run(x: tf.Tensor, d: nn.Dropout, training: boolean): tf.Tensor {\n  return d.call(x, { deterministic: !training });\n}\n`;
const plain = `return run(x, new nn.Dropout(0.5), training);`;

const block = (flag: string): string =>
  `export class B extends nn.Module {\n  @nn.compact\n  call(x: tf.Tensor${flag === '_' ? '' : ', training: boolean'}): tf.Tensor {\n    x = new nn.Dense(4).call(x);\n    return ${flag === '_' ? 'x' : 'new nn.Dropout(0.5).call(x, { deterministic: !training })'};\n  }\n}\n`;
const go = `function go(x: tf.Tensor, b: B): tf.Tensor {\n  return b.call(tf.relu(x));\n}\n`;

const left: readonly [what: string, code: string, text: string][] = [
  [
    'a function that hands it on',
    'L2N407',
    within(
      plain,
      `function run(x: tf.Tensor, d: nn.Dropout, training: boolean): tf.Tensor {\n  return inner(x, d, training);\n}\nfunction inner(x: tf.Tensor, d: nn.Dropout, training: boolean): tf.Tensor {\n  return d.call(x, { deterministic: !training });\n}\n`,
    ),
  ],
  [
    'a function that keeps it',
    'L2N407',
    within(
      plain,
      `const seen: nn.Dropout[] = [];\nfunction run(x: tf.Tensor, d: nn.Dropout, training: boolean): tf.Tensor {\n  seen.push(d);\n  return d.call(x, { deterministic: !training });\n}\n`,
    ),
  ],
  [
    'a function that other code calls',
    'L2N407',
    within(plain, run, `export const y = run(tf.ones([2]), null!, false);`),
  ],
  ['a function that is passed on', 'L2N407', within(plain, run, `export const list = [run];`)],
  [
    'a parameter that may be left out',
    'L2N407',
    within(
      `return run(x, training, new nn.Dropout(0.5));`,
      `function run(x: tf.Tensor, training: boolean, d: nn.Dropout | null = null): tf.Tensor {\n  return d!.call(x, { deterministic: !training });\n}\n`,
    ),
  ],
  [
    'two kinds of layer in one place',
    'L2N407',
    within(
      `x = run(x, new nn.Dropout(0.5), training);\n    return run(x, new nn.BatchNorm() as never, training);`,
      run,
    ),
  ],
  [
    'a layer and something else in one place',
    'L2N407',
    within(
      `x = run(x, new nn.Dropout(0.5), training);\n    return run(x, { call: (y: tf.Tensor) => y } as never, training);`,
      run,
    ),
  ],
  [
    'a layer that no call tells its mode',
    'L2N415',
    within(
      plain,
      `function run(x: tf.Tensor, d: nn.Dropout, training: boolean): tf.Tensor {\n  return training ? d.call(x) : x;\n}\n`,
    ),
  ],
  [
    'a method that the layer does not have',
    'L2N425',
    within(
      `return run(x, new nn.Dense(3));`,
      `function run(x: tf.Tensor, d: nn.Dense): tf.Tensor {\n  return (d as any).call(x) && d.apply(x);\n}\n`.replace(
        '(d as any).call(x) && ',
        '',
      ),
    ),
  ],
  [
    'a layer that knows its mode already',
    'L2N407',
    within(
      `return run(x, new nn.Dropout(0.5, { deterministic: !training }));`,
      `function run(x: tf.Tensor, d: nn.Dropout): tf.Tensor {\n  return d.call(x);\n}\n`,
    ),
  ],
  [
    'one of a list of layers',
    'L2N407',
    within(`for (let i = 0; i < 2; i++) x = run(x, new nn.Dropout(0.5), training);\n    return x;`, run),
  ],
  [
    'a class of the project that is built without being run',
    'L2N407',
    within(
      `return go(x, new B());`,
      `${block('training')}function go(x: tf.Tensor, b: B): tf.Tensor {\n  return b.init ? x : b.call(x, false);\n}\n`,
    ),
  ],
  [
    'a class of the project and something else in one place',
    'L2N407',
    within(`return go(go(x, new B()), { call: (y: tf.Tensor) => y } as never);`, `${block('_')}${go}`),
  ],
];

test.each(left)('%s is left', async (_, code, text) => {
  expect((await convert(text)).codes).toContain(code);
});

/** Flags that do not follow one mode stay arguments of the class and of the function. */
test.each([
  [
    'run twice in two modes',
    `x = run(x, new nn.Dropout(0.5), training);\n    return run(x, new nn.Dropout(0.25), false);`,
    run,
  ],
  [
    'a flag with a default',
    `return run(x, new nn.Dropout(0.5), training);`,
    run.replace('training: boolean', 'training = false'),
  ],
  [
    'a flag through a constant',
    plain,
    `function run(x: tf.Tensor, d: nn.Dropout, training: boolean): tf.Tensor {\n  const still = !training;\n  return d.call(x, { deterministic: still });\n}\n`,
  ],
])('%s keeps its flag', async (_, body, above) => {
  const { texts, codes } = await convert(within(body, above));
  expect(codes).toEqual([]);
  expect(texts['model.ts']).toContain(above.replaceAll('nn.', 'nnx.'));
  expect(texts['model.ts']).toContain('call(x: tf.Tensor, training: boolean)');
});

test('classes that share a function keep its flag', async () => {
  const other = `export class B extends nn.Module {\n  @nn.compact\n  call(x: tf.Tensor, training: boolean): tf.Tensor {\n    ${plain}\n  }\n}`;
  const { texts, codes } = await convert(within(plain, run, other));
  expect(codes).toEqual([]);
  expect(texts['model.ts']).toContain(run.replaceAll('nn.', 'nnx.'));
  expect(texts['model.ts']?.match(/run\(x, this\.dropout, training\)/g)).toHaveLength(2);
});

test('a constant mode stays in the function', async () => {
  const text = within(
    `return run(x, new nn.Dropout(0.5)) as tf.Tensor;`,
    `const run = (x: tf.Tensor, d: nn.Dropout) => d.call(x, { deterministic: true });\n`,
  );
  const { texts, codes } = await convert(text);
  expect(codes).toEqual([]);
  expect(texts['model.ts']).toContain('d.call(x, { deterministic: true })');
});

test('a size that only the function tells', async () => {
  const text = within(
    `return run(x, new nn.Dense(4));`,
    `const run = (x: tf.Tensor, d: nn.Dense): tf.Tensor => d.call(tf.concat([x, x], -1));\n`,
  );
  const { texts, codes } = await convert(text);
  expect(codes).toEqual([]);
  expect(texts['model.ts']).toContain('new nnx.Linear(2 * inFeatures, 4, { rngs })');
});

test('a class of the project is handed over as it is', async () => {
  const { texts, codes } = await convert(within(`return go(x, new B());`, `${block('_')}${go}`));
  expect(codes).toEqual([]);
  expect(texts['model.ts']).toContain(go);
  expect(texts['model.ts']).toContain('return go(x, this.b);');
  expect(texts['model.ts']).toContain('this.b = new B(inFeatures, { rngs });');
});

test('a class of the project that has a flag keeps it', async () => {
  const flagged = `function go(x: tf.Tensor, b: B, training: boolean): tf.Tensor {\n  return b.call(tf.relu(x), training);\n}\n`;
  const { texts, codes } = await convert(within(`return go(x, new B(), training);`, `${block('f')}${flagged}`));
  expect(codes).toEqual([]);
  expect(texts['model.ts']).toContain(flagged);
  expect(texts['model.ts']).toContain('return go(x, this.b, training);');
  expect(texts['model.ts']).toContain('this.dropout.call(x, { deterministic: !training })');
});
