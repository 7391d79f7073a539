import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import '../../runtime/jax/start.js';
import { decode, encode, numbersOf } from '../../runtime/checkpoint/dtypes.js';
import type { Checkpoint, StoredTensor } from '../../runtime/checkpoint/stored-tensor.js';
import { compareCheckpoints } from '../../src/checkpoint/compare-checkpoints.js';
import { type ConversionOptions, convertCheckpoint } from '../../src/checkpoint/convert-checkpoint.js';
import type { AxisOperation, Manifest, ManifestEntry } from '../../src/ir/manifest.js';

const none: AxisOperation = { op: 'none' };
type Variable = readonly [linen: string, nnx: string, axis?: AxisOperation, collection?: string];
type Module = readonly [linen: string, nnx: string, target: string];
const entry = (name: string, modules: readonly Module[], variables: readonly Variable[] = []): ManifestEntry => ({
  class: `m.ts#${name}`,
  linen: { source: 'm.ts', blob: '1' },
  nnx: { source: 'm.ts', blob: '2' },
  newArguments: [],
  modules: modules.map(([linen, nnx_, target]) => ({ linen, nnx: nnx_, target, axis: none, sharing: null })),
  variables: variables.map(([linen, nnx_, axis = none, collection = 'params']) => {
    return { collection, linen, nnx: nnx_, variable: 'Param', axis, initialValue: null };
  }),
  streams: [],
});
const manifestOf = (...classes: ManifestEntry[]): Manifest => ({ schemaVersion: 1, classes, collections: [] });
const model = manifestOf(
  entry('Model', [
    ['Dense_0', 'linear', 'layer:Dense'],
    ['BatchNorm_0', 'norm', 'layer:BatchNorm'],
    ['layers_{i}', 'layers[{i}]', 'm.ts#Block'],
  ]),
  entry('Block', [['Dense_0', 'proj', 'layer:Dense']]),
);

let next = 0;
/** Values that are all different, so that each is known again. */
const filled = (shape: readonly number[]): StoredTensor => {
  const size = shape.reduce((product, each) => product * each, 1);
  return { dtype: 'I32', shape, bytes: new Uint8Array(Int32Array.from({ length: size }, () => (next += 1)).buffer) };
};
const checkpoint = (shapes: { readonly [name: string]: readonly number[] }): Checkpoint => ({
  tensors: new Map(Object.entries(shapes).map(([name, shape]) => [name, filled(shape)])),
  values: new Map(),
  metadata: {},
});
const whole = {
  'params/Dense_0/kernel': [2, 3],
  'params/Dense_0/bias': [3],
  'params/BatchNorm_0/scale': [3],
  'params/BatchNorm_0/bias': [3],
  'params/layers_0/Dense_0/kernel': [3, 3],
  'params/layers_0/Dense_0/bias': [3],
  'params/layers_1/Dense_0/kernel': [3, 3],
  'params/layers_1/Dense_0/bias': [3],
  'batch_stats/BatchNorm_0/mean': [3],
  'batch_stats/BatchNorm_0/var': [3],
};
const convert = (given: Checkpoint, manifest = model, more: Partial<ConversionOptions> = {}) =>
  convertCheckpoint(given, { manifest, class: null, to: null, rest: 'refuse', ...more });
const named = (given: Checkpoint) => [...given.tensors.keys()];
const without = (given: Checkpoint, ...names: readonly string[]): Checkpoint => ({
  ...given,
  tensors: new Map([...given.tensors].filter(([name]) => !names.includes(name))),
});

describe('names', () => {
  test('loops, layers and collections, there and back', () => {
    const linen = checkpoint(whole);
    const there = convert(linen);
    expect(there).toMatchObject({ class: 'm.ts#Model', from: 'linen', kept: [], dropped: [], absent: [] });
    expect(named(there.checkpoint)).toEqual([
      'linear/kernel',
      'linear/bias',
      'norm/scale',
      'norm/bias',
      'layers/0/proj/kernel',
      'layers/0/proj/bias',
      'layers/1/proj/kernel',
      'layers/1/proj/bias',
      'norm/mean',
      'norm/var',
    ]);
    expect(there.checkpoint.tensors.get('layers/1/proj/kernel')).toBe(
      linen.tensors.get('params/layers_1/Dense_0/kernel'),
    );
    const back = convert(there.checkpoint);
    expect(back.from).toBe('nnx');
    expect(compareCheckpoints(linen, back.checkpoint, 0)).toEqual([]);
  });

  test('mirrors of the parameters in an optimizer, and what stands beside them', () => {
    const mirror = Object.entries(whole).filter(([name]) => name.startsWith('params/'));
    const state = ['mu', 'nu'].flatMap((each) =>
      mirror.map(([name, shape]) => [name.replace('params', `opt_state/0/${each}`), shape] as const),
    );
    const linen = checkpoint({
      ...whole,
      ...Object.fromEntries(state),
      'opt_state/0/count': [],
      'opt_state/1/lr': [2],
    });
    const there = convert(linen);
    expect(there.checkpoint.tensors.get('opt_state/0/nu/layers/0/proj/bias')).toBe(
      linen.tensors.get('opt_state/0/nu/layers_0/Dense_0/bias'),
    );
    expect(there.kept).toEqual(['opt_state/0/count', 'opt_state/1/lr']);
    const back = convert(there.checkpoint);
    expect(compareCheckpoints(linen, back.checkpoint, 0)).toEqual([]);
  });

  test('variables below a name, names joined by dots, and parameters alone', () => {
    const below = Object.fromEntries(
      Object.entries(whole).map(([name, shape]) => [`target.${name.replaceAll('/', '.')}`, shape]),
    );
    expect(named(convert(checkpoint(below)).checkpoint)).toContain('target.layers.1.proj.kernel');
    const bare = Object.entries(whole).filter(([name]) => name.startsWith('params/'));
    const linen = checkpoint(Object.fromEntries(bare.map(([name, shape]) => [name.slice('params/'.length), shape])));
    const there = convert(linen);
    expect(named(there.checkpoint)[0]).toBe('linear/kernel');
    expect(compareCheckpoints(linen, convert(there.checkpoint).checkpoint, 0)).toEqual([]);
  });
});

describe('axes', () => {
  const manifest = manifestOf(
    entry(
      'Model',
      [['cell', 'cell', 'layer:OptimizedLSTMCell']],
      [
        ['moved', 'moved', { op: 'move', from: 0, to: -1 }],
        ['w_{i}', 'stacked', { op: 'stack', axis: 1 }],
        ['all', 'parts[{i}]', { op: 'unstack', axis: 0 }],
      ],
    ),
  );
  const gates = ['ii', 'if', 'ig', 'io'].map((each) => [`params/cell/${each}/kernel`, [2, 3]] as const);
  const carries = ['hi', 'hf', 'hg', 'ho'].flatMap((each) => [
    [`params/cell/${each}/kernel`, [3, 3]] as const,
    [`params/cell/${each}/bias`, [3]] as const,
  ]);
  const linen = checkpoint({
    'params/moved': [2, 3, 4],
    'params/w_0': [2, 3],
    'params/w_1': [2, 3],
    'params/w_2': [2, 3],
    'params/all': [3, 2],
    ...Object.fromEntries([...carries, ...gates]),
  });

  test('are moved, stacked, taken apart and joined, there and back', () => {
    const there = convert(linen, manifest).checkpoint;
    const shapes = Object.fromEntries([...there.tensors].map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual({
      moved: [3, 4, 2],
      stacked: [2, 3, 3],
      'parts/0': [2],
      'parts/1': [2],
      'parts/2': [2],
      'cell/denseI/kernel': [2, 12],
      'cell/denseH/kernel': [3, 12],
      'cell/denseH/bias': [12],
    });
    expect(compareCheckpoints(linen, convert(there, manifest).checkpoint, 0)).toEqual([]);
  });

  test('as TensorFlow.js does it', () => {
    const there = convert(linen, manifest).checkpoint.tensors;
    const given = (name: string) => {
      const { dtype, shape, bytes } = linen.tensors.get(`params/${name}`)!;
      return tf.tensor(decode(name, dtype, bytes).values, [...shape], 'int32');
    };
    tf.tidy(() => {
      const expected = {
        moved: tf.transpose(given('moved'), [1, 2, 0]),
        stacked: tf.stack([given('w_0'), given('w_1'), given('w_2')], 1),
        'parts/1': given('all').gather(1),
        'cell/denseI/kernel': tf.concat(
          ['ii', 'if', 'ig', 'io'].map((each) => given(`cell/${each}/kernel`)),
          1,
        ),
      };
      for (const [name, tensor] of Object.entries(expected)) {
        expect([name, numbersOf(there.get(name)!)]).toEqual([name, [...tensor.dataSync()]]);
      }
    });
  });
});

test('a cell computes the same with the weights that were converted', () => {
  const manifest = manifestOf(entry('Model', [['cell', 'cell', 'layer:OptimizedLSTMCell']]));
  const cell = new nn.OptimizedLSTMCell(3);
  const x = tf.tensor2d([[0.5, -1]]);
  const carry = [tf.tensor2d([[0.1, 0.2, 0.3]]), tf.tensor2d([[-0.1, 0.4, 0]])] as const;
  const variables = cell.init(jax.random.key(0), [[...carry], x] as never) as { params: object };
  const tensors = Object.entries(nn.flattenDict({ params: { cell: variables.params } }, { sep: '/' }));
  const linen: Checkpoint = {
    tensors: new Map(tensors.map(([name, tensor]) => [name, encode(name, tensor as tf.Tensor)])),
    values: new Map(),
    metadata: {},
  };
  const made = new nnx.OptimizedLSTMCell(2, 3, { rngs: new nnx.Rngs(1) });
  const weights = convert(linen, manifest).checkpoint.tensors;
  for (const [path, variable] of nnx.toFlatState(nnx.state(made))) {
    const { dtype, shape, bytes } = weights.get(['cell', ...path].join('/'))!;
    variable.value = tf.tensor(decode('', dtype, bytes).values, [...shape]);
  }
  const expected = cell.apply(variables as never, [[...carry], x] as never) as unknown as [unknown, tf.Tensor];
  const got = made.call([...carry] as never, x) as unknown as [unknown, tf.Tensor];
  expect([...got[1].dataSync()]).toEqual([...expected[1].dataSync()]);
});

describe('nothing is lost', () => {
  test.each<[string, Checkpoint, RegExp]>([
    [
      'a tensor that the class does not have',
      checkpoint({ ...whole, 'params/Dense_1/kernel': [1] }),
      /got none for params\/Dense_1\/kernel/,
    ],
    [
      'one in a collection of its own',
      checkpoint({ ...whole, 'ema/Dense_0/mean': [1] }),
      /got none for ema\/Dense_0\/mean/,
    ],
    ['a missing bias', without(checkpoint(whole), 'params/Dense_0/bias'), /^$/],
    [
      'a missing kernel',
      without(checkpoint(whole), 'params/Dense_0/kernel'),
      /expected params\/Dense_0\/kernel beside its neighbours/,
    ],
    [
      'a turn that is left out',
      without(checkpoint({ ...whole, 'params/layers_3/Dense_0/kernel': [3, 3] })),
      /layers_\{i\}\/Dense_0\/kernel of turn 2/,
    ],
    [
      'a mirror that is not whole',
      checkpoint({ ...whole, 'opt/mu/Dense_0/kernel': [2, 3] }),
      /got none for opt\/mu\/Dense_0\/kernel/,
    ],
    ['another program', checkpoint({ 'params/Conv_0/kernel': [1] }), /expected names of a class of the manifest/],
    ['no tensors', checkpoint({}), /got no tensors/],
  ])('%s', (_name, given, message) => {
    // A bias is an option of its layer: a file without it is whole.
    if (message.source === '^$') expect(convert(given).renamed).toHaveLength(9);
    else expect(() => convert(given)).toThrow(message);
  });

  test('but what the user says to keep or to drop', () => {
    const given = checkpoint({ ...whole, 'params/Dense_1/kernel': [1] });
    expect(convert(given, model, { rest: 'keep' })).toMatchObject({ kept: ['params/Dense_1/kernel'] });
    const dropped = convert(given, model, { rest: 'drop' });
    expect([dropped.dropped, dropped.checkpoint.tensors.size]).toEqual([['params/Dense_1/kernel'], 10]);
  });

  test('modules that are wholly absent are told', () => {
    const given = without(checkpoint(whole), 'params/Dense_0/kernel', 'params/Dense_0/bias');
    expect(convert(given).absent).toEqual(['Dense_0']);
  });

  test('two names for one, an axis that is not there, gates that do not divide', () => {
    expect(() => convert(checkpoint({ ...whole, 'target/x': [], 'opt/linear': [] }), model)).not.toThrow();
    const twice = manifestOf(
      entry(
        'Model',
        [],
        [
          ['a', 'x'],
          ['b', 'x'],
        ],
      ),
    );
    expect(() => convert(checkpoint({ 'params/a': [1], 'params/b': [1] }), twice)).toThrow(
      /expected one tensor named x, got two/,
    );
    const move = manifestOf(entry('Model', [], [['a', 'a', { op: 'move', from: 0, to: 3 }]]));
    expect(() => convert(checkpoint({ 'params/a': [1, 2] }), move)).toThrow(/params\/a: expected an axis of 2, got 3/);
    const cell = manifestOf(entry('Model', [['cell', 'cell', 'layer:OptimizedLSTMCell']]));
    const fused = { 'cell/denseI/kernel': [2, 7], 'cell/denseH/kernel': [3, 12], 'cell/denseH/bias': [12] };
    expect(() => convert(checkpoint(fused), cell)).toThrow(
      /cell\/denseI\/kernel: expected 4 equal parts of axis 1, got size 7/,
    );
  });

  test('two classes that fit alike are not guessed between', () => {
    const both = manifestOf(
      entry('A', [['Dense_0', 'linear', 'layer:Dense']]),
      entry('B', [['Dense_0', 'out', 'layer:Dense']]),
    );
    const given = checkpoint({ 'params/Dense_0/kernel': [2, 2], 'params/Dense_0/bias': [2] });
    expect(() => convert(given, both)).toThrow(/names of m.ts#A \(linen\) and of m.ts#B \(linen\)/);
    expect(named(convert(given, both, { class: 'B' }).checkpoint)).toEqual(['out/kernel', 'out/bias']);
    expect(() => convert(given, both, { class: 'C' })).toThrow(/a class of the manifest, got C/);
  });
});

describe('comparison', () => {
  const single = (value: number): Checkpoint => ({
    tensors: new Map([['a', { dtype: 'F32', shape: [1], bytes: new Uint8Array(Float32Array.of(value).buffer) }]]),
    values: new Map(),
    metadata: {},
  });
  test('tells what is missing, of another dtype, shape or value', () => {
    const what = (a: Checkpoint, b: Checkpoint, tolerance = 0) =>
      compareCheckpoints(a, b, tolerance).map((each) => each.what);
    expect(what(single(1), single(1))).toEqual([]);
    expect(what(single(0), single(-0))).toEqual(['value']);
    expect(what(single(1), single(1.25))).toEqual(['value']);
    expect(what(single(1), single(1.25), 0.25)).toEqual([]);
    expect(what(single(1), single(NaN), 1e9)).toEqual(['value']);
    expect(what(single(1), checkpoint({ a: [1] }))).toEqual(['dtype']);
    expect(what(checkpoint({ a: [1] }), checkpoint({ a: [2] }))).toEqual(['shape']);
    expect(what(checkpoint({ a: [1] }), checkpoint({ b: [1] }))).toEqual(['missing', 'added']);
    expect(what(single(1), { ...single(1), values: new Map([['step', 1]]) })).toEqual(['added']);
  });
});
