/** Sections 3.2 and 3.3 of the surface, as printed there. */
import { expect, test } from '@jest/globals';
import { convertSites } from './conversion.js';

const classes = `export class Block extends nn.Module {
  constructor(readonly features: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new nn.Dense(this.features).call(x);
    x = new nn.Dropout(0.5, { deterministic: !training }).call(x);
    x = tf.relu(x);
    return x;
  }
}

export class Model extends nn.Module {
  constructor(
    readonly dmid: number,
    readonly dout: number,
  ) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new Block(this.dmid).call(x, training);
    x = new nn.Dense(this.dout).call(x);
    return x;
  }
}
`;

const model = `import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

${classes}`;

const main = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import type * as nn from 'linen2nnx/linen';
import * as optax from 'linen2nnx/optax';
import { Model } from './model.js';

const model = new Model(256, 10);
const sampleX = tf.ones([1, 784]);
const variables = model.init(jax.random.key(0), [sampleX, false]);
const params = variables.params;
params.Dense_0.bias.shape; // [10]
params.Block_0.Dense_0.kernel.shape; // [784, 256]

const trainStep = jax.jit(
  (key: jax.Key, params: nn.Params, inputs: tf.Tensor, labels: tf.Tensor) => {
    const lossFn = (params: nn.Params) => {
      const logits = model.apply({ params }, [inputs, true], { rngs: { dropout: key } });
      return tf.mean(optax.softmaxCrossEntropyWithIntegerLabels(logits, labels));
    };
    const grads = jax.grad(lossFn)(params);
    return jax.tree.map((p, g) => tf.sub(p, tf.mul(0.1, g)), params, grads);
  },
);
`;

const converted = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nnx from 'linen2nnx/nnx';
import * as optax from 'linen2nnx/optax';
import { Model } from './model.js';

const model = new Model(784, 256, 10, { rngs: new nnx.Rngs(0) });
model.linear.bias.value.shape; // [10]
model.block.linear.kernel.value.shape; // [784, 256]

model.train();

const trainStep = nnx.jit((model: Model, inputs: tf.Tensor, labels: tf.Tensor) => {
  const lossFn = (model: Model) => {
    const logits = model.call(inputs);
    return tf.mean(optax.softmaxCrossEntropyWithIntegerLabels(logits, labels));
  };
  const grads = nnx.grad(lossFn)(model);
  const [, params, rest] = nnx.split(model, nnx.Param, '...');
  nnx.update(
    model,
    nnx.mergeState(
      jax.tree.map((p, g) => tf.sub(p, tf.mul(0.1, g)), params, grads),
      rest,
    ),
  );
});
`;

test('variable creation and the training step become what is printed', async () => {
  const { texts, whys } = await convertSites({ 'main.ts': main, 'model.ts': model });
  expect(whys).toEqual([]);
  expect(texts['main.ts']).toBe(converted);
});

test('calls of the step follow, in another file and in a loop', async () => {
  const loop = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import { start, trainStep } from './main.js';

let params = start;
let key = jax.random.key(1);
for (let step = 0; step < 5; step++) {
  const [next, dropoutKey] = jax.random.split(key);
  key = next;
  params = trainStep(dropoutKey, params, tf.ones([2, 784]), tf.zeros([2], 'int32'));
}
`;
  const exported = main.replace('const trainStep', 'export const start = params;\nexport const trainStep');
  const { texts, whys } = await convertSites({
    'loop.ts': loop,
    'main.ts': exported.replace('const model', 'export const model'),
    'model.ts': model,
  });
  expect(whys).toEqual([]);
  expect(texts['loop.ts']).toContain("trainStep(model, tf.ones([2, 784]), tf.zeros([2], 'int32'));");
});
