import { describe, expect, test } from '@jest/globals';
import { chosen } from '../long-run.js';
import type { Stage } from '../../src/ir/report.js';
import { towerNnx } from './mutation-model.js';
import { complaints, failedStages, verify } from './project.js';
import { towerProject } from './tower-project.js';

/** Each bug as an edit of the correct new text, and the first stage that must see it. */
const bugs: readonly [bug: string, from: string, to: string, stage: Stage][] = [
  [
    'LayerNorm epsilon',
    'this.norm = new nnx.LayerNorm(features, { rngs })',
    'this.norm = new nnx.LayerNorm(features, { epsilon: 1e-5, rngs })',
    2,
  ],
  ['gelu variant', 'nnx.gelu(h)', 'nnx.gelu(h, { approximate: false })', 2],
  ['bias dropped', 'this.o.call(h)', 'tf.matMul(h, tf.expandDims(this.o.kernel.value, 0))', 2],
  ['q and k swapped', 'tf.matMul(q, k, false, true)', 'tf.matMul(k, q, false, true)', 2],
  [
    'layers swapped',
    'x = this.layer.call(x);\n    const aux = tf.mean(tf.square(x));\n    x = this.layer2.call(x);',
    'x = this.layer2.call(x);\n    const aux = tf.mean(tf.square(x));\n    x = this.layer.call(x);',
    2,
  ],
  [
    'square kernel transposed',
    'this.v.call(h)',
    'tf.add(tf.matMul(h, tf.expandDims(tf.transpose(this.v.kernel.value), 0)), this.v.bias.value)',
    2,
  ],
  ['mask dropped', 'scores = tf.add(scores, tf.mul(mask, 1e9));', '', 2],
  ['scale dropped', 'scores = tf.div(scores, Math.sqrt(this.features));', '', 2],
  ['residual dropped', 'x = tf.add(x, h);\n    h = this.norm2', 'x = h;\n    h = this.norm2', 2],
  ['position dropped', 'x = tf.add(x, tf.slice(this.pos.value, [0, 0], [x.shape[1]!, this.features]));', '', 2],
  ['dropout on in evaluation', 'this.dropout.call(h)', 'this.dropout.call(h, { deterministic: false })', 2],
  ['dropout off in training', 'this.dropout.call(h)', 'this.dropout.call(h, { deterministic: true })', 3],
  [
    'one dropout key in all layers',
    'this.norm = new nnx.BatchNorm',
    '(this.layer2 as { dropout: nnx.Dropout }).dropout = this.layer.dropout;\n    this.norm = new nnx.BatchNorm',
    3,
  ],
  [
    'BatchNorm evaluating in training',
    'this.norm.call(x);\n    return [',
    'this.norm.call(x, { useRunningAverage: true });\n    return [',
    3,
  ],
  [
    'BatchNorm training in evaluation',
    'this.norm.call(x);\n    return [',
    'this.norm.call(x, { useRunningAverage: false });\n    return [',
    2,
  ],
  [
    'momentum changed',
    'new nnx.BatchNorm(features, { rngs })',
    'new nnx.BatchNorm(features, { momentum: 0.9, rngs })',
    4,
  ],
  ['statistics not written', 'this.norm.call(x);\n    return [', 'nnx.clone(this.norm).call(x);\n    return [', 4],
  [
    'tying broken',
    'readonly pos: nnx.Param;',
    'readonly pos: nnx.Param;\n  readonly head = new nnx.Embed(7, 8, { rngs: new nnx.Rngs(9) });',
    1,
  ],
  [
    'gradient of the head stopped',
    'this.embed.attend(x)',
    'tf.reshape(tf.matMul(tf.reshape(x, [-1, this.features]), jax.lax.stopGradient(this.embed.embedding.value), false, true), [...x.shape.slice(0, -1), 7])',
    6,
  ],
  ['auxiliary loss lost', 'const aux = tf.mean(tf.square(x));', 'const aux = tf.scalar(0);', 2],
  [
    'one parameter frozen',
    'this.q.call(h)',
    'tf.add(tf.matMul(h, tf.expandDims(jax.lax.stopGradient(this.q.kernel.value), 0)), this.q.bias.value)',
    6,
  ],
  ['a parameter of the wrong type', 'this.pos = new nnx.Param(', 'this.pos = new nnx.BatchStat(', 1],
  [
    'a variable created in a call',
    'let x = this.embed.call(ids);',
    'let x = this.embed.call(ids);\n    Object.assign(this, { late: new nnx.BatchStat(tf.scalar(1)) });',
    4,
  ],
];

describe('seeded bugs in a converted class', () => {
  test('the correct conversion is identical', async () => {
    const report = await verify(towerProject(towerNnx));
    expect(complaints(report)).toEqual([]);
    expect(report.verdict).toBe('identical');
  });

  test.each(chosen(bugs, 4))('%s is rejected', async (_, from, to, stage) => {
    const mutant = towerNnx.replace(from, () => to);
    expect(mutant).not.toBe(towerNnx);
    const report = await verify(towerProject(mutant));
    expect([report.verdict, failedStages(report)[0]]).toEqual(['mismatch', stage]);
  });
});
