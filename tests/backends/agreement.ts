import { expect } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';

/** Numbers without pattern, both signs. */
export function noise(shape: readonly number[], seed = 1): tf.Tensor {
  const values = Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, i) => {
    const at = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453;
    return 2 * (at - Math.floor(at)) - 1;
  });
  return tf.tensor(values, [...shape]);
}

/** What is compared. */
export type Run = () => tf.Tensor | readonly tf.Tensor[];

function valuesOn(backend: string, run: Run): { shape: number[]; dtype: string; values: number[] }[] {
  void tf.setBackend(backend);
  return tf.tidy(() =>
    [run()].flat().map((each) => ({ shape: each.shape, dtype: each.dtype, values: Array.from(each.dataSync()) })),
  );
}

/** Both backends give the same shapes, dtypes and numbers, within `tolerance` of the largest. */
export function expectAgreement(run: Run, tolerance = 2e-6): void {
  const wasm = valuesOn('wasm', run);
  const cpu = valuesOn('cpu', run);
  void tf.setBackend('wasm');
  expect(wasm.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(cpu.map(({ shape, dtype }) => ({ shape, dtype })));
  wasm.forEach(({ values }, i) => {
    const expected = cpu[i]!.values;
    const scale = Math.max(1e-3, ...expected.map(Math.abs).filter(Number.isFinite));
    const worst = values.findIndex(
      (value, j) => !(Object.is(value, expected[j]) || Math.abs(value - expected[j]!) <= tolerance * scale),
    );
    expect(worst < 0 ? 'equal' : `${i}, ${worst}: ${values[worst]}, cpu ${expected[worst]}`).toBe('equal');
  });
}

/** A function and its gradients with respect to all of `inputs`, with a cotangent without pattern. */
export function withGradients(f: (...xs: tf.Tensor[]) => tf.Tensor, inputs: readonly (readonly number[])[]): Run {
  return () => {
    const xs = inputs.map((shape, i) => noise(shape, i + 1));
    const { grads } = tf.valueAndGrads((...given: tf.Tensor[]) =>
      tf.sum(tf.mul(f(...given), noise(f(...xs).shape, 9))),
    )(xs);
    return [f(...xs), ...grads];
  };
}
