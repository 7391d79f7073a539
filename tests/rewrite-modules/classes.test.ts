import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { convert } from './conversion.js';

const root = new URL('./input/', import.meta.url).pathname;
const names = readdirSync(root)
  .filter((each) => each.endsWith('.linen.ts'))
  .map((each) => each.slice(0, -'.linen.ts'.length));

describe.each(names)('%s', (name) => {
  const before = readFileSync(`${root}${name}.linen.ts`, 'utf8');

  test('converts as written beside it', async () => {
    const { texts, whys } = await convert(before);
    expect(whys).toEqual([]);
    expect(texts['model.ts']).toBe(readFileSync(`${root}${name}.nnx.ts`, 'utf8'));
  });

  test('has nothing left to convert', async () => {
    const after = readFileSync(`${root}${name}.nnx.ts`, 'utf8');
    expect((await convert(after)).texts['model.ts']).toBe(after);
  });

  test('converts with Windows line ends to the same text', async () => {
    const { texts } = await convert(before.replace(/\n/g, '\r\n'));
    expect(texts['model.ts']).toBe(readFileSync(`${root}${name}.nnx.ts`, 'utf8').replace(/\n/g, '\r\n'));
  });
});

test('keeps every comment', async () => {
  const text = readFileSync(`${root}${names.find((each) => each.startsWith('setup'))}.linen.ts`, 'utf8');
  const { texts } = await convert(text);
  for (const comment of text.match(/\/\/.*|\/\*[\s\S]*?\*\//g) ?? []) expect(texts['model.ts']).toContain(comment);
});

test('JavaScript gets no types and no declarations', async () => {
  const source = `import * as nn from 'linen2nnx/linen';

export class A extends nn.Module {
  constructor(features) {
    super();
    this.features = features;
  }

  setup() {
    // the layers
    this.dense = new nn.Dense(this.features); // up
  }

  call(x) {
    return this.dense.call(x);
  }
}
`;
  const { texts } = await convert({ 'model.js': source });
  expect(texts['model.js']).toBe(`import * as nnx from 'linen2nnx/nnx';

export class A extends nnx.Module {
  constructor(inFeatures, features, { rngs }) {
    super();
    // the layers
    this.dense = new nnx.Linear(inFeatures, features, { rngs }); // up
  }

  call(x) {
    return this.dense.call(x);
  }
}
`);
});

test('functions of attention move by their prefix, and options that only named the module go with their type', async () => {
  const { texts, whys } = await convert(`import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class Weights extends nn.Module {
  constructor(
    readonly scale: number,
    options: nn.ModuleOptions = {},
  ) {
    super(options);
  }

  @nn.compact
  call(query: tf.Tensor, key: tf.Tensor): tf.Tensor {
    return nn.dotProductAttentionWeights(tf.mul(query, this.scale), key, { deterministic: true });
  }
}
`);
  expect(whys).toEqual([]);
  expect(texts['model.ts']).toBe(`import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

export class Weights extends nnx.Module {
  constructor(readonly scale: number) {
    super();
  }

  call(query: tf.Tensor, key: tf.Tensor): tf.Tensor {
    return nnx.dotProductAttentionWeights(tf.mul(query, this.scale), key, { deterministic: true });
  }
}
`);
});

test('a collection has one class in a project, in the file that uses it first', async () => {
  const file = (name: string): string => `import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

/** Counts. */
export class ${name} extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const count = this.variable('counter', 'count', () => tf.scalar(0));
    count.value = tf.add(count.value, 1);
    return x;
  }
}
`;
  const { texts, plans } = await convert({
    'b/two.ts': file('Two'),
    'a/one.ts': `${file('One')}import './other.js';\n`,
    'a/other.ts': '',
  });
  expect(texts['a/one.ts']).toContain(
    `export class Counter extends nnx.Variable {}\n\n/** Counts. */\nexport class One`,
  );
  expect(texts['b/two.ts']).not.toContain('extends nnx.Variable');
  expect(texts['b/two.ts']).toContain(`import { Counter } from '../a/one.js';`);
  expect(plans.map((each) => each.collections)).toEqual([['counter'], ['counter']]);
  expect(plans[0]!.customVariables).toEqual([{ collection: 'counter', variable: 'Counter', source: 'a/one.ts' }]);
  expect(plans[0]!.manifest.variables[0]!.initialValue).not.toBeNull();
});

test('plans say what callers must follow', async () => {
  const { plans } = await convert(`import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class A extends nn.Module {
  constructor(readonly rate: number, readonly training: boolean) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, flag: boolean, mask: tf.Tensor): tf.Tensor {
    x = new nn.BatchNorm().call(x, { useRunningAverage: flag });
    return tf.mul(mask, x);
  }
}

export class B extends nn.Module {
  constructor(readonly training: boolean) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new nn.Dropout(0.5, { deterministic: !this.training }).call(x);
  }
}
`);
  const [a, b] = plans;
  expect(a).toMatchObject({
    parameters: [
      { from: 'size', name: 'inFeatures', index: 0 },
      { from: 'field', name: 'rate', position: 0 },
      { from: 'field', name: 'training', position: 1 },
    ],
    methods: { call: { positions: [0, null, 1], mode: { parameter: 1, key: null, training: false, initial: null } } },
    constructorMode: null,
    modes: ['useRunningAverage'],
    collections: ['batch_stats'],
    manifest: { modules: [{ linen: 'BatchNorm_0', nnx: 'norm', target: 'layer:BatchNorm' }] },
  });
  expect(b).toMatchObject({
    parameters: [],
    constructorMode: { parameter: 0, training: true, stays: false },
    modes: ['deterministic'],
    streams: ['dropout'],
  });
});
