import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import { modelSafe } from '../nnx/model-safe.js';

const key = jax.random.key(0);
const x = (...shape: number[]) => tf.ones(shape);
const rngs = () => new nnx.Rngs(0);
const init = (module: nn.CallableModule, ...args: unknown[]) => module.init(key, args as never);

class Inner extends nn.Module {
  @nn.compact
  call(input: tf.Tensor): tf.Tensor {
    return new nn.MultiHeadAttention(3, { name: 'attention' }).call(input);
  }
}

type Own = <M extends object>(module: M) => M;

const mistakes: readonly (readonly [what: string, run: (own: Own) => unknown, message: RegExp])[] = [
  [
    'a kernel for other axes',
    () => new nn.DenseGeneral(2).apply(init(new nn.DenseGeneral(2), x(2, 4)), [x(2, 5)]),
    /^DenseGeneral: expected parameter 'kernel' of shape \[5, 2\], got \[4, 2\]\.\n/,
  ],
  [
    'batch axes that do not lead',
    () => init(new nn.DenseGeneral(2, { batchDims: [1] }), x(2, 3, 4)),
    /^DenseGeneral: expected batchDims to be leading axes counted from 0, got 1\.\nTranspose/,
  ],
  [
    'other sizes than built for',
    (own) => own(new nnx.LinearGeneral([3, 4], 2, { axis: [-2, -1], rngs: rngs() })).call(x(2, 4, 3)),
    /^LinearGeneral: expected sizes 3, 4 on axes 1, 2, got shape \[2, 4, 3\]\.\nIt was built with inFeatures \[3, 4\]/,
  ],
  [
    'axes without sizes',
    () => new nnx.LinearGeneral(3, 2, { axis: [-2, -1], rngs: rngs() }),
    /^LinearGeneral: expected one inFeatures for each axis, got \[3\] for axes -2, -1\.\n/,
  ],
  [
    'an equation without a result',
    () => init(new nn.Einsum([2, 3], { einsumStr: 'ab,bc' }), x(2, 2)),
    /^Einsum: expected an equation/,
  ],
  [
    'an equation given nowhere',
    () => init(new nn.Einsum([2, 3]), x(2, 2)),
    /^Einsum einsumStr: expected it in the constructor or in the call/,
  ],
  [
    'channels that groups do not divide',
    () => init(new nn.Conv(4, 3, { featureGroupCount: 2 }), x(1, 5, 3)),
    /^Conv: expected channels in 2 equal groups, got shape \[1, 5, 3\]\.\n/,
  ],
  [
    'too few axes',
    () => init(new nn.Conv(4, [3, 3]), x(5, 3)),
    /^Conv: expected \[\.\.\.batch, \.\.\.space, channels\] with 2 axes of space \(1 to 3\), got shape \[5, 3\]\.\n/,
  ],
  [
    'padding for one axis of two',
    () => init(new nn.Conv(4, [3, 3], { padding: [1] }), x(1, 5, 5, 3)),
    /^Conv: expected padding for 2 axes, got 1\.\n/,
  ],
  [
    'a padding that only Conv has',
    () => init(new nn.ConvTranspose(2, 3, { padding: 'REFLECT' }), x(1, 5, 3)),
    /^ConvTranspose: expected a padding it has, got 'REFLECT'\.\n/,
  ],
  [
    'a mask of another shape',
    () => init(new nn.ConvTranspose(2, 3, { mask: x(3, 2, 3) }), x(1, 5, 3)),
    /^ConvTranspose: expected a mask of the kernel's shape \[3, 3, 2\], got \[3, 2, 3\]\.\n/,
  ],
  [
    'groups of positions',
    () => init(new nn.ConvLocal(2, 3, { featureGroupCount: 2 }), x(1, 5, 4)),
    /^ConvLocal: expected featureGroupCount 1, got 2\.\n/,
  ],
  [
    'another space than weights',
    (own) => own(new nnx.ConvLocal([5], 2, 3, 3, { rngs: rngs() })).call(x(1, 6, 2)),
    /^ConvLocal: expected space \[5\] before the channels, got shape \[1, 6, 2\]\.\n/,
  ],
  [
    'the batch among features',
    () => init(new nn.InstanceNorm({ featureAxes: [0, 1] }), x(2, 3)),
    /^InstanceNorm: expected the first axis to be the batch/,
  ],
  [
    'heads that do not divide',
    () => init(new Inner(), x(1, 2, 4)),
    /^MultiHeadAttention at attention: expected features that 3 heads divide, got 4\.\n/,
  ],
  [
    'values without keys',
    () => init(new nn.MultiHeadAttention(2), x(1, 2, 4), null, x(1, 2, 4)),
    /^MultiHeadAttention: expected keys beside the values/,
  ],
  [
    'keys of another batch',
    () => nn.dotProductAttention(x(2, 3, 1, 4), x(1, 3, 1, 4), x(1, 3, 1, 4)),
    /^dotProductAttention: expected queries \[\.\.\., q, heads, depth\] and keys .*, got \[2, 3, 1, 4\] and \[1, 3, 1, 4\]\.\n/,
  ],
  [
    'several positions while decoding',
    () => {
      const layer = new nn.MultiHeadAttention(2, { decode: true });
      return layer.apply(init(layer, x(1, 3, 4)) as never, [x(1, 2, 4)], { mutable: ['cache'] });
    },
    /^MultiHeadAttention: expected one position of shape \[1, 1, 2, 2\] for its cache, got \[1, 2, 2, 2\]\.\n/,
  ],
  [
    'decoding without a cache',
    (own) => own(new nnx.MultiHeadAttention(2, 4, { decode: true, rngs: rngs() })).call(x(1, 1, 4)),
    /^MultiHeadAttention: expected a cache to decode with, got none\.\nMake it first/,
  ],
  [
    'decode given nowhere',
    (own) => own(new nnx.MultiHeadAttention(2, 4, { rngs: rngs() })).call(x(1, 1, 4)),
    /^MultiHeadAttention: expected decode in the constructor, in the call or by nnx\.view/,
  ],
  [
    'dropout given nowhere',
    (own) => own(new nnx.MultiHeadAttention(2, 4, { decode: false, dropoutRate: 0.1, rngs: rngs() })).call(x(1, 1, 4)),
    /^MultiHeadAttention: expected deterministic in the constructor, in the call or by a mode/,
  ],
  [
    'a sequence without time',
    () => init(new nn.RNN(new nn.GRUCell(2)), x(3)),
    /^RNN: expected \[\.\.\.batch, time, \.\.\.features\] with 1 axes of features, got shape \[3\]\.\n/,
  ],
  [
    'a carry without rngs',
    (own) => own(new nnx.RNN(new nnx.GRUCell(3, 2, { rngs: rngs() }), { rngs: false })).call(x(1, 2, 3)),
    /^GRUCell: expected rngs to draw its first carry from, got none\.\n/,
  ],
  [
    'weights that are no matrices',
    () => init(new nn.SpectralNorm(new nn.Conv(2, 2), { errorOnNonMatrix: true }), x(1, 4, 3), { updateStats: true }),
    /^SpectralNorm: expected matrices, got weights of 3 axes\.\n/,
  ],
  [
    'no word on the statistics',
    () => init(new nn.SpectralNorm(new nn.Dense(2)), x(1, 3)),
    /^SpectralNorm: expected updateStats in the options of its call, got none\.\n/,
  ],
  [
    'nothing to merge',
    () => new nn.BatchApply((input: tf.Tensor) => input).call(x(3)),
    /^BatchApply: expected an argument of at least 2 axes, got none\.\n/,
  ],
];

describe('mistakes with layers are told with place, shapes and a way out', () => {
  beforeAll(() => tf.setBackend('cpu'));

  test.each(mistakes)('%s', (_what, run, message) => {
    modelSafe((own) => expect(() => run(own)).toThrow(message));
  });
});

describe('what parity does not show', () => {
  beforeAll(() => tf.setBackend('cpu'));

  test('BatchApply merges leading axes and splits them again', () => {
    modelSafe(() => {
      const apply = new nn.BatchApply((input: tf.Tensor, scale: number) => tf.mul(tf.sum(input, -1), scale), {
        numDims: 3,
      });
      const y = apply.call(x(2, 3, 4, 5), 2);
      expect([y.shape, y.dataSync()[0]]).toEqual([[2, 3, 4], 10]);
    });
  });

  test('weights are normalised in place, or not', () => {
    modelSafe((own) => {
      const linear = own(new nnx.Linear(3, 2, { kernelInit: nnx.initializers.ones, rngs: rngs() }));
      const apart = own(new nnx.WeightNorm(linear, { inPlace: false, rngs: rngs() }));
      const y = apart.call(x(1, 3));
      expect(linear.kernel.value.dataSync()[0]).toBe(1);
      expect(y.dataSync()[0]).toBeCloseTo(Math.sqrt(3), 5);
      const within = own(new nnx.WeightNorm(linear, { rngs: rngs() }));
      expect(within.call(x(1, 3)).dataSync()[0]).toBeCloseTo(Math.sqrt(3), 5);
      expect(linear.kernel.value.dataSync()[0]).toBeCloseTo(1 / Math.sqrt(3), 6);
    });
  });

  test('a cell with dropout draws at each step when its stream is split, and statistics can be carried', () => {
    class Noisy extends nn.RNNCellBase<tf.Tensor> {
      @nn.compact
      call(carry: tf.Tensor, input: tf.Tensor): [tf.Tensor, tf.Tensor] {
        const steps = this.variable('counter', 'steps', () => tf.scalar(0));
        steps.value = tf.add(steps.value, 1);
        return [carry, new nn.Dropout(0.5, { deterministic: false }).call(input)];
      }
      override initializeCarry(): tf.Tensor {
        return tf.zeros([1]);
      }
    }
    modelSafe(() => {
      const run = (split: boolean) => {
        const layer = new nn.RNN(new Noisy(), {
          splitRngs: { params: false, dropout: split },
          variableCarry: 'counter',
        });
        const given = { counter: { cell: { steps: tf.scalar(0) } } };
        return layer.apply(given, [x(1, 6, 8)], { rngs: { dropout: key }, mutable: ['counter'] });
      };
      const [split, counted] = run(true);
      const [shared] = run(false);
      const rows = (y: tf.Tensor) => new Set((y.arraySync() as number[][][])[0]!.map(String)).size;
      expect([rows(split), rows(shared)]).toEqual([6, 1]);
      expect((counted as never as { counter: { cell: { steps: tf.Tensor } } }).counter.cell.steps.dataSync()[0]).toBe(
        6,
      );
    });
  });

  test('statistics are averaged over a mapped axis, in both styles', () => {
    modelSafe((own) => {
      const input = jax.random.normal(key, [3, 4, 5]);
      const whole = new nn.BatchNorm({ useRunningAverage: false });
      const variables = init(whole, x(4, 5));
      const [expected, { batch_stats: stats }] = whole.apply(variables, [tf.reshape(input, [12, 5])], {
        mutable: ['batch_stats'],
      });
      const mapped = new nn.BatchNorm({ useRunningAverage: false, axisName: 'batch' });
      const run = (each: tf.Tensor) => mapped.apply(variables, [each], { mutable: ['batch_stats'] });
      const [actual, { batch_stats: shared }] = jax.vmap(run, { axisName: 'batch' })(input);
      const distance = (a: tf.Tensor, b: tf.Tensor) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0];
      expect(distance(tf.reshape(actual, [12, 5]), expected)).toBeLessThan(1e-5);
      expect(
        distance((shared as never as { var: tf.Tensor }).var, (stats as never as { var: tf.Tensor }).var),
      ).toBeLessThan(1e-6);
      const layer = own(new nnx.LayerNorm(5, { axisName: 'batch', rngs: rngs() }));
      const normal = jax.vmap((each: tf.Tensor) => layer.call(each), { axisName: 'batch' })(input);
      const mean = tf.mean(input, [0, 2], true);
      const variance = tf.mean(tf.square(tf.sub(input, mean)), [0, 2], true);
      const closed = tf.mul(tf.sub(input, mean), tf.rsqrt(tf.add(variance, 1e-6)));
      expect(distance(normal, closed)).toBeLessThan(1e-5);
      expect(() => layer.call(x(2, 5))).toThrow(
        /^LayerNorm: expected to run under a transform that maps axis 'batch', got none\.\n/,
      );
    });
  });
});
