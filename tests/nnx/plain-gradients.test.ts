import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nnx from 'linen2nnx/nnx';
import { modelSafe } from './model-safe.js';

class Net extends nnx.Module {
  readonly linear: nnx.Linear;
  readonly norm: nnx.BatchNorm;

  constructor(rngs: nnx.Rngs) {
    super();
    this.linear = new nnx.Linear(2, 3, { rngs });
    this.norm = new nnx.BatchNorm(3, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    return this.norm.call(this.linear.call(x));
  }
}

const x = () =>
  tf.tensor2d([
    [1, 2],
    [3, 5],
  ]);
const loss = (model: Net) => tf.sum(tf.square(model.call(x())));
const tangents = (model: Net) => jax.tree.map((leaf: tf.Tensor) => tf.onesLike(leaf), model);

// JAX's transforms copy the module: the statistics that BatchNorm sets in the copy would be lost.
const plain: { readonly [who: string]: (model: Net) => unknown } = {
  'jax.grad': (model) => jax.grad(loss)(model),
  'jax.valueAndGrad': (model) => jax.valueAndGrad(loss)(model),
  'jax.vjp': (model) => jax.vjp(loss, model),
  'jax.jvp': (model) => jax.jvp(loss, [model], [tangents(model)]),
  'jax.linearize': (model) => jax.linearize(loss, model),
  'jax.jacrev': (model) => jax.jacrev(loss)(model),
  'jax.jacfwd': (model) => jax.jacfwd(loss)(model),
  'jax.checkpoint': (model) => jax.grad((y: tf.Tensor) => tf.mul(y, jax.checkpoint(loss)(model)))(tf.scalar(2)),
};

test.each(Object.entries(plain))('%s refuses a module whose variables change', (who, run) => {
  modelSafe((own) => {
    const model = own(new Net(new nnx.Rngs(0)));
    const twin = { 'jax.checkpoint': 'nnx.remat', 'jax.linearize': 'nnx.jvp' }[who];
    const message = new RegExp(
      `^${who.replace('.', '\\.')} at args\\[0\\]\\.norm\\.mean\\.value: expected a function that leaves its arguments ` +
        `as they are, .*\\nThe change would be lost\\..*\`${twin ?? (/jac/.test(who) ? 'nnx.grad' : who.replace('jax', 'nnx'))}\``,
    );
    expect(() => run(model)).toThrow(message);
    expect([...model.norm.mean.value.dataSync()]).toEqual([0, 0, 0]);
    expect([...model.call(x()).shape]).toEqual([2, 3]);
  });
});

test('a change that is returned is kept; a module that stays as it is may be differentiated', () => {
  modelSafe((own) => {
    const model = own(new Net(new nnx.Rngs(0)));
    const [, changed] = jax.grad((copy: Net) => [loss(copy), copy] as const, { hasAux: true })(model);
    expect([...changed.norm.mean.value.dataSync()]).not.toEqual([0, 0, 0]);
    const still = nnx.view(model, { useRunningAverage: true });
    const grads = jax.grad(loss)(still);
    expect(grads.linear.kernel.shape).toEqual([2, 3]);
    expect([...model.norm.mean.value.dataSync()]).toEqual([0, 0, 0]);
  });
});

test('a module that is passed beside what is differentiated keeps its state', () => {
  modelSafe((own) => {
    const model = own(new Net(new nnx.Rngs(0)));
    jax.grad((scale: tf.Tensor, same: Net) => tf.mul(scale, loss(same)))(tf.scalar(1), model);
    expect([...model.norm.mean.value.dataSync()]).not.toEqual([0, 0, 0]);
  });
});
