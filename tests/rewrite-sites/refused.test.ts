/** Programs whose state does not flow in a straight line: each is left, for the right reason. */
import { describe, expect, test } from '@jest/globals';
import { classifier, convertSites, perceptron } from './conversion.js';

const step = `
function loss(params: nn.Params, x: tf.Tensor): tf.Tensor {
  return tf.mean(model.apply({ params }, [x]));
}
function trainStep(params: nn.Params, x: tf.Tensor): nn.Params {
  const grads = jax.grad((params: nn.Params) => loss(params, x))(params);
  return jax.tree.map((p, g) => tf.sub(p, tf.mul(0.1, g)), params, grads);
}
`;
const batch = 'const x = tf.randomNormal([2, 784]);\n';

const cases: readonly (readonly [what: string, text: string, code: string])[] = [
  [
    'a compiled function whose options count its arguments',
    `${perceptron}${batch}
const run = jax.jit((params: nn.Params, scale: number, x: tf.Tensor) => tf.mul(model.apply({ params }, [x]), scale), {
  staticArgnums: 1,
});
console.log(run(params, 2, x));`,
    'L2N474',
  ],
  [
    'an argument that would go frees a tensor',
    `${perceptron}${batch}
const freed = (t: tf.Tensor) => { t.dispose(); return jax.random.key(1); };
const spare = tf.ones([1]);
console.log(model.apply({ params }, [x], { rngs: { dropout: freed(spare) } }));`,
    'L2N477',
  ],
  [
    'a comment inside an argument that goes',
    `${perceptron}${batch}
console.log(model.apply({ params /* the trained ones */ }, [x]));`,
    'L2N478',
  ],
  [
    'the old parameters are read after the update',
    `${perceptron}${batch}${step}
const next = trainStep(params, x);
const before = model.apply({ params }, [x]);
const after = model.apply({ params: next }, [x]);
console.log(before, after);`,
    'L2N450',
  ],
  [
    'a step whose result is thrown away',
    `${perceptron}${batch}${step}
trainStep(params, x);
console.log(model.apply({ params }, [x]));`,
    'L2N450',
  ],
  [
    'two sets of parameters of one model',
    `${perceptron}${batch}
const other = model.init(jax.random.key(1), [tf.ones([1, 784])]);
console.log(model.apply({ params }, [x]), model.apply(other, [x]));`,
    'L2N458',
  ],
  [
    'parameters go to a function that is not seen',
    `import { upload } from 'somewhere';
${perceptron}${batch}
upload(params);
console.log(model.apply({ params }, [x]));`,
    'L2N452',
  ],
  [
    'parameters are kept in an object',
    `${perceptron}${batch}
const kept: { params?: nn.Params } = {};
kept.params = params;
console.log(model.apply({ params }, [x]), kept);`,
    'L2N451',
  ],
  [
    'an average of the parameters',
    `${perceptron}${batch}${step}
let average = params;
for (let i = 0; i < 10; i++) {
  params = trainStep(params, x);
  average = jax.tree.map((a, p) => tf.add(tf.mul(0.9, a), tf.mul(0.1, p)), average, params);
}
console.log(model.apply({ params: average }, [x]));`,
    'L2N451',
  ],
  [
    'the mode comes as a value',
    `${classifier}
const model = new Model(256, 10);
const variables = model.init(jax.random.key(0), [tf.ones([1, 784]), false]);
export function forward(x: tf.Tensor, training: boolean): tf.Tensor {
  return model.apply(variables, [x, training]);
}`,
    'L2N468',
  ],
  [
    'statistics of a call are thrown away',
    `${classifier}
const model = new Model(256, 10);
const variables = model.init(jax.random.key(0), [tf.ones([1, 784]), false]);
const x = tf.randomNormal([2, 784]);
const [y] = model.apply(variables, [x, true], { rngs: { dropout: jax.random.key(1) }, mutable: ['batch_stats'] });
console.log(y, model.apply(variables, [x, false]));`,
    'L2N450',
  ],
  [
    'statistics are missing',
    `${classifier}
const model = new Model(256, 10);
const variables = model.init(jax.random.key(0), [tf.ones([1, 784]), false]);
console.log(model.apply({ params: variables.params }, [tf.ones([1, 784]), false]));`,
    'L2N467',
  ],
  [
    'init in a loop around one model',
    `${classifier}
const model = new Model(256, 10);
for (let seed = 0; seed < 3; seed++) {
  const variables = model.init(jax.random.key(seed), [tf.ones([1, 784]), false]);
  console.log(model.apply(variables, [tf.ones([1, 784]), false]));
}`,
    'L2N458',
  ],
  [
    'a compiled function that keeps the parameters of its first call',
    `${perceptron}${batch}${step}
const predict = jax.jit((x: tf.Tensor) => model.apply({ params }, [x]));
params = trainStep(params, x);
console.log(predict(x));`,
    'L2N464',
  ],
  [
    'an update that may not happen, and then the old is read',
    `${perceptron}${batch}${step}
let next = params;
if (x.size > 3) next = trainStep(params, x);
console.log(model.apply({ params }, [x]), model.apply({ params: next }, [x]));`,
    'L2N450',
  ],
  [
    'an update inside a try, read in the handler',
    `${perceptron}${batch}${step}
try {
  params = trainStep(params, x);
  console.log('done');
} catch {
  console.log(model.apply({ params }, [x]));
}`,
    'L2N450',
  ],
  [
    'two optimizers over one model',
    `${perceptron}${batch}
const slow = optax.sgd(0.1);
const fast = optax.adam(0.1);
const a = slow.init(params);
const b = fast.init(params);
console.log(a, b);`,
    'L2N470',
  ],
  [
    'a tensor of a variable is kept across an update',
    `${perceptron}${batch}${step}
const before = params.Dense_0.kernel;
params = trainStep(params, x);
console.log(tf.sub(before, params.Dense_0.kernel));`,
    'L2N450',
  ],
  [
    'a tensor of a variable goes into a list',
    `${perceptron}${batch}${step}
const history: tf.Tensor[] = [];
history.push(params.Dense_0.kernel);
params = trainStep(params, x);
console.log(history);`,
    'L2N452',
  ],
  [
    'another model made of the same class gets the parameters',
    `${perceptron}${batch}
const twin = new Model(256, 10);
console.log(twin.apply({ params }, [x]));`,
    'L2N466',
  ],
];

describe('left', () => {
  test.each(cases)('%s', async (_, text, code) => {
    const { codes, whys } = await convertSites(text);
    expect(whys.join('\n')).toContain(code);
    expect(codes).toContain(code);
  });
});
