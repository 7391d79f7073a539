import * as tf from '@tensorflow/tfjs';
import { contractLast } from './dense.js';
import { mistake } from './mistake.js';

/**
 * Rows of a table: integers [...] and table [n, features] → [..., features]. Negative numbers count from the end,
 * numbers out of range give rows of NaN (`jnp.take`), a table of one row is broadcast. Flax `Embed`.
 */
export function embed(ids: tf.Tensor, table: tf.Tensor): tf.Tensor {
  if (ids.dtype !== 'int32') {
    throw mistake('Embed', `expected int32 ids, got ${ids.dtype}.`, "Cast them: tf.cast(ids, 'int32').");
  }
  const [rows, features] = [table.shape[0]!, table.shape[1]!];
  if (rows === 1) return tf.broadcastTo(table, [...ids.shape, features]);
  const count = tf.scalar(rows, 'int32');
  const zero = tf.scalar(0, 'int32');
  const index = tf.where(tf.less(ids, zero), tf.add(ids, count), ids);
  const valid = tf.logicalAnd(tf.greaterEqual(index, zero), tf.less(index, count));
  const taken = tf.gather(table, tf.where(valid, index, tf.zerosLike(index)) as tf.Tensor);
  return tf.where(tf.expandDims(valid, -1), taken, tf.fill(taken.shape, NaN));
}

/** Query times table: [..., features] and [n, features] → [..., n]. Flax `Embed.attend`. */
export function attend(query: tf.Tensor, table: tf.Tensor): tf.Tensor {
  return contractLast(query, tf.transpose(table));
}
