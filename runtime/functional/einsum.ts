import * as tf from '@tensorflow/tfjs';
import { einsumOf } from '../core/einsum.js';
import { mistake } from './mistake.js';

/** An einsum to use in place of the built-in one. */
export type EinsumFunction = (equation: string, ...operands: tf.Tensor[]) => tf.Tensor;

/** What `einsumDense` computes with. */
export interface EinsumDenseOptions {
  /** 'inputs,kernel->output'. */
  readonly einsumStr: string;
  readonly kernel: tf.Tensor;
  /** The kernel's sizes that are in the output, in the output's order; null for none. */
  readonly bias: tf.Tensor | null;
  /** Takes the place of the built-in einsum. */
  readonly einsumOp?: EinsumFunction | null | undefined;
}

/** Einsum of the input with a kernel, plus bias. Flax `Einsum`. */
export function einsumDense(x: tf.Tensor, { einsumStr, kernel, bias, einsumOp }: EinsumDenseOptions): tf.Tensor {
  const y = (einsumOp ?? einsum)(einsumStr, x, kernel);
  if (bias === null) return y;
  return tf.add(y, tf.reshape(bias, biasShapes(einsumStr, x.rank, kernel.shape).broadcast));
}

/** Einstein summation that also takes `...`, the axes that a term has besides its letters. Mirrors `jnp.einsum`. */
export function einsum(equation: string, ...operands: tf.Tensor[]): tf.Tensor {
  return einsumOf(
    expanded(
      equation,
      operands.map((each) => each.rank),
    ),
    operands,
  );
}

/** The equation without blanks; throws unless it has two operands and a result. */
export function checkEquation(who: string, einsumStr: string): string {
  const equation = einsumStr.replace(/\s/g, '');
  if (equation.includes('->') && equation.split(',').length === 2) return equation;
  throw mistake(
    who,
    `expected an equation 'inputs,kernel->output', got '${einsumStr}'.`,
    'Write both operands and the result.',
  );
}

/** Shape of a bias that fits the output, and that shape with 1 for the axes that come from the input. */
export function biasShapes(
  einsumStr: string,
  inputRank: number,
  kernelShape: readonly number[],
): { readonly own: number[]; readonly broadcast: number[] } {
  const [left, result] = expanded(einsumStr, [inputRank, kernelShape.length]).split('->') as [string, string];
  const kernel = left.split(',')[1]!;
  const sizes = [...result].map((label) => kernelShape[kernel.indexOf(label)]);
  return { own: sizes.filter((size) => size !== undefined), broadcast: sizes.map((size) => size ?? 1) };
}

/** The equation with letters of its own in place of `...`. */
function expanded(equation: string, ranks: readonly number[]): string {
  if (!equation.includes('...')) return equation;
  const [left = '', result] = equation.replace(/\s/g, '').split('->');
  const free = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((letter) => !equation.includes(letter));
  const terms = left.split(',');
  const counts = terms.map((term, i) => (term.includes('...') ? ranks[i]! - (term.length - 3) : 0));
  const most = free.slice(0, Math.max(...counts));
  const written = terms.map((term, i) => term.replace('...', most.slice(most.length - counts[i]!).join('')));
  return `${written.join(',')}->${(result ?? '').replace('...', most.join(''))}`;
}
