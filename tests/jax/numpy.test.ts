import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import { expectNoLeaks } from '../core/leaks.js';

expectNoLeaks();

interface Recorded {
  readonly inputs: readonly unknown[];
  readonly shape: readonly number[];
  readonly value: readonly unknown[];
  readonly gradients?: readonly unknown[];
}

/** Recorded from real JAX by fixtures/flax/record-numpy.py. */
const recorded = (
  JSON.parse(readFileSync(new URL('../../fixtures/flax/numpy.json', import.meta.url), 'utf8')) as {
    readonly cases: { readonly [name: string]: Recorded };
  }
).cases;

const { numpy: np, lax } = jax;
/** Tensors that the cases make beside their result. */
let made = 0;
const own = <T extends tf.Tensor>(x: T): T => (made++, x);
const at = (value: number): tf.Tensor => own(tf.scalar(value, 'int32'));
const ints = (values: tf.TensorLike): tf.Tensor => own(tf.tensor(values, undefined, 'int32'));

type Case = (...inputs: tf.Tensor[]) => tf.Tensor;
const cases = {
  einsum: (a, b) => np.einsum('bij,jk->bik', a!, b!),
  einsum_ellipsis: (a, b) => np.einsum('...ij,jk->...ik', a!, b!),
  einsum_ellipsis_broadcast: (a, b) => np.einsum('...ij,...jk->i...k', a!, b!),
  einsum_ellipsis_depths: (a, b) => np.einsum('...i,...i', a!, b!),
  einsum_implicit: (a, b) => np.einsum('ba,bc', a!, b!),
  einsum_trace: (a) => np.einsum('ii', a!),
  einsum_diagonal: (a) => np.einsum('ii->i', a!),
  einsum_diagonals: (a, b) => np.einsum('bii,i->bi', a!, b!),
  einsum_three: (a, b, c) => np.einsum('ij, jk, k -> i', a!, b!, c!),
  tensordot: (a, b) => np.tensordot(a!, own(tf.transpose(b!, [2, 1, 0])), 2),
  tensordot_one: (a, b) => np.tensordot(a!, b!, 1),
  tensordot_outer: (a, b) => np.tensordot(a!, b!, 0),
  tensordot_axes: (a, b) =>
    np.tensordot(a!, b!, [
      [0, -1],
      [0, 1],
    ]),
  dotGeneral: (a, b) =>
    lax.dotGeneral(a!, b!, [
      [[2], [1]],
      [[0], [0]],
    ]),
  roll: (a) => np.roll(a!, 3),
  roll_axis: (a) => np.roll(a!, -1, { axis: 1 }),
  roll_axes: (a) => np.roll(a!, [1, 5], { axis: [0, -1] }),
  roll_traced: (a) => np.roll(a!, at(-5), { axis: 2 }),
  flip: (a) => np.flip(a!),
  flip_axis: (a) => np.flip(a!, { axis: -1 }),
  sort: (a) => np.sort(a!),
  sort_axis: (a) => np.sort(a!, { axis: 1, descending: true }),
  sort_flat: (a) => np.sort(a!, { axis: null }),
  sort_nan: (a) => np.sort(a!),
  argsort: (a) => np.argsort(a!),
  argsort_descending: (a) => np.argsort(a!, { descending: true }),
  argsort_flat: (a) => np.argsort(a!, { axis: null }),
  takeAlongAxis: (a) => {
    const rows = [
      [0, -1],
      [3, 3],
      [1, 2],
    ];
    return np.takeAlongAxis(a!, ints([rows, rows]), 2);
  },
  takeAlongAxis_broadcast: (a) => np.takeAlongAxis(a!, ints([[[2], [1]]]), 1),
  takeAlongAxis_beyond: (a) => np.takeAlongAxis(a!, ints([4, 5, -6]), 0),
  take: (a) =>
    np.take(
      a!,
      ints([
        [2, 0],
        [-1, 1],
      ]),
      { axis: 1 },
    ),
  take_flat: (a) => np.take(a!, ints([5, 23])),
  take_one: (a) => np.take(a!, 1, { axis: 2 }),
  take_fill: (a) => np.take(a!, ints([0, 5, -5, -6])),
  take_clip: (a) => np.take(a!, ints([0, 5, -1]), { mode: 'clip' }),
  take_wrap: (a) => np.take(a!, ints([0, 6, -7]), { mode: 'wrap' }),
  repeat: (a) => np.repeat(a!, 2, { axis: 1 }),
  repeat_flat: (a) => np.repeat(a!, 2),
  repeat_each: (a) => np.repeat(a!, [2, 0, 1], { axis: 1 }),
  moveaxis: (a) => np.moveaxis(a!, 0, -1),
  moveaxis_many: (a) => np.moveaxis(a!, [0, 2], [1, 0]),
  swapaxes: (a) => np.swapaxes(a!, 0, -1),
  tril: (a) => np.tril(a!),
  tril_above: (a) => np.tril(a!, 1),
  triu_below: (a) => np.triu(a!, -1),
  var: (a) => np.var(a!),
  var_axis: (a) => np.var(a!, { axis: [0, 2], ddof: 1, keepDims: true }),
  std: (a) => np.std(a!, { axis: -1 }),
  interp: (a, xp, fp) => np.interp(a!, xp!, fp!),
  dynamicSlice: (a) => lax.dynamicSlice(a!, [0, 5, -2], [2, 2, 2]),
  dynamicSlice_traced: (a) => lax.dynamicSlice(a!, [at(1), at(-2), at(7)], [1, 2, 3]),
  dynamicUpdateSlice: (a, u) => lax.dynamicUpdateSlice(a!, u!, [1, 0, -1]),
  dynamicUpdateSlice_traced: (a, u) => lax.dynamicUpdateSlice(a!, u!, ints([0, 9, 1])),
  dynamicSliceInDim: (a) => lax.dynamicSliceInDim(a!, at(1), 2, 1),
  dynamicUpdateSliceInDim: (a, u) => lax.dynamicUpdateSliceInDim(a!, u!, 2, 0),
  dynamicIndexInDim: (a) => lax.dynamicIndexInDim(a!, at(2), 1, { keepDims: false }),
  dynamicUpdateIndexInDim: (a, u) => lax.dynamicUpdateIndexInDim(a!, u!, -1, 1),
  associativeScan: (a) => lax.associativeScan((x: tf.Tensor, y: tf.Tensor) => tf.mul(x, y), a!),
  associativeScan_axis: (a) =>
    lax.associativeScan((x: tf.Tensor, y: tf.Tensor) => tf.add(x, y), a!, { axis: 2, reverse: true }),
} satisfies { readonly [name: string]: Case } as { readonly [name: string]: Case };

const numbers = (x: unknown): number[] => (Array.isArray(x) ? x.flatMap(numbers) : [Number(x)]);

/** Shaped values; NaN was recorded as a string. */
function tensorFrom(values: unknown): tf.Tensor {
  const shape: number[] = [];
  for (let part = values; Array.isArray(part); part = part[0] as unknown) shape.push(part.length);
  return tf.tensor(numbers(values), shape);
}

function expectNear(actual: tf.Tensor, expected: unknown): void {
  const got = Array.from(actual.dataSync());
  numbers(expected).forEach((value, i) => {
    if (Number.isNaN(value)) expect(got[i]).toBeNaN();
    else expect(Math.abs(got[i]! - value)).toBeLessThanOrEqual(2e-5 * Math.max(1, Math.abs(value)));
  });
}

test('every recorded case is checked', () => {
  expect(Object.keys(cases).sort()).toEqual(Object.keys(recorded).sort());
});

describe.each(['wasm', 'cpu'])('jax.numpy and jax.lax agree with JAX on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  test.each(Object.keys(cases))('%s', (name) => {
    const { inputs, shape, value, gradients } = recorded[name]!;
    const [f, args] = [cases[name]!, inputs.map(tensorFrom)];
    const before = tf.memory().numTensors;
    made = 0;
    const y = f(...args);
    expect(y.shape).toEqual(shape);
    expectNear(y, value);
    expect(tf.memory().numTensors - before - made).toBe(1);
    if (gradients === undefined) {
      expect(y.dtype).toBe('int32');
      return;
    }
    const loss = (...given: tf.Tensor[]): tf.Tensor => {
      const out = f(...given);
      const known = tf.where(tf.isNaN(out), tf.zerosLike(out), out);
      return tf.sum(tf.mul(known, tf.reshape(tf.range(1, out.size + 1), out.shape)));
    };
    const argnums = inputs.map((_, i) => i);
    (jax.grad(loss, { argnums })(...args) as tf.Tensor[]).forEach((gradient, i) => expectNear(gradient, gradients[i]));
  });
});

describe('jax.numpy', () => {
  test('works under vmap and jit', () => {
    const x = tf.tensor2d([3, 1, 2, 9, 7, 8], [2, 3]);
    const sorted = jax.vmap((row: tf.Tensor) => np.sort(row))(x);
    expect(numbers(Array.from(sorted.dataSync()))).toEqual([1, 2, 3, 7, 8, 9]);
    const rolled = jax.vmap((row: tf.Tensor, by: tf.Tensor) => np.roll(row, by, { axis: 0 }))(x, ints([1, -1]));
    expect(Array.from(rolled.dataSync())).toEqual([2, 3, 1, 7, 8, 9]);
    const window = jax.jit((row: tf.Tensor, start: tf.Tensor) => lax.dynamicSlice(row, [start], [2]));
    const starts = jax.vmap((row: tf.Tensor, start: tf.Tensor) => window(row, start))(x, ints([0, 5]));
    expect(Array.from(starts.dataSync())).toEqual([3, 1, 7, 8]);
    expect(Array.from(window(tf.slice(x, [0, 0], [1, 3]).flatten(), at(1)).dataSync())).toEqual([1, 2]);
  });

  test.each<[string, () => unknown]>([
    ["einsum 'ij,jk': expected 2 operands, got 1", () => np.einsum('ij,jk', tf.ones([2, 2]))],
    ["expected 2 along 'i', got 3", () => np.einsum('ii', tf.ones([2, 3]))],
    ['numpy.flip: expected an axis from -2 to 1, got 2', () => np.flip(tf.ones([2, 2]), { axis: 2 })],
    ['numpy.moveaxis: expected distinct axes', () => np.moveaxis(tf.ones([2, 2]), [0, 0], [0, 1])],
    ['expected indices of rank 2, got shape [1]', () => np.takeAlongAxis(tf.ones([2, 2]), ints([0]), 0)],
    ['expected 2 repeats along axis 0, got 3', () => np.repeat(tf.ones([2]), [1, 2, 3], { axis: 0 })],
    ['expected xp and fp of one shape', () => np.interp(tf.ones([2]), tf.ones([2]), tf.ones([3]))],
    ['lax.dynamicSlice: expected 2 start indices, got 1', () => lax.dynamicSlice(tf.ones([2, 2]), [0], [1, 1])],
    ['expected a slice within [2, 2], got [3, 1]', () => lax.dynamicSlice(tf.ones([2, 2]), [0, 0], [3, 1])],
    [
      'associativeScan: expected tensors of one length',
      () => lax.associativeScan((a) => a, [tf.ones([2]), tf.ones([3])]),
    ],
  ])('%s', (message, act) => {
    expect(act).toThrow(message);
  });
});
