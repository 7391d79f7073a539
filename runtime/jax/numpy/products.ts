import * as tf from '@tensorflow/tfjs';
import { einsumOf } from '../../core/einsum.js';
import { dotGeneral } from '../lax.js';
import { axisOf } from './axes.js';

/**
 * Einstein summation with `...`, repeated and implicit output axes: `einsum('...ij,jk->...ik', a, b)`. Throws where labels
 * and shapes do not fit. Mirrors `jax.numpy.einsum`.
 */
export function einsum(equation: string, ...operands: tf.Tensor[]): tf.Tensor {
  const text = equation.replace(/\s/g, '');
  const [left = '', right] = text.split('->');
  const terms = left.split(',');
  if (terms.length !== operands.length) {
    throw mistake(equation, `${terms.length} operands`, String(operands.length), 'Pass one tensor for each term.');
  }
  const spare = freeLabels(text);
  const depths = terms.map((term, i) => ellipsisDepth(equation, term, operands[i]!));
  const depth = Math.max(0, ...depths);
  const ellipsis = spare.slice(0, depth);
  return tf.tidy(() => {
    const sizes = broadcastSizes(terms, operands, depths);
    const plain = terms.map((term, i) => {
      const own = ellipsis.slice(depth - depths[i]!);
      const labels = term.replace('...', own);
      const wide = widened(operands[i]!, { labels, ellipsis: own, sizes: sizes.slice(depth - depths[i]!) });
      return diagonal(equation, labels, wide);
    });
    const result = right === undefined ? ellipsis + onceIn(left) : right.replace('...', ellipsis);
    return einsumOf(
      `${plain.map(({ labels }) => labels).join(',')}->${result}`,
      plain.map(({ tensor }) => tensor),
    );
  });
}

/**
 * Sum of products over `axes`: the last n of `a` with the first n of `b`, or `[axes of a, axes of b]`. Default 2. Mirrors
 * `jax.numpy.tensordot`.
 */
export function tensordot(
  a: tf.Tensor,
  b: tf.Tensor,
  axes: number | readonly [a: readonly number[], b: readonly number[]] = 2,
): tf.Tensor {
  const [ofA, ofB] =
    typeof axes === 'number'
      ? [Array.from({ length: axes }, (_, i) => a.rank - axes + i), Array.from({ length: axes }, (_, i) => i)]
      : [
          axes[0].map((axis) => axisOf('tensordot', axis, a.rank)),
          axes[1].map((axis) => axisOf('tensordot', axis, b.rank)),
        ];
  return dotGeneral(a, b, [
    [ofA, ofB],
    [[], []],
  ]);
}

function freeLabels(text: string): string {
  return [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'].filter((label) => !text.includes(label)).join('');
}

function ellipsisDepth(equation: string, term: string, operand: tf.Tensor): number {
  if (!term.includes('...')) return 0;
  const depth = operand.rank - (term.length - 3);
  if (depth >= 0) return depth;
  throw mistake(
    equation,
    `at least ${term.length - 3} axes for '${term}'`,
    `shape [${operand.shape.join(', ')}]`,
    'Correct the equation.',
  );
}

/** The shape that the axes of all ellipses broadcast to. */
function broadcastSizes(terms: readonly string[], operands: readonly tf.Tensor[], depths: readonly number[]): number[] {
  const shapes = terms.map((term, i) => {
    const start = Math.max(0, term.indexOf('...'));
    return operands[i]!.shape.slice(start, start + depths[i]!);
  });
  return shapes.reduce((all, shape) => tf.broadcast_util.assertAndGetBroadcastShape(all, shape), []);
}

function widened(
  x: tf.Tensor,
  {
    labels,
    ellipsis,
    sizes,
  }: { readonly labels: string; readonly ellipsis: string; readonly sizes: readonly number[] },
): tf.Tensor {
  const start = ellipsis === '' ? -1 : labels.indexOf(ellipsis);
  const shape = x.shape.map((size, i) =>
    start >= 0 && i >= start && i < start + sizes.length ? sizes[i - start]! : size,
  );
  return tf.util.arraysEqual(shape, x.shape) ? x : tf.broadcastTo(x, shape);
}

/** Repeated labels reduced to one: what stands on the diagonal. */
function diagonal(
  equation: string,
  labels: string,
  tensor: tf.Tensor,
): { readonly labels: string; readonly tensor: tf.Tensor } {
  const second = [...labels].findIndex((label, i) => labels.indexOf(label) < i);
  if (second < 0 || labels.length !== tensor.rank) return { labels, tensor };
  const first = labels.indexOf(labels[second]!);
  const size = tensor.shape[first]!;
  if (tensor.shape[second] !== size) {
    throw mistake(
      equation,
      `${size} along '${labels[second]}'`,
      String(tensor.shape[second]),
      'One label stands for one size.',
    );
  }
  const eye = tf.reshape(
    tf.eye(size),
    tensor.shape.map((_, i) => (i === first || i === second ? size : 1)),
  );
  const onDiagonal = tf.sum(tf.mul(tensor, tf.cast(eye, tensor.dtype)), second);
  return diagonal(equation, labels.slice(0, second) + labels.slice(second + 1), onDiagonal);
}

/** Without `->`: the labels that occur once, sorted. */
function onceIn(left: string): string {
  return [...left.replace(/[,.]/g, '')]
    .filter((label, _i, all) => all.filter((other) => other === label).length === 1)
    .sort()
    .join('');
}

function mistake(equation: string, expected: string, got: string, advice: string): Error {
  return new Error(`jax.numpy.einsum '${equation}': expected ${expected}, got ${got}.\n${advice}`);
}
