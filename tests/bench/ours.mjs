// A training step under our jit: loss, gradients, Adam.
import * as tf from '@tensorflow/tfjs';
import { losses, parameters, tensors } from './models.mjs';

const dist = process.env.LINEN2NNX_DIST ?? new URL('../../dist/', import.meta.url).pathname;
const jax = await import(`${dist}/runtime/jax/index.js`);
const optax = await import(`${dist}/runtime/optax/index.js`);

/** Answers a function that runs one step and gives the loss; with `eager`, operation by operation. */
export async function start(model, { eager = false } = {}) {
  await tf.ready();
  const loss = losses(tf)[model];
  const tx = optax.adam(1e-3);
  const update = (p, state, x, y) => {
    const [value, grads] = jax.valueAndGrad(loss)(p, x, y);
    const [updates, next] = tx.update(grads, state, p);
    return { value, p: optax.applyUpdates(p, updates), state: next };
  };
  const run = eager ? update : jax.jit(update);
  const { x, y } = tensors(tf, model);
  let p = Object.fromEntries(parameters(model).map(([name, shape, values]) => [name, tf.tensor(values, shape)]));
  let state = tx.init(p);
  return () => {
    const before = [p, state];
    let next;
    tf.tidy(() => {
      next = run(p, state, x, y);
      return jax.tree.leaves(next).filter((leaf) => leaf instanceof tf.Tensor);
    });
    ({ p, state } = next);
    for (const tensor of jax.tree.leaves(before)) if (tensor instanceof tf.Tensor) tensor.dispose();
    const value = next.value.dataSync()[0];
    next.value.dispose();
    return value;
  };
}

/** Billions of multiplications and additions a second of one 512 × 512 product, the kernel alone. */
export function peak() {
  const [a, b] = [tf.randomNormal([512, 512]), tf.randomNormal([512, 512])];
  const times = Array.from({ length: 40 }, () => {
    const from = process.cpuUsage();
    for (let i = 0; i < 4; i++) tf.matMul(a, b).dispose();
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 4000;
  });
  tf.dispose([a, b]);
  return (2 * 512 ** 3) / times.slice(10).sort((x, y) => x - y)[15] / 1e6;
}

/** Gradients of a small net for each of 64 examples: one by one, and mapped and compiled. */
export function perExample() {
  const w = { a: tf.randomNormal([32, 64]), b: tf.randomNormal([64, 10]) };
  const [xs, ys] = [tf.randomNormal([64, 32]), tf.randomNormal([64, 10])];
  const loss = (p, x, y) => {
    const h = tf.tanh(tf.matMul(tf.reshape(x, [1, 32]), p.a));
    return tf.mean(tf.square(tf.sub(tf.matMul(h, p.b), tf.reshape(y, [1, 10]))));
  };
  const one = jax.grad(loss);
  const rows = [xs, ys].map((t) => tf.unstack(t));
  const all = jax.jit(jax.vmap(one, { inAxes: [null, 0, 0] }));
  return {
    loop: () => {
      for (let i = 0; i < 64; i++) tf.dispose(one(w, rows[0][i], rows[1][i]));
    },
    mapped: () => tf.dispose(all(w, xs, ys)),
  };
}
