import { describe, expect, test } from '@jest/globals';
import { chosen } from '../long-run.js';
import { loopProject, trainNnx } from './loop-project.js';
import { complaints, verify } from './project.js';

const verifyLoop = (train: string, backends: readonly ('cpu' | 'wasm')[] = ['cpu']) =>
  verify({
    ...loopProject,
    nnx: { ...loopProject.nnx, 'src/train.ts': train },
    options: { backends, stages: [0, 10] },
  });

const step = 'trainStep(model, optimizer, batch);';
const update = 'optimizer.update(model, grads);';

/** Each mistake as an edit of the correct loop, and the code it must be rejected with. */
const mistakes: readonly [mistake: string, from: string, to: string, code: string][] = [
  ['mode left in evaluation', 'model.train();', 'model.eval();', 'L2N513'],
  ['mode left in evaluation after the first epoch', step, `${step}\n  model.eval();`, 'L2N513'],
  ['prediction in training mode', 'predict(evalModel,', 'predict(model,', 'L2N513'],
  ['one layer flipped in the view', 'useRunningAverage: true })', 'useRunningAverage: false })', 'L2N513'],
  [
    'statistics discarded',
    'const logits = model.call(batch.images);',
    'const mean = model.norm.mean.value.clone();\n    const logits = model.call(batch.images);\n    model.norm.mean.value = mean;',
    'L2N511',
  ],
  [
    'model called twice',
    'const logits = model.call(batch.images);',
    'model.call(batch.images);\n    const logits = model.call(batch.images);',
    'L2N513',
  ],
  ['optimizer over the wrong filter', 'wrt: nnx.Param }', 'wrt: nnx.BatchStat }', 'L2N511'],
  ['update forgotten', update, '', 'L2N511'],
  ['loss of the wrong step', update, `${update}\n  const late = lossFn(model)[0];`, 'L2N513'],
  ['aux dropped', 'return { loss, accuracy };', 'return { loss };', 'L2N511'],
  [
    'optimizer state not carried',
    update,
    'new nnx.Optimizer(model, tx, { wrt: nnx.Param }).update(model, grads);',
    'L2N511',
  ],
  ['a snapshot trained in place of the model', '(model);\n  optimizer', '(nnx.clone(model));\n  optimizer', 'L2N513'],
  ['a tensor kept in each call', update, `${update}\n  tf.keep(tf.zeros([2]));`, 'L2N701'],
  [
    'prediction writes',
    'tf.softmax(model.call(images))',
    '{ const y = tf.softmax(model.call(images)); model.linear.bias.value = tf.zeros([6]); return y; }',
    'L2N511',
  ],
];

describe('call sites as programs', () => {
  test('a correct loop is identical on cpu and wasm', async () => {
    const report = await verifyLoop(trainNnx, ['cpu', 'wasm']);
    const programs = report.stages.filter((each) => each.stage === 10);
    expect(
      programs.map((each) => `${each.backend} ${each.subject} ${each.status} ${each.verdict} ${each.reason}`),
    ).toEqual(
      ['cpu', 'wasm'].flatMap((backend) =>
        ['trainStep', 'predict'].map((name) => `${backend} ${name} passed identical `),
      ),
    );
    expect(programs.every((each) => each.compared > 10)).toBe(true);
  });

  test('the whole battery passes on it', async () => {
    const report = await verify(loopProject);
    expect(complaints(report)).toEqual([]);
    expect(report.verdict).toBe('identical');
  });

  test.each(chosen(mistakes, 3))('%s is rejected', async (_, from, to, code) => {
    const mutant = trainNnx.replace(from, () => to);
    expect(mutant).not.toBe(trainNnx);
    const report = await verifyLoop(mutant);
    const found = report.stages.filter((each) => each.stage === 10 && each.status !== 'passed');
    expect(found.map((each) => each.code)).toContain(code);
    expect(report.verdict).toBe('mismatch');
  });
});
