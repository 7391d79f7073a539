import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { installWasmKernels } from '../../runtime/backends/wasm-kernels.js';
import { laneOperations } from '../../runtime/core/jit/wasm-lanes.js';
import { kernelTable } from '../../runtime/core/kernels/table.js';
import { jit } from '../../runtime/jax/jit.js';
import { expectNoLeaks } from './leaks.js';

installWasmKernels();
expectNoLeaks();

const special = [0, -0, 1, -1, 0.5, -0.5, 2, 6.5, NaN, Infinity, -Infinity, 1e-40, 88.5, 89, -87.5, -103, 3e-5, 1e30];
const spread = Float32Array.from({ length: 4001 }, (_, i) => (i / 2000 - 1) * 20);
const samples = Float32Array.of(...special, ...spread);
const other = Float32Array.from(samples, (_, i) => Math.fround(Math.sin(i) * 3));

/** Distance in units of the last place of the float32 nearest to `exact`. */
function ulps(found: number, exact: number): number {
  const nearest = Math.fround(exact);
  if (Object.is(found, nearest) || found === nearest) return 0;
  if (!Number.isFinite(nearest) || !Number.isFinite(found)) return Infinity;
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(nearest))));
  return Math.abs(found - exact) / 2 ** (exponent - 23);
}

const attrs: Record<string, object> = {
  LeakyRelu: { alpha: 0.2 },
  Step: { alpha: 0.25 },
  ClipByValue: { clipValueMin: -0.75, clipValueMax: 1.5 },
};
const inexact: Record<string, number> = {
  Exp: 2,
  Log: 2,
  Tanh: 3,
  Sigmoid: 3,
  Elu: 4,
  Rsqrt: 2,
  SquaredDifference: 2,
  LeakyRelu: 1,
  EluGrad: 2,
};
/** Covered by tests of their own below. */
const apart = new Set(['Pow', 'Cast', 'Tile', 'AddN', 'StopGradient', 'Select']);

describe('on wasm', () => {
  beforeAll(async () => {
    await tf.setBackend('wasm');
  });

  test.each([...laneOperations.keys()].filter((name) => !apart.has(name)))(
    '%s is what the cpu computes',
    (kernelName) => {
      const element = kernelTable.get(kernelName)!.element!(attrs[kernelName] ?? {});
      const exact = new Function('a', 'b', `return ${element}`) as (a: number, b: number) => number;
      const arity = /\bb\b/.test(element) ? 2 : 1;
      const logical = kernelName.startsWith('Logical');
      const [a, b] = [samples, other].map((values) =>
        logical ? tf.greater(tf.tensor1d(values), 0) : tf.tensor1d(values),
      );
      const names = kernelName === 'Prelu' ? ['x', 'alpha'] : kernelName === 'EluGrad' ? ['dy', 'y'] : ['a', 'b'];
      const run = jit((x: tf.Tensor, y: tf.Tensor) => {
        const inputs = arity === 1 ? { x } : { [names[0]!]: x, [names[1]!]: y };
        return tf
          .engine()
          .runKernel<tf.Tensor>(kernelName, inputs as tf.NamedTensorMap, attrs[kernelName] as tf.NamedAttrMap);
      });
      const found = run(a!, b!).dataSync();
      const [as, bs] = [a!.dataSync(), b!.dataSync()];
      const worst = Math.max(...Array.from(found, (value, i) => ulps(value, exact(as[i]!, bs[i]!))));
      expect(worst).toBeLessThanOrEqual(inexact[kernelName] ?? 0.5);
    },
  );

  test('small powers, sums of many, choices, casts and repetitions', () => {
    const [x, y] = [tf.tensor1d(samples), tf.tensor1d(other)];
    for (const exponent of [2, 3, 4, 0.5, -0.5, -1, -2, 1]) {
      const found = jit((v: tf.Tensor) => tf.pow(v, exponent))(x).dataSync();
      const worst = Math.max(...Array.from(found, (value, i) => ulps(value, samples[i]! ** exponent)));
      expect(worst).toBeLessThanOrEqual(exponent < 0 || exponent > 2 ? 2.5 : 0.5);
    }
    const f = (a: tf.Tensor, b: tf.Tensor) => [
      tf.where(tf.logicalAnd(tf.greater(a, b), tf.less(a, 5)), tf.mul(a, 2), b),
      tf.cast(tf.greaterEqual(a, b), 'float32'),
      tf.logicalOr(tf.less(a, b), tf.greater(b, 1)),
      tf.addN([a, b, a]),
      tf.add(tf.cast(tf.tensor1d([1, 2], 'int32'), 'float32'), tf.tile(tf.reshape(tf.max(b), [1]), [2])),
    ];
    // Stock wasm keeps the low byte of the number.
    expect(jit((v: tf.Tensor) => tf.cast(v, 'bool'))(x).dataSync()).toEqual(tf.notEqual(x, 0).dataSync());
    jit(f)(x, y).forEach((found, i) => {
      const expected = f(x, y)[i]!;
      expect([found.dtype, found.shape]).toEqual([expected.dtype, expected.shape]);
      expect(found.dataSync()).toEqual(expected.dataSync());
    });
  });

  test('broadcasts, tails and several results of every size', () => {
    for (const columns of [1, 2, 3, 4, 5, 7, 8, 13]) {
      const shapes = [[3, 2, columns], [columns], [3, 1, 1], [2, columns], [3, 2, 1], [], [1, 2, 1]];
      const tensors = shapes.map((shape, i) => {
        const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, j) => Math.sin(i + 7 * j));
        return tf.tensor(values, shape);
      });
      const f = (...[a, b, c, d, e, g, h]: tf.Tensor[]) => {
        const sum = tf.add(tf.mul(a!, b!), tf.sub(c!, d!));
        const flag = tf.greater(sum, e!);
        return [sum, flag, tf.where(flag, tf.mul(sum, g!), tf.sub(h!, sum)), tf.square(tf.add(b!, d!))];
      };
      const [found, expected] = [jit(f)(...tensors), f(...tensors)];
      found.forEach((each, i) => expect(each.dataSync()).toEqual(expected[i]!.dataSync()));
    }
  });
});

describe('on cpu', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  const f = (x: tf.Tensor, y: tf.Tensor) => {
    const flag = tf.logicalOr(tf.greater(x, y), tf.isNaN(x));
    const mixed = tf.where(flag, tf.mul(tf.tanh(x), y), tf.sub(tf.exp(tf.clipByValue(x, -2, 3)), 1.7));
    return [mixed, flag, tf.mul(tf.cast(flag, 'float32'), tf.leakyRelu(mixed, 0.1)), tf.div(mixed, tf.max(y))];
  };
  const same = (found: readonly tf.Tensor[], expected: readonly tf.Tensor[]): void =>
    found.forEach((each, i) => expect(each.dataSync()).toEqual(expected[i]!.dataSync()));

  const onCpu = [...kernelTable.values()]
    .filter(({ kernelName, element }) => element !== undefined && tf.getKernel(kernelName, 'cpu') !== undefined)
    .map(({ kernelName }) => kernelName);
  test.each(onCpu)('%s is bit for bit what its kernel computes', (kernelName) => {
    const element = kernelTable.get(kernelName)!.element!(attrs[kernelName] ?? {});
    const arity = ['c', 'b', 'a'].findIndex((name) => new RegExp(`\\b${name}\\b`).test(element));
    const flags = /^Logical|^Select$/.test(kernelName);
    const [x, y] = [samples, other].map((values) => tf.tensor1d(values));
    const [a, b] = flags ? [tf.greater(x!, 0), tf.greater(y!, 1)] : [x!, y!];
    const names =
      ({ Prelu: ['x', 'alpha'], EluGrad: ['dy', 'y'], Select: ['condition', 't', 'e'] } as Record<string, string[]>)[
        kernelName
      ] ?? (arity === 1 ? ['a', 'b'] : ['x']);
    const given = kernelName === 'Select' ? [a, x!, y!] : [a, b];
    const run = (...tensors: tf.Tensor[]): tf.Tensor => {
      const inputs = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
      return tf.engine().runKernel(kernelName, inputs, (attrs[kernelName] ?? {}) as tf.NamedAttrMap);
    };
    const twice = (...tensors: tf.Tensor[]): tf.Tensor[] => [run(...tensors), tf.cast(run(...tensors), 'bool')];
    same(jit(twice)(...given), twice(...given));
  });

  test('chains with broadcast operands, and without code from text', () => {
    const x = tf.tensor2d(samples.subarray(0, 12), [3, 4]);
    const tensors = [tf.tensor2d(other.subarray(0, 3), [3, 1]), tf.tensor1d(other.subarray(0, 4)), tf.scalar(0.3)];
    const generated = jest.spyOn(globalThis, 'Function');
    for (const y of tensors) same(jit(f)(x, y), f(x, y));
    expect(generated.mock.calls.some(([first]) => first === 'x')).toBe(true);
    generated.mockImplementation(() => {
      throw new EvalError('Code generation from strings disallowed for this context');
    });
    for (const y of tensors) same(jit(f)(x, y), f(x, y));
    generated.mockRestore();
  });
});
