// The three models of the benchmark over TensorFlow.js: parameters as a tree of tensors, and the loss of a batch.

/** Numbers that are the same in every process. */
export function numbers(count, seed, scale = 1) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return Float32Array.from(
    { length: count },
    () => scale * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  );
}

/** Integers below `limit`. */
export function integers(count, seed, limit) {
  return Int32Array.from(numbers(count, seed), (x) => Math.floor((Math.abs(x) * 1000) % limit));
}

const product = (shape) => shape.reduce((all, size) => all * size, 1);

/** Sizes of the models. */
export const sizes = {
  mlp: { batch: 128, classes: 10 },
  cnn: { batch: 32, classes: 10 },
  transformer: { batch: 8, length: 64, width: 128, heads: 4, layers: 4, vocabulary: 256 },
};

/** Shapes of the parameters by name. */
export const shapes = {
  mlp: {
    w0: [784, 512],
    b0: [512],
    w1: [512, 512],
    b1: [512],
    w2: [512, 10],
    b2: [10],
  },
  cnn: {
    w0: [3, 3, 1, 16],
    b0: [16],
    w1: [3, 3, 16, 32],
    b1: [32],
    w2: [7 * 7 * 32, 10],
    b2: [10],
  },
  transformer: transformerShapes(),
};

function transformerShapes() {
  const { width, length, layers, vocabulary } = sizes.transformer;
  const all = { embedding: [vocabulary, width], position: [length, width], out: [width, vocabulary] };
  for (let layer = 0; layer < layers; layer++) {
    const own = {
      query: [width, width],
      key: [width, width],
      value: [width, width],
      project: [width, width],
      up: [width, 4 * width],
      upBias: [4 * width],
      down: [4 * width, width],
      downBias: [width],
      scale1: [width],
      bias1: [width],
      scale2: [width],
      bias2: [width],
    };
    for (const [name, shape] of Object.entries(own)) all[`l${layer}${name}`] = shape;
  }
  return all;
}

/** First values of the parameters, by name. */
export function parameters(model) {
  return Object.entries(shapes[model]).map(([name, shape], i) => {
    const size = product(shape);
    const fan = shape.length > 1 ? product(shape.slice(0, -1)) : 1;
    if (shape.length > 1) return [name, shape, numbers(size, i + 1, 1 / Math.sqrt(fan))];
    return [name, shape, new Float32Array(size).fill(name.includes('scale') ? 1 : 0)];
  });
}

/** One batch: values and shapes of inputs and labels. */
export function batch(model) {
  const { batch: count, classes, length, vocabulary } = sizes[model];
  if (model === 'transformer') {
    return {
      x: { shape: [count, length], values: integers(count * length, 91, vocabulary), dtype: 'int32' },
      y: { shape: [count * length], values: integers(count * length, 92, vocabulary), classes: vocabulary },
    };
  }
  const shape = model === 'mlp' ? [count, 784] : [count, 28, 28, 1];
  return {
    x: { shape, values: numbers(product(shape), 91), dtype: 'float32' },
    y: { shape: [count], values: integers(count, 92, classes), classes },
  };
}

/** Multiplications and additions of the matrix products and convolutions of one step (forward and backward). */
export function flops(model) {
  if (model === 'mlp') return 6 * 128 * (784 * 512 + 512 * 512 + 512 * 10);
  if (model === 'cnn') return 6 * 32 * (28 * 28 * 9 * 16 + 14 * 14 * 9 * 16 * 32 + 7 * 7 * 32 * 10);
  const { batch: count, length, width, layers, vocabulary } = sizes.transformer;
  const tokens = count * length;
  const perLayer = tokens * width * width * 12 + 2 * tokens * length * width;
  return 6 * (layers * perLayer + tokens * width * vocabulary);
}

/**
 * The loss of a model over TensorFlow.js. `y` is one-hot. Stock wasm has no gradient of `tf.gather`: with `oneHot` the
 * transformer multiplies by a matrix of zeros and ones instead.
 */
export function losses(tf, { oneHot = false } = {}) {
  const crossEntropy = (logits, y) => tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), y), -1)));
  const norm = (x, scale, bias) => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-6))), scale), bias);
  };
  const { batch: count, length, width, heads, layers, vocabulary } = sizes.transformer;
  const split = (x) => tf.transpose(tf.reshape(x, [count, length, heads, width / heads]), [0, 2, 1, 3]);
  const block = (x, p, layer) => {
    const own = (name) => p[`l${layer}${name}`];
    const h = norm(x, own('scale1'), own('bias1'));
    const [q, k, v] = ['query', 'key', 'value'].map((name) => split(tf.matMul(h, own(name))));
    const weights = tf.softmax(tf.mul(tf.matMul(q, k, false, true), Math.sqrt(heads / width)));
    const mixed = tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [count * length, width]);
    const y = tf.add(x, tf.matMul(mixed, own('project')));
    const m = norm(y, own('scale2'), own('bias2'));
    const up = tf.relu(tf.add(tf.matMul(m, own('up')), own('upBias')));
    return tf.add(y, tf.add(tf.matMul(up, own('down')), own('downBias')));
  };
  return {
    mlp: (p, x, y) => {
      const h = tf.relu(tf.add(tf.matMul(x, p.w0), p.b0));
      const g = tf.relu(tf.add(tf.matMul(h, p.w1), p.b1));
      return crossEntropy(tf.add(tf.matMul(g, p.w2), p.b2), y);
    },
    cnn: (p, x, y) => {
      const h = tf.maxPool(tf.relu(tf.add(tf.conv2d(x, p.w0, 1, 'same'), p.b0)), 2, 2, 'valid');
      const g = tf.maxPool(tf.relu(tf.add(tf.conv2d(h, p.w1, 1, 'same'), p.b1)), 2, 2, 'valid');
      return crossEntropy(tf.add(tf.matMul(tf.reshape(g, [32, 7 * 7 * 32]), p.w2), p.b2), y);
    },
    transformer: (p, x, y) => {
      const rows = oneHot
        ? tf.reshape(tf.matMul(tf.cast(tf.oneHot(tf.reshape(x, [-1]), vocabulary), 'float32'), p.embedding), [
            count,
            length,
            width,
          ])
        : tf.gather(p.embedding, x);
      let h = tf.reshape(tf.add(rows, p.position), [count * length, width]);
      for (let layer = 0; layer < layers; layer++) h = block(h, p, layer);
      return crossEntropy(tf.matMul(h, p.out), y);
    },
  };
}

/** The batch as tensors, labels one-hot. */
export function tensors(tf, model) {
  const { x, y } = batch(model);
  return {
    x: tf.tensor(x.values, x.shape, x.dtype),
    y: tf.cast(tf.oneHot(tf.tensor1d(y.values, 'int32'), y.classes), 'float32'),
  };
}
