import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { installCpuKernels } from '../../runtime/backends/cpu-kernels.js';
import { installWasmKernels } from '../../runtime/backends/wasm-kernels.js';
import { evalShape } from '../../runtime/core/abstract.js';
import { grad } from '../../runtime/core/autodiff/grad.js';
import { leftOut } from '../../runtime/core/kernels/left-out.js';
import type { KernelRecord } from '../../runtime/core/kernels/record.js';
import { kernelTable } from '../../runtime/core/kernels/table.js';
import { ShapeDtypeStruct } from '../../runtime/core/tree-typing.js';
import { tensorsOf, treeLeaves } from '../../runtime/core/tree.js';
import { vmap } from '../../runtime/core/vmap/vmap.js';
import { relativeError } from './finite-differences.js';
import { kernelCases } from './kernel-cases/all.js';
import type { KernelCase } from './kernel-cases/case.js';
import { expectNoLeaks } from './leaks.js';

installCpuKernels();
installWasmKernels();
await tf.setBackend('cpu');
expectNoLeaks();

/** Kernels that are tested with what makes them: named axes, marks on the tape, random draws. */
const elsewhere = ['AxisIndex', 'CheckpointName', 'Collective', 'Multinomial', 'OptimizationBarrier'];

/** Kernels with float inputs that have no gradient. */
const withoutGradient = new Set(
  (
    'Bincount DenseBincount _FusedMatMul FusedConv2D FusedDepthwiseConv2D Dilation2DBackpropInput ' +
    'Dilation2DBackpropFilter MaxPoolWithArgmax LRNGrad ResizeBilinearGrad ResizeNearestNeighborGrad CropAndResize ' +
    'RotateWithOffset Transform'
  ).split(' '),
);
const examples = 3;

/** Kernels that a backend does not have. */
const absent: Readonly<Record<string, readonly string[]>> = {
  cpu: ['LogicalXor'],
  wasm: ['Complex', 'ComplexAbs', 'FFT', 'IFFT', 'Imag', 'Real'],
};

type Named = Readonly<Record<string, tf.Tensor>>;

const titles = kernelCases.map((one, i): [string, KernelCase] => {
  const shapes = Object.values(one.inputs).map((draw) => tf.tidy(() => `[${draw(0).shape.join(', ')}]`));
  return [`${i} ${one.kernel} ${shapes.join(' ')}`, one];
});

/** Which inputs differ between examples: all, and each alone. */
function patternsOf({ inputs }: KernelCase): string[][] {
  const names = Object.keys(inputs);
  if (names.length === 0) return [];
  return names.length === 1 ? [names] : [names, ...names.map((name) => [name])];
}

function stack(tensors: readonly tf.Tensor[]): tf.Tensor {
  if (tensors[0]!.dtype !== 'complex64') return tf.stack([...tensors]);
  return tf.complex(stack(tensors.map(tf.real)), stack(tensors.map(tf.imag)));
}

function numbersOf(tensor: tf.Tensor): ArrayLike<number> {
  return tensor.dataSync();
}

function describeTensor({ dtype, shape }: { readonly dtype: string; readonly shape: readonly number[] }): string {
  return `${dtype}[${shape.join(', ')}]`;
}

function expectAlike(got: readonly tf.Tensor[], expected: readonly tf.Tensor[]): void {
  expect(got.map(describeTensor)).toEqual(expected.map(describeTensor));
  got.forEach((tensor, i) => expect(relativeError(numbersOf(tensor), numbersOf(expected[i]!))).toBeLessThan(1e-5));
}

function drawn({ inputs }: KernelCase, seed: number): Named {
  return Object.fromEntries(Object.entries(inputs).map(([name, draw], i) => [name, draw(seed * 10 + i)]));
}

/** Σ weight · output, in double precision. */
function lossOnHost(outputs: readonly tf.Tensor[]): number {
  return outputs.reduce((total, output, i) => {
    if (output.dtype !== 'float32') return total;
    return Array.from(output.dataSync()).reduce((sum, value, j) => sum + value * weight(i, j), total);
  }, 0);
}

function lossOf(outputs: readonly tf.Tensor[]): tf.Tensor {
  const terms = outputs.flatMap((output, i) => {
    if (output.dtype !== 'float32') return [];
    const weights = tf.tensor1d(Array.from({ length: output.size }, (_, j) => weight(i, j)));
    return [tf.sum(tf.mul(tf.reshape(output, [-1]), weights))];
  });
  return terms.reduce((total, term) => tf.add(total, term));
}

function weight(output: number, element: number): number {
  return Math.sin(1 + output + 2.3 * element);
}

/** Every element up or down. */
const directions = [1, 2, 3].map(
  (seed) =>
    (i: number): number =>
      Math.sin(seed * 12.9898 + i * 78.233) > 0 ? 1 : -1,
);

/** Derivatives along the directions, by central differences with one step of Richardson's. */
function slopes(f: (x: tf.Tensor) => number, x: tf.Tensor): number[] {
  const values = x.dataSync();
  return directions.map((direction) => {
    const at = (by: number): number => {
      const moved = Float32Array.from(values, (value, i) => value + by * direction(i));
      return tf.tidy(() => f(tf.tensor(moved, x.shape)));
    };
    const slope = (by: number): number => (at(by) - at(-by)) / (2 * by);
    return (4 * slope(0.01) - slope(0.02)) / 3;
  });
}

/** The same from the gradient. */
function along(gradient: tf.Tensor): number[] {
  const values = Array.from(gradient.dataSync());
  return directions.map((direction) => values.reduce((sum, value, i) => sum + value * direction(i), 0));
}

describe.each(['cpu', 'wasm'])('%s', (backend) => {
  let before: string;
  beforeAll(async () => {
    before = tf.getBackend();
    await tf.setBackend(backend);
  });
  afterAll(async () => void (await tf.setBackend(before)));

  const has = ({ kernel }: KernelCase): boolean =>
    kernel === 'StopGradient' || tf.getKernel(kernel, backend) !== undefined;

  test.each(titles)('%s', (_title, one) => {
    if (!has(one)) return;
    const inputs = drawn(one, 0);
    checkShapes(one, inputs);
    for (const pattern of patternsOf(one)) checkBatching(one, inputs, pattern);
    checkGradients(one, inputs);
    // Where kernels have limits of their own: on the number of axes.
    if (backend === 'wasm' && Object.keys(inputs).length > 0) checkNested(one, inputs);
  });

  test('has the kernels that are tested, but for those known to be absent', () => {
    const missing = new Set(kernelCases.filter((one) => !has(one)).map(({ kernel }) => kernel));
    expect([...missing].filter((kernel) => !absent[backend]?.includes(kernel))).toEqual([]);
  });
});

function checkShapes(one: KernelCase, inputs: Named): void {
  const real = tensorsOf(one.run(inputs));
  const specs = Object.entries(inputs).map(([name, { shape, dtype }]) => [name, new ShapeDtypeStruct(shape, dtype)]);
  const shapes = treeLeaves(evalShape(one.run as never, Object.fromEntries(specs) as never));
  expect(shapes.map((spec) => describeTensor(spec as ShapeDtypeStruct))).toEqual(real.map(describeTensor));
}

function checkBatching(one: KernelCase, inputs: Named, pattern: readonly string[]): void {
  const each = Array.from({ length: examples }, (_, i) => drawn(one, i + 1));
  const mapped = Object.fromEntries(pattern.map((name) => [name, stack(each.map((own) => own[name]!))]));
  const got = vmap(((own: Named) => one.run({ ...inputs, ...own })) as never)(mapped as never);
  const runs = each.map((own) =>
    tensorsOf(one.run({ ...inputs, ...Object.fromEntries(pattern.map((name) => [name, own[name]!])) })),
  );
  expectAlike(
    tensorsOf(got),
    runs[0]!.map((_, output) => stack(runs.map((run) => run[output]!))),
  );
}

/** A map in a map, and its gradient by each input. */
function checkNested(one: KernelCase, inputs: Named): void {
  const grid = [0, 1].map((i) => [0, 1].map((j) => drawn(one, 2 * i + j + 1)));
  const names = Object.keys(inputs);
  const all = Object.fromEntries(
    names.map((name) => [name, stack(grid.map((row) => stack(row.map((own) => own[name]!))))]),
  );
  const nested = (given: Named): tf.Tensor[] => tensorsOf(vmap(vmap(one.run as never) as never)(given as never));
  const looped = (runs: readonly (readonly tf.Tensor[])[][]): tf.Tensor[] =>
    runs[0]![0]!.map((_, i) => stack(runs.map((row) => stack(row.map((outputs) => outputs[i]!)))));
  expectAlike(nested(all), looped(grid.map((row) => row.map((own) => tensorsOf(one.run(own))))));
  for (const name of differentiable(one, inputs)) {
    const got = grad((x: tf.Tensor) => lossOf(nested({ ...all, [name]: x })))(all[name]!);
    const expected = grad((x: tf.Tensor) => {
      const parts = tf.unstack(x).map((row) => tf.unstack(row));
      const run = (own: Named, i: number, j: number): tf.Tensor[] =>
        tensorsOf(one.run({ ...own, [name]: parts[i]![j]! }));
      return lossOf(looped(grid.map((row, i) => row.map((own, j) => run(own, i, j)))));
    })(all[name]!);
    expectAlike([got], [expected]);
  }
}

/** The inputs whose gradient is known and can be told. */
function differentiable(one: KernelCase, inputs: Named): string[] {
  const outputs = tensorsOf(one.run(inputs));
  if (!outputs.some(({ dtype }) => dtype === 'float32') || withoutGradient.has(one.kernel)) return [];
  return Object.keys(inputs).filter((name) => {
    const { dtype, size } = inputs[name]!;
    return dtype === 'float32' && size > 0 && !one.steps.includes(name);
  });
}

function checkGradients(one: KernelCase, inputs: Named): void {
  for (const name of differentiable(one, inputs)) {
    const run = (x: tf.Tensor): tf.Tensor[] => tensorsOf(one.run({ ...inputs, [name]: x }));
    const gradient = grad((x: tf.Tensor) => lossOf(run(x)))(inputs[name]!);
    const expected = slopes((x) => lossOnHost(run(x)), inputs[name]!);
    expect({ name, error: relativeError(along(gradient), expected) }).toEqual({ name, error: expect.closeTo(0, 2) });
  }
}

describe('the table', () => {
  test('has a record, or a reason for none, for every kernel of the cpu backend', () => {
    const names = tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName);
    expect(names.filter((name) => !kernelTable.has(name) && !leftOut.has(name))).toEqual([]);
    expect([...leftOut.keys()].filter((name) => kernelTable.has(name))).toEqual([]);
  });

  test('has a case for every record', () => {
    const covered = new Set([...kernelCases.map(({ kernel }) => kernel), ...elsewhere]);
    expect([...kernelTable.keys()].filter((name) => !covered.has(name))).toEqual([]);
  });
});

describe('what records say of kernels', () => {
  const cases = kernelCases.filter(({ kernel }) => kernel === 'StopGradient' || tf.getKernel(kernel, 'cpu'));
  const run = (one: KernelCase): readonly [KernelRecord, Named, tf.Tensor[]] => {
    const inputs = drawn(one, 2);
    return [kernelTable.get(one.kernel)!, inputs, tensorsOf(one.run(inputs))];
  };

  test('an element is what the kernel computes', () => {
    let checked = 0;
    for (const one of cases) {
      const [{ element }, inputs, [output]] = run(one);
      const operands = Object.values(inputs);
      if (element === undefined || operands.some(({ dtype }) => dtype === 'int32')) continue;
      const text = element(one.attrs);
      const f = new Function('a', 'b', 'c', `return ${text};`) as (...values: number[]) => number;
      const all = operands.map((operand) => tf.broadcastTo(operand, output!.shape).dataSync());
      const values = output!.dataSync().map((_, i) => f(...all.map((operand) => operand[i]!)));
      expect({ text, error: relativeError(values, output!.dataSync()) }).toEqual({ text, error: expect.closeTo(0, 5) });
      checked++;
    }
    expect(checked).toBeGreaterThan(50);
  });

  test('an alias holds the elements of the first input', () => {
    let [aliases, others] = [0, 0];
    for (const one of cases) {
      const [{ alias }, inputs, [output]] = run(one);
      if (alias === undefined) continue;
      const [first] = Object.values(inputs);
      const same = String(first!.dataSync()) === String(output!.dataSync()) && first!.dtype === output!.dtype;
      if (alias(inputs, one.attrs)) expect({ ...one, same }).toEqual({ ...one, same: true });
      if (alias(inputs, one.attrs)) aliases++;
      else others++;
    }
    expect([aliases > 5, others > 10]).toEqual([true, true]);
  });

  test('a decomposition gives what the kernel gives', () => {
    const names = cases.flatMap((one) => {
      const [{ decompose }, inputs, outputs] = run(one);
      if (decompose === undefined) return [];
      expectAlike([decompose(inputs, one.attrs)], outputs);
      return [one.kernel];
    });
    expect(new Set(names)).toEqual(new Set(['Einsum', 'FusedConv2D', 'FusedDepthwiseConv2D', '_FusedMatMul']));
  });
});
