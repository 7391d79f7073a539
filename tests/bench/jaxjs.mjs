// The same step in @jax-js/jax under its jit, on wasm. Images are NCHW there.
import { blockUntilReady, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { batch, parameters, sizes } from './models.mjs';

export async function start(model) {
  await init('wasm');
  const loss = losses[model];
  const { x, y } = inputs(model);
  let p = Object.fromEntries(parameters(model).map((each) => parameter(model, each)));
  const zeros = () => tree.map((a) => np.zeros(a.shape), tree.ref(p));
  let [m, v, t] = [zeros(), zeros(), np.array(0)];
  const step = jit((p, m, v, t, x, y) => {
    const [value, g] = valueAndGrad(loss)(tree.ref(p), x, y);
    const count = t.add(1);
    const [c1, c2] = [0.9, 0.999].map((b) => np.subtract(1, np.exp(count.ref.mul(Math.log(b)))));
    const next = { p: {}, m: {}, v: {} };
    for (const name of Object.keys(p)) {
      const m2 = m[name].mul(0.9).add(g[name].ref.mul(0.1));
      const v2 = v[name].mul(0.999).add(np.square(g[name]).mul(0.001));
      const rate = m2.ref.div(c1.ref).div(np.sqrt(v2.ref.div(c2.ref)).add(1e-8));
      next.p[name] = p[name].sub(rate.mul(1e-3));
      [next.m[name], next.v[name]] = [m2, v2];
    }
    return [value, next.p, next.m, next.v, count];
  });
  return async () => {
    let value;
    [value, p, m, v, t] = step(p, m, v, t, x.ref, y.ref);
    await blockUntilReady([p, m, v]);
    return value.js();
  };
}

function parameter(model, [name, shape, values]) {
  const array = np.array(values).reshape(shape);
  if (model !== 'cnn' || shape.length !== 4) return [name, array];
  return [name, np.transpose(array, [3, 2, 0, 1])];
}

function inputs(model) {
  const { x, y } = batch(model);
  const images = model === 'cnn' ? [sizes.cnn.batch, 1, 28, 28] : x.shape;
  const labels = np.array(y.values, { dtype: np.int32 });
  const given = x.dtype === 'int32' ? np.array(x.values, { dtype: np.int32 }) : np.array(x.values);
  return { x: given.reshape(images), y: nn.oneHot(labels, y.classes) };
}

function crossEntropy(logits, y) {
  return np.mean(np.sum(nn.logSoftmax(logits).mul(y), -1)).neg();
}

function norm(x, scale, bias) {
  const centred = x.ref.sub(np.mean(x, -1, { keepdims: true }));
  const variance = np.mean(np.square(centred.ref), -1, { keepdims: true });
  return centred
    .div(np.sqrt(variance.add(1e-6)))
    .mul(scale)
    .add(bias);
}

function pool(x) {
  const [count, channels, height, width] = x.shape;
  return np.max(x.reshape([count, channels, height / 2, 2, width / 2, 2]), [3, 5]);
}

function block(x, p, layer) {
  const { batch: count, length, width, heads } = sizes.transformer;
  const own = (name) => p[`l${layer}${name}`];
  const split = (a) => np.transpose(a.reshape([count, length, heads, width / heads]), [0, 2, 1, 3]);
  const h = norm(x.ref, own('scale1'), own('bias1'));
  const [q, k] = ['query', 'key'].map((name) => split(np.matmul(h.ref, own(name))));
  const v = split(np.matmul(h, own('value')));
  const scores = np.matmul(q, np.transpose(k, [0, 1, 3, 2])).mul(Math.sqrt(heads / width));
  const mixed = np.transpose(np.matmul(nn.softmax(scores), v), [0, 2, 1, 3]).reshape([count * length, width]);
  const y = x.add(np.matmul(mixed, own('project')));
  const up = nn.relu(np.matmul(norm(y.ref, own('scale2'), own('bias2')), own('up')).add(own('upBias')));
  return y.add(np.matmul(up, own('down')).add(own('downBias')));
}

const losses = {
  mlp: (p, x, y) => {
    const h = nn.relu(np.matmul(x, p.w0).add(p.b0));
    const g = nn.relu(np.matmul(h, p.w1).add(p.b1));
    return crossEntropy(np.matmul(g, p.w2).add(p.b2), y);
  },
  cnn: (p, x, y) => {
    const layer = (a, w, b) => pool(nn.relu(lax.conv(a, w, [1, 1], 'SAME').add(b.reshape([-1, 1, 1]))));
    const h = layer(layer(x, p.w0, p.b0), p.w1, p.b1);
    return crossEntropy(np.matmul(h.reshape([sizes.cnn.batch, 7 * 7 * 32]), p.w2).add(p.b2), y);
  },
  transformer: (p, x, y) => {
    const { batch: count, length, width, layers } = sizes.transformer;
    let h = np
      .take(p.embedding, x, 0)
      .add(p.position)
      .reshape([count * length, width]);
    for (let layer = 0; layer < layers; layer++) h = block(h, p, layer);
    return crossEntropy(np.matmul(h, p.out), y);
  },
};
