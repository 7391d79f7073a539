import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import { matchers, recordKeys, replayKeys, transplant } from 'linen2nnx/testing';
import { planOf, submodule, trainingFlag } from './guide-pair.js';

class OldNet extends nn.Module {
  declare ['constructor']: typeof OldNet;
  call = nn.compact(function (this: OldNet, x: tf.Tensor): tf.Tensor {
    x = new nn.Dropout(0.5).call(x, { deterministic: false });
    return new nn.Dropout(0.5).call(x, { deterministic: false });
  });
}
class NewNet extends nnx.Module {
  readonly dropout: nnx.Dropout;
  readonly dropout2: nnx.Dropout;
  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.dropout = new nnx.Dropout(0.5, { rngs });
    this.dropout2 = new nnx.Dropout(0.5, { rngs });
  }
  call(x: tf.Tensor): tf.Tensor {
    return this.dropout2.call(this.dropout.call(x));
  }
}
const { manifest } = planOf({
  class: 'net.ts#Net',
  sizes: [],
  fields: [],
  modules: [submodule('Dropout_0', 'dropout', 'layer:Dropout'), submodule('Dropout_1', 'dropout2', 'layer:Dropout')],
  flag: trainingFlag,
});
const ones = () => tf.ones([4, 8]);
const runOld = () =>
  [0, 1].map((seed) => new OldNet().apply({}, [ones()], { rngs: { dropout: jax.random.key(seed) } }).arraySync());
const runNew = (model: NewNet) => [0, 1].map(() => model.call(ones()).arraySync());

describe('keys', () => {
  test.each([
    ['by path', true],
    ['in order', false],
  ])('recorded in the old version give the new one the same masks, %s', async (_, byPath) => {
    const { result, keys } = await recordKeys(runOld);
    expect(keys.map((each) => `${each.path} ${each.index}`)).toEqual([
      'Dropout_0 0',
      'Dropout_1 0',
      'Dropout_0 1',
      'Dropout_1 1',
    ]);
    const model = new NewNet({ rngs: new nnx.Rngs(5) });
    const mapping = {
      model,
      manifest: { schemaVersion: 1, classes: [manifest], collections: [] },
      class: 'net.ts#Net',
    } as const;
    const replayed = await replayKeys(JSON.parse(JSON.stringify(keys)), () => runNew(model), byPath ? mapping : null);
    expect(replayed).toEqual(result);
    expect(runNew(model)).not.toEqual(result);
  });

  test('that were not recorded are an error', async () => {
    const { keys } = await recordKeys(runOld);
    const model = new NewNet({ rngs: new nnx.Rngs(5) });
    await expect(replayKeys(keys.slice(1), () => runNew(model))).rejects.toThrow(/draw 4 of 'dropout'/);
  });
});

describe('matchers', () => {
  beforeAll(() => void expect.extend(matchers as never));
  type Asserts = { [name in keyof typeof matchers]: (...args: unknown[]) => Promise<void> };
  const check = (value: unknown) => expect(value) as unknown as Asserts & { not: Asserts };

  test('toMatchTensor shows the worst place and both values', () => {
    check(tf.tensor1d([1, 2])).toMatchTensor(tf.tensor1d([1, 2]));
    check(tf.tensor1d([1, 2.00001])).toMatchTensor(tf.tensor1d([1, 2]), { tolerance: 1e-4 });
    expect(() =>
      check(
        tf.tensor2d([
          [1, 2],
          [5, 4],
        ]),
      ).toMatchTensor(
        tf.tensor2d([
          [1, 2],
          [3, 4],
        ]),
      ),
    ).toThrow(/tensor\[1, 0\]: 3 \(expected\) ≠ 5 \(received\)/);
    expect(() => check(tf.tensor1d([1])).toMatchTensor(tf.tensor1d([1], 'int32'))).toThrow(/int32\[1\].*float32\[1\]/);
  });

  test('toHaveSameStructure and toBeEquivalentTo look at whole trees', async () => {
    const tree = (bias: number) => ({ params: { kernel: tf.ones([2]), bias: tf.scalar(bias) } });
    await check(tree(1)).toHaveSameStructure(tree(2));
    await check(tree(1)).toBeEquivalentTo(tree(1));
    await expect(check(tree(1)).toBeEquivalentTo(tree(2))).rejects.toThrow(/params\.bias/);
    await expect(check({ params: {} }).toHaveSameStructure(tree(2))).rejects.toThrow(
      /missing params\.kernel: float32\[2\]/,
    );
  });

  test('toLeakNoTensors counts, what is returned apart', async () => {
    await check(() => tf.tidy(() => tf.add(1, 2))).toLeakNoTensors();
    await expect(check(() => void tf.scalar(1)).toLeakNoTensors()).rejects.toThrow(/got 1/);
  });

  test('toChangeParams names what stays', async () => {
    const model = new nnx.Linear(2, 2, { rngs: new nnx.Rngs(0) });
    const move = (variable: nnx.Param): void => void (variable.value = tf.add(variable.value, 1));
    await check(() => [model.kernel, model.bias].forEach(move)).toChangeParams(model);
    await expect(check(() => move(model.bias)).toChangeParams(model)).rejects.toThrow(/kernel/);
  });
});

describe('transplant', () => {
  const plan = planOf({
    class: 'a.ts#A',
    sizes: [],
    fields: [],
    modules: [submodule('Dense_0', 'linear', 'layer:Dense')],
  });
  const mapping = {
    manifest: { schemaVersion: 1, classes: [plan.manifest], collections: [] },
    class: 'a.ts#A',
  } as const;
  const model = { linear: new nnx.Linear(2, 3, { rngs: new nnx.Rngs(0) }) };
  const kernel = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);

  test('writes the old weights into the new model, as tensors of its own', async () => {
    await transplant({ params: { Dense_0: { kernel } } }, { model, ...mapping });
    expect(model.linear.kernel.value.arraySync()).toEqual(kernel.arraySync());
    tf.dispose(model as never);
    expect(kernel.isDisposed).toBe(false);
  });

  test('says which weight has no place, or another shape', async () => {
    const other = { linear: new nnx.Linear(4, 3, { rngs: new nnx.Rngs(0) }) };
    await expect(transplant({ params: { Dense_0: { kernel } } }, { model: other, ...mapping })).rejects.toThrow(
      /params\.Dense_0\.kernel: expected shape \[4, 3\], got \[2, 3\]/,
    );
    await expect(transplant({ params: { Dense_9: { kernel } } }, { model: other, ...mapping })).rejects.toThrow(
      /got none/,
    );
  });
});
