import * as tf from '@tensorflow/tfjs';
import { einsumOf } from '../../einsum.js';

/** The gradient of each operand: the cotangent contracted with the other operands, broadcast along what was summed. */
export function einsumGradient(
  dy: tf.Tensor,
  operands: readonly tf.Tensor[],
  equation: string,
): Record<string, () => tf.Tensor> {
  const [left = '', result = ''] = equation.replace(/\s/g, '').split('->');
  const terms = left.split(',');
  return Object.fromEntries(
    operands.map((operand, i) => [
      String(i),
      () => {
        const others = operands.filter((_, j) => j !== i);
        const otherTerms = terms.filter((_, j) => j !== i);
        return operandGradient({ operand, term: terms[i]! }, [dy, ...others], [result, ...otherTerms]);
      },
    ]),
  );
}

function operandGradient(
  { operand, term }: { readonly operand: tf.Tensor; readonly term: string },
  factors: readonly tf.Tensor[],
  factorTerms: readonly string[],
): tf.Tensor {
  const known = [...term].filter((label) => factorTerms.some((other) => other.includes(label))).join('');
  const contracted = einsumOf(`${factorTerms.join(',')}->${known}`, factors);
  const kept = [...term].map((label, axis) => (known.includes(label) ? operand.shape[axis]! : 1));
  return tf.broadcastTo(tf.reshape(contracted, kept), operand.shape);
}
