/** Second sets of a model's parameters: models of their own, or the program is left. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { classifier, convertSites, perceptron } from './conversion.js';

const folder = new URL('../../fixtures/sites/target-network/', import.meta.url);

test('a target network in a train state', async () => {
  const { texts, whys } = await convertSites({ 'linen.ts': readFileSync(new URL('linen.ts', folder), 'utf8') });
  expect(whys).toEqual([]);
  expect(texts['linen.ts']).toBe(readFileSync(new URL('nnx.ts', folder), 'utf8'));
});

const training = `import { TrainState } from 'linen2nnx/training';
`;
const state = `
class State extends TrainState { declare targetParams: nn.Params; }
`;
const made = `
const x = tf.ones([2, 784]);
let state = State.create({ applyFn: model.apply, params, targetParams: params, tx: optax.adam(1e-3) });
`;
const step = `
function trainStep(state: State, x: tf.Tensor): State {
  const target = state.applyFn({ params: state.targetParams }, [x]);
  const loss = (params: nn.Params) => tf.mean(tf.sub(state.applyFn({ params }, [x]), target));
  return state.applyGradients({ grads: jax.grad(loss)(state.params) });
}
`;
const program = `${training}${perceptron}${state}${made}${step}`;

describe('converted', () => {
  test('a soft update written out leaf by leaf', async () => {
    const { texts, whys } = await convertSites(`${program}
state = trainStep(state, x);
state = state.replace({
  targetParams: jax.tree.map((t, p) => tf.add(tf.mul(t, 0.9), tf.mul(p, 0.1)), state.targetParams, state.params),
});`);
    expect(whys).toEqual([]);
    expect(texts['main.ts']).toContain(`nnx.update(
  targetModel,
  jax.tree.map(
    (t, p) => tf.add(tf.mul(t, 0.9), tf.mul(p, 0.1)),
    nnx.state(targetModel, nnx.Param),
    nnx.state(model, nnx.Param),
  ),
);`);
  });

  test('a second init with the key of the first, and a state that a helper gives', async () => {
    const { texts, whys } =
      await convertSites(`${training}${perceptron.slice(0, perceptron.indexOf('const model'))}${state}
function createState(seed: number): State {
  const key = jax.random.key(seed);
  const model = new Model(256, 10);
  return State.create({
    applyFn: model.apply,
    params: model.init(key, [tf.ones([1, 784])]).params,
    targetParams: model.init(key, [tf.ones([1, 784])]).params,
    tx: optax.adam(1e-3),
  });
}
${step}
let state = createState(1);
state = trainStep(state, tf.ones([2, 784]));
console.log(state.applyFn({ params: state.targetParams }, [tf.ones([2, 784])]));`);
    expect(whys).toEqual([]);
    expect(texts['main.ts']).toContain(
      '  const targetModel = nnx.clone(model);\n  return { model, optimizer, targetModel };',
    );
    expect(texts['main.ts']).toContain('const { model, optimizer, targetModel } = createState(1);');
    expect(texts['main.ts']).toContain('console.log(targetModel.call(tf.ones([2, 784])));');
  });

  test('a learner that hands out its methods', async () => {
    const { texts, whys } = await convertSites({
      'learner.ts': `${training}${perceptron.slice(0, perceptron.indexOf('const model'))}${state}
export function makeLearner(seed: number) {
  const model = new Model(256, 10);
  const params = model.init(jax.random.key(seed), [tf.ones([1, 784])]).params;
  let state = State.create({ applyFn: model.apply, params, targetParams: params, tx: optax.adam(1e-3) });
  const update = jax.jit((state: State, x: tf.Tensor) => {
    const target = model.apply({ params: state.targetParams }, [x]);
    const loss = (params: nn.Params) => tf.mean(tf.sub(model.apply({ params }, [x]), target));
    return state.applyGradients({ grads: jax.grad(loss)(state.params) });
  });
  return {
    act: (x: tf.Tensor) => model.apply({ params: state.params }, [x]),
    train(x: tf.Tensor, tau: number): void {
      state = update(state, x);
      state = state.replace({ targetParams: optax.incrementalUpdate(state.params, state.targetParams, tau) });
    },
  };
}`,
      'main.ts': `import * as tf from '@tensorflow/tfjs';
import * as learning from './learner.js';

export function run(steps: number): void {
  const learner = learning.makeLearner(1);
  for (let i = 0; i < steps; i++) learner.train(tf.ones([2, 784]), 0.1);
}`,
    });
    expect(whys).toEqual([]);
    expect(texts['learner.ts']).toContain(`    train(x: tf.Tensor, tau: number): void {
      update(model, optimizer, targetModel, x);
      nnx.update(
        targetModel,
        optax.incrementalUpdate(
          nnx.state(model, nnx.Param),
          nnx.state(targetModel, nnx.Param),
          tau,
        ),
      );
    },`);
  });
});

const left: readonly (readonly [what: string, text: string, code: string])[] = [
  [
    'the old target is run after it moved',
    `const before = state.targetParams;
state = state.replace({ targetParams: optax.incrementalUpdate(state.params, state.targetParams, 0.1) });
console.log(state.applyFn({ params: before }, [x]));`,
    'L2N450',
  ],
  [
    'two sets change places',
    `state = state.replace({ params: state.targetParams, targetParams: state.params });`,
    'L2N450',
  ],
  [
    'the target takes over the parameters of before the step',
    `const old = state;
state = trainStep(state, x).replace({ targetParams: old.params });`,
    'L2N450',
  ],
  [
    'a second state shares the target of the first',
    `const other = state.replace({ targetParams: optax.incrementalUpdate(state.params, state.targetParams, 0.1) });
console.log(state.applyFn({ params: state.targetParams }, [x]), other.targetParams);`,
    'L2N450',
  ],
  [
    'a moved target is forgotten',
    `export function move(): void {
  const moved = state.replace({ targetParams: optax.incrementalUpdate(state.params, state.targetParams, 0.1) });
  console.log(moved.step);
}`,
    'L2N479',
  ],
  [
    'an average of a target and something else',
    `import { loaded } from 'somewhere';
state = state.replace({ targetParams: optax.incrementalUpdate(loaded, state.targetParams, 0.1) });`,
    'L2N451',
  ],
];

describe('left', () => {
  test.each(left)('%s', async (_, text, code) => {
    const { codes } = await convertSites(`${program}${text}`);
    expect(codes).toContain(code);
  });

  const create = (fields: string): string => `${training}${perceptron}${state}
const x = tf.ones([1, 784]);
${fields}
console.log(state.applyFn({ params: state.targetParams }, [x]));`;

  test('a target of another key', async () => {
    const { codes } = await convertSites(
      create(`const targetParams = model.init(jax.random.key(1), [x]).params;
const state = State.create({ applyFn: model.apply, params, targetParams, tx: optax.adam(1e-3) });`),
    );
    expect(codes).toContain('L2N458');
  });

  test('a second init in a loop', async () => {
    const { codes } = await convertSites(
      create(`let state = State.create({ applyFn: model.apply, params, targetParams: params, tx: optax.adam(1e-3) });
for (const seed of [1, 2]) {
  const first = model.init(jax.random.key(seed), [x]).params;
  const again = model.init(jax.random.key(seed), [x]).params;
  console.log(model.apply({ params: first }, [x]), model.apply({ params: again }, [x]));
}`),
    );
    expect(codes).toContain('L2N458');
  });

  test('a target that is older than the parameters', async () => {
    const { codes } = await convertSites(
      create(`const grads = jax.grad((params: nn.Params) => tf.mean(model.apply({ params }, [x])))(params);
const trained = jax.tree.map((p, g) => tf.sub(p, g), params, grads);
const state = State.create({ applyFn: model.apply, params: trained, targetParams: params, tx: optax.adam(1e-3) });`),
    );
    expect(codes).toContain('L2N450');
  });

  test('the parameters of another model', async () => {
    const { codes } = await convertSites(
      create(`const other = new Model(256, 10);
const targetParams = other.init(jax.random.key(1), [x]).params;
const state = State.create({ applyFn: model.apply, params, targetParams, tx: optax.adam(1e-3) });`),
    );
    expect(codes).toContain('L2N482');
  });

  test('a target that is run with the statistics of the model', async () => {
    const { codes } = await convertSites(`${training}${classifier}
const model = new Model(8, 3);
const x = tf.ones([1, 784]);
const variables = model.init(jax.random.key(0), [x, false]);
class State extends TrainState { declare batchStats: nn.Collection; declare targetParams: nn.Params; }
const state = State.create({
  applyFn: model.apply,
  params: variables.params,
  targetParams: variables.params,
  batchStats: variables.batch_stats,
  tx: optax.adam(1e-3),
});
console.log(model.apply({ params: state.targetParams, batch_stats: state.batchStats }, [x, false]));`);
    expect(codes).toContain('L2N466');
  });

  test('a method that is replaced after the record was built', async () => {
    const { codes } = await convertSites(`${program}
const learner = { train: (x: tf.Tensor) => { state = trainStep(state, x); } };
learner.train = () => {};
learner.train(x);`);
    expect(codes).toContain('L2N463');
  });
});

describe('variables that a caller may give', () => {
  const head = perceptron.slice(0, perceptron.indexOf('const model'));
  const teacher = (body: string): string => `${head}
export function makeTeacher(x: tf.Tensor, given?: nn.Variables) {
  const model = new Model(256, 10);
  ${body}
}`;

  test('go into the model that the function makes', async () => {
    const { texts, whys } = await convertSites(
      teacher(`given ??= model.init(jax.random.key(1), [x]);
  const run = jax.jit((x: tf.Tensor) => model.apply(given, [x]));
  return (x: tf.Tensor) => tf.argMax(run(x), -1);`),
    );
    expect(whys).toEqual([]);
    expect(texts['main.ts']).toContain(`export function makeTeacher(x: tf.Tensor, given?: nnx.State) {
  const model = new Model(x.shape.at(-1)!, 256, 10, { rngs: new nnx.Rngs(1) });
  if (given !== undefined) nnx.update(model, given);
  const run = nnx.jit((x: tf.Tensor) => model.call(x));
  return (x: tf.Tensor) => tf.argMax(run(x), -1);`);
  });

  test('are left where the compiled function would see them change', async () => {
    const { codes } = await convertSites(
      teacher(`given ??= model.init(jax.random.key(1), [x]);
  const run = jax.jit((x: tf.Tensor) => model.apply(given, [x]));
  let params = given.params;
  const grads = jax.grad((params: nn.Params) => tf.mean(model.apply({ params }, [x])))(params);
  params = jax.tree.map((p, g) => tf.sub(p, g), params, grads);
  return [run(x), model.apply({ params }, [x])];`),
    );
    expect(codes).toContain('L2N464');
  });

  test('are left where something else is put in their place as well', async () => {
    const { codes } = await convertSites(
      teacher(`if (x.size > 3) given = undefined;
  given ??= model.init(jax.random.key(1), [x]);
  return model.apply(given, [x]);`),
    );
    expect(codes).toContain('L2N452');
  });
});

describe('names that keep parameters', () => {
  const trained = `${perceptron}
const x = tf.ones([2, 784]);
function trainStep(params: nn.Params, x: tf.Tensor): nn.Params {
  const grads = jax.grad((params: nn.Params) => tf.mean(model.apply({ params }, [x])))(params);
  return jax.tree.map((p, g) => tf.sub(p, tf.mul(0.1, g)), params, grads);
}
`;
  const kept: readonly (readonly [what: string, text: string, lines: readonly string[]])[] = [
    [
      'a target that follows every third step',
      `let targetParams = params;
for (let i = 0; i < 9; i++) {
  params = trainStep(params, model.apply({ params: targetParams }, [x]));
  if (i % 3 === 0) targetParams = params;
}`,
      [
        'const targetModel = nnx.clone(model);',
        '  trainStep(model, targetModel.call(x));',
        '  if (i % 3 === 0) nnx.update(targetModel, nnx.state(model, nnx.Param));',
      ],
    ],
    [
      'a callback that runs later reads a snapshot',
      `const first = params;
setTimeout(() => console.log(model.apply({ params: first }, [x])), 0);
params = trainStep(params, x);`,
      ['const first = nnx.clone(model);', 'setTimeout(() => console.log(first.call(x)), 0);'],
    ],
    [
      'a function that trains a set of its own and throws it away',
      `export function tryOut(x: tf.Tensor): void {
  let own = params;
  for (let i = 0; i < 3; i++) own = trainStep(own, x);
}`,
      ['  const own = nnx.clone(model);', '  for (let i = 0; i < 3; i++) trainStep(own, x);'],
    ],
    [
      'the old parameters are put back',
      `const first = params;
params = trainStep(params, x);
console.log(model.apply({ params }, [x]));
params = first;
console.log(model.apply({ params }, [x]));`,
      ['trainStep(model, x);', 'console.log(model.call(x));', 'console.log(first.call(x));'],
    ],
  ];
  test.each(kept)('%s', async (_, text, lines) => {
    const { texts, whys } = await convertSites(`${trained}${text}`);
    expect(whys).toEqual([]);
    for (const each of lines) expect(texts['main.ts']).toContain(each);
  });

  const unkept: readonly (readonly [what: string, text: string])[] = [
    [
      'a copy in every round',
      `for (let i = 0; i < 3; i++) {
  const before = params;
  params = trainStep(params, x);
  console.log(model.apply({ params: before }, [x]));
}`,
    ],
    [
      'the best, of which there is none at first',
      `let best: nn.Params | null = null;
for (let i = 0; i < 3; i++) {
  params = trainStep(params, x);
  if (i === 1) best = params;
}
if (best !== null) console.log(model.apply({ params: best }, [x]));`,
    ],
    [
      'a training that goes on from one of two sets',
      `const first = params;
for (let i = 0; i < 3; i++) params = trainStep(i === 1 ? first : params, x);
console.log(model.apply({ params }, [x]), model.apply({ params: first }, [x]));`,
    ],
    [
      'a list of all sets',
      `const all: nn.Params[] = [];
for (let i = 0; i < 3; i++) {
  params = trainStep(params, x);
  all.push(params);
}`,
    ],
  ];
  test.each(unkept)('left: %s', async (_, text) => {
    const { codes } = await convertSites(`${trained}${text}`);
    expect(codes.length).toBeGreaterThan(0);
  });
});
