import * as tf from '@tensorflow/tfjs';
import { einsumOf } from '../einsum.js';
import { aligned } from './batching.js';
import { broadcast } from './broadcasting.js';
import { activated } from './fused.js';
import { type BatchCall, type KernelRecord, type Operand, type Spec, kernels } from './record.js';
import { reshape, run } from './running.js';

/** Products of matrices. */
export const products: readonly KernelRecord[] = [
  ...kernels<'a' | 'b', tf.BatchMatMulAttrs>('BatchMatMul', { shapes: multiplied, batch: multiplyAll }),
  ...kernels<'a' | 'b', tf._FusedMatMulAttrs, 'bias' | 'preluActivationWeights'>('_FusedMatMul', {
    shapes: multiplied,
    decompose: ({ a, b, bias, preluActivationWeights }, attrs) => {
      const { transposeA, transposeB } = attrs;
      return activated(run('BatchMatMul', { a, b }, { transposeA, transposeB }), bias, preluActivationWeights, attrs);
    },
  }),
  ...kernels<string, tf.EinsumAttrs>('Einsum', {
    shapes: (inputs, { equation }) => summed(equation, Object.values(inputs)),
    // One letter more, in front of the mapped terms and of the result.
    batch: ({ inputs, attrs }) => {
      const operands = Object.values(inputs);
      const { terms, result } = termsOf(attrs.equation);
      const letter = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'].find(
        (candidate) => !attrs.equation.includes(candidate),
      );
      if (letter === undefined) return null;
      const own = terms.map((term, i) => (operands[i]!.mapped ? letter + term : term));
      const tensors = operands.map(({ tensor }) => tensor);
      return einsumOf(`${own.join(',')}->${letter}${result}`, tensors);
    },
    decompose: (inputs, { equation }) => einsumOf(equation, Object.values(inputs)),
  }),
];

function multiplied({ a, b }: { a: Spec; b: Spec }, { transposeA, transposeB }: tf.BatchMatMulAttrs): Spec {
  const [inner, other] = [a.shape.at(transposeA ? -2 : -1), b.shape.at(transposeB ? -1 : -2)];
  if (inner !== other) {
    throw new Error(
      `tf.matMul: expected inner sizes that agree, got ${inner} and ${other} (shapes [${a.shape.join(', ')}] and ` +
        `[${b.shape.join(', ')}]).\nTranspose one of them, or correct the sizes.`,
    );
  }
  const lead = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [rows, columns] = [a.shape.at(transposeA ? -1 : -2)!, b.shape.at(transposeB ? -2 : -1)!];
  return { shape: [...lead, rows, columns], dtype: a.dtype };
}

/** One product of large matrices where all examples multiply by the same one, else a batch of products. */
function multiplyAll(call: BatchCall<'a' | 'b', tf.BatchMatMulAttrs>): tf.Tensor {
  const { kernelName, size, inputs, attrs } = call;
  const { a, b } = inputs;
  if (!b.mapped && isMatrix(b)) {
    const { transposeB } = attrs;
    const rows = attrs.transposeA ? transposed(a.tensor) : a.tensor;
    const flat = {
      a: reshape(rows, [rows.size / rows.shape.at(-1)!, rows.shape.at(-1)!]),
      b: b.shape.length === 2 ? b.tensor : reshape(b.tensor, b.shape.slice(-2)),
    };
    const product = run(kernelName, flat, { transposeA: false, transposeB });
    return reshape(product, [size, ...multiplied(inputs, attrs).shape]);
  }
  const rank = Math.max(a.shape.length, b.shape.length);
  const operands = [aligned(a, rank), aligned(b, rank)] as const;
  const lead = tf.backend_util.assertAndGetBroadcastShape(
    operands[0].shape.slice(0, -2),
    operands[1].shape.slice(0, -2),
  );
  return run(kernelName, { a: repeated(operands[0], lead), b: repeated(operands[1], lead) }, attrs);
}

/** Backends count on the leading axes of an operand being all of the result's, or the last of them. */
function repeated(x: tf.Tensor, lead: readonly number[]): tf.Tensor {
  const own = x.shape.slice(0, -2);
  const first = own.findIndex((size) => size !== 1);
  const last = first < 0 ? [] : own.slice(first);
  if (tf.util.arraysEqual(last, lead.slice(lead.length - last.length))) return x;
  return broadcast(x, [...lead, ...x.shape.slice(-2)]);
}

function isMatrix({ shape }: Operand): boolean {
  return shape.slice(0, -2).every((count) => count === 1);
}

/** With the last two axes exchanged; by a reshape where one of them is 1. */
function transposed(x: tf.Tensor): tf.Tensor {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const lead = x.shape.slice(0, -2);
  if (rows === 1 || columns === 1) return tf.reshape(x, [...lead, columns, rows]);
  return tf.transpose(x, [...lead.keys(), x.rank - 1, x.rank - 2]);
}

function termsOf(equation: string): { readonly terms: readonly string[]; readonly result: string } {
  const [left = '', result = ''] = equation.replace(/\s/g, '').split('->');
  return { terms: left.split(','), result };
}

function summed(equation: string, operands: readonly Spec[]): Spec {
  const { terms, result } = termsOf(equation);
  const sizes = new Map(
    terms.flatMap((term, i) => [...term].map((label, axis): [string, number] => [label, operands[i]!.shape[axis]!])),
  );
  return { shape: [...result].map((label) => sizes.get(label)!), dtype: operands[0]!.dtype };
}
