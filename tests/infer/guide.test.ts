import { describe, expect, test } from '@jest/globals';
import { inferSizes } from '../../src/infer/infer-sizes.js';
import { modelOf, readPlan } from './project.js';

const basic = `
export class Block extends nn.Module {
  constructor(readonly features: number) { super(); }
  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new nn.Dense(this.features).call(x);
    x = new nn.Dropout(0.5, { deterministic: !training }).call(x);
    return tf.relu(x);
  }
}
export class Model extends nn.Module {
  constructor(readonly dmid: number, readonly dout: number) { super(); }
  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new Block(this.dmid).call(x, training);
    return new nn.Dense(this.dout).call(x);
  }
}
const model = new Model(256, 10);
const sampleX = tf.ones([1, 784]);
const variables = model.init(jax.random.key(0), [sampleX, false]);
`;

describe('the guide', () => {
  test('a module inside a module: names in the style of the fields, the size of the sample at the root', () => {
    expect(readPlan(basic)).toEqual({
      classes: ['Block(inFeatures)', 'Model(din)'],
      sizes: [
        'new nn.Dense(this.features <- inFeatures',
        'new Block(this.dmid <- din',
        'new nn.Dense(this.dout <- dmid',
        'new Model(256, 10 <- 784',
      ],
      threads: [],
      refusals: [],
    });
  });

  test('a norm behind a layer takes the field that made the layer', () => {
    const plan = readPlan(`
export class Block extends nn.Module {
  dense!: nn.Dense;
  batchnorm!: nn.BatchNorm;
  count!: nn.VariableRef<tf.Scalar>;
  constructor(readonly features: number) { super(); }
  setup() {
    this.dense = new nn.Dense(this.features);
    this.batchnorm = new nn.BatchNorm({ momentum: 0.99 });
    this.count = this.variable('counter', 'count', () => tf.scalar(0, 'int32'));
  }
  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = this.dense.call(x);
    x = this.batchnorm.call(x, { useRunningAverage: !training });
    this.count.value = tf.add(this.count.value, tf.scalar(1, 'int32'));
    return tf.relu(x);
  }
}
const x = jax.random.normal(jax.random.key(0), [2, 4]);
const variables = new Block(4).init(jax.random.key(0), [x, true]);
`);
    expect(plan.classes).toEqual(['Block(inFeatures)']);
    expect(plan.sizes).toEqual([
      'new nn.Dense(this.features <- inFeatures',
      'new nn.BatchNorm( <- features',
      'new Block(4 <- 4',
    ]);
  });

  test('several methods share one size', () => {
    const plan = readPlan(`
export class AutoEncoder extends nn.Module {
  encoder!: nn.Dense;
  decoder!: nn.Dense;
  constructor(readonly embedDim: number, readonly outputDim: number) { super(); }
  setup() {
    this.encoder = new nn.Dense(this.embedDim);
    this.decoder = new nn.Dense(this.outputDim);
  }
  encode(x: tf.Tensor): tf.Tensor { return this.encoder.call(x); }
  decode(x: tf.Tensor): tf.Tensor { return this.decoder.call(x); }
  call(x: tf.Tensor): tf.Tensor { return this.decode(this.encode(x)); }
}
const model = new AutoEncoder(256, 784);
const variables = model.init(jax.random.key(0), [tf.ones([1, 784])]);
`);
    expect(plan.classes).toEqual(['AutoEncoder(inDim)']);
    expect(plan.sizes).toEqual([
      'new nn.Dense(this.embedDim <- inDim',
      'new nn.Dense(this.outputDim <- embedDim',
      'new AutoEncoder(256, 784 <- 784',
    ]);
  });

  test('scan over time: what meets in a concat is a sum, the carry is the field', () => {
    const plan = readPlan(`
export class Cell extends nn.Module {
  constructor(readonly hiddenSize: number) { super(); }
  @nn.compact
  call(carry: tf.Tensor, x: tf.Tensor): [tf.Tensor, tf.Tensor] {
    const h = tf.relu(new nn.Dense(this.hiddenSize).call(tf.concat([carry, x], -1)));
    return [h, h];
  }
  initialState(batchSize: number): tf.Tensor { return tf.zeros([batchSize, this.hiddenSize]); }
}
export class Rnn extends nn.Module {
  constructor(readonly hiddenSize: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const ScanCell = nn.scan(Cell, { variableBroadcast: 'params', splitRngs: { params: false }, inAxes: 1, outAxes: 1 });
    const cell = new ScanCell(this.hiddenSize);
    const [, y] = cell.call(cell.initialState(x.shape[0]), x);
    return y;
  }
}
const variables = new Rnn(64).init(jax.random.key(0), [tf.ones([3, 12, 32])]);
`);
    expect(plan.classes).toEqual(['Cell(inputSize)', 'Rnn(inputSize)']);
    expect(plan.sizes).toEqual([
      'new nn.Dense(this.hiddenSize <- hiddenSize + inputSize',
      'new ScanCell(this.hiddenSize <- inputSize',
      'new Rnn(64 <- 32',
    ]);
  });

  test('scan over layers: the carry ties the stack to its own size', () => {
    const plan = readPlan(`
export class Block extends nn.Module {
  constructor(readonly features: number, readonly training: boolean) { super(); }
  @nn.compact
  call(x: tf.Tensor, _: null): [tf.Tensor, null] {
    x = new nn.Dense(this.features).call(x);
    x = new nn.Dropout(0.5).call(x, { deterministic: !this.training });
    return [tf.relu(x), null];
  }
}
export class Stack extends nn.Module {
  constructor(readonly features: number, readonly numLayers: number) { super(); }
  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    const ScanBlock = nn.scan(Block, { variableAxes: { params: 0 }, splitRngs: { params: true }, length: this.numLayers });
    const [y] = new ScanBlock(this.features, training).call(x, null);
    return y;
  }
}
`);
    expect(plan.classes).toEqual(['Block(inFeatures)', 'Stack()']);
    expect(plan.sizes).toEqual([
      'new nn.Dense(this.features <- inFeatures',
      'new ScanBlock(this.features, training <- features',
    ]);
  });
});

describe('evidence', () => {
  test('a size that rests on no input is proven, one that does is static, and says where it comes from', () => {
    const model = modelOf(basic);
    const plan = inferSizes(model);
    const byText = Object.values(plan.sites).flatMap((site) => site.sizes);
    expect(byText.map((size) => [size.text, size.confidence])).toEqual(
      expect.arrayContaining([
        ['dmid', 'proven'],
        ['inFeatures', 'static'],
        ['784', 'proven'],
      ]),
    );
    const block = byText.find((size) => size.text === 'inFeatures');
    const chain = block?.chain.map((step) => model.sources[step.path]?.text.slice(step.span.start, step.span.end));
    expect(chain?.[0]).toBe('new nn.Dense(this.features)');
    expect(chain?.[1]).toBe('new nn.Dense(this.features).call(x)');
    expect(chain?.[2]).toBe('new Block(this.dmid).call(x, training)');
    expect(chain?.[3]).toMatch(/^model\.init/);
    expect(block?.reads).toEqual(['inFeatures']);
  });
});
