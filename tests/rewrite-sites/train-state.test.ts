/** Train states: the model and its optimizer take their place, or the program is left. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { classifier, convertSites, perceptron } from './conversion.js';

const folder = new URL('../../fixtures/sites/train-state/', import.meta.url);

test('a state with statistics and a key, made in a helper and trained by epochs', async () => {
  const { texts, whys } = await convertSites({ 'linen.ts': readFileSync(new URL('linen.ts', folder), 'utf8') });
  expect(whys).toEqual([]);
  expect(texts['linen.ts']).toBe(readFileSync(new URL('nnx.ts', folder), 'utf8'));
});

const training = `import { TrainState } from 'linen2nnx/training';
`;
const made = `
const x = tf.randomNormal([2, 784]);
let state = TrainState.create({ applyFn: model.apply, params, tx: optax.adam(1e-3) });
`;
const step = `
function trainStep(state: TrainState, x: tf.Tensor): TrainState {
  const grads = jax.grad((params: nn.Params) => tf.mean(state.applyFn({ params }, [x])))(state.params);
  return state.applyGradients({ grads });
}
`;

describe('converted', () => {
  test('the state of a step that nothing calls', async () => {
    const { texts, whys } = await convertSites(`${training}${perceptron}
export const start = TrainState.create({ applyFn: model.apply, params, tx: optax.adam(1e-3) });
export ${step.trim()}`);
    expect(whys).toEqual([]);
    expect(texts['main.ts']).toContain(
      'export const optimizer = new nnx.Optimizer(model, optax.adam(1e-3), { wrt: nnx.Param });',
    );
    expect(texts['main.ts'])
      .toContain(`export function trainStep(model: Model, optimizer: nnx.Optimizer, x: tf.Tensor): void {
  const grads = nnx.grad((model: Model) => tf.mean(model.call(x)))(model);
  optimizer.update(model, grads);
}`);
    expect(texts['main.ts']).not.toContain('TrainState');
  });

  test('a compiled step that gives its old state away', async () => {
    const { texts, whys } = await convertSites(`${training}${perceptron}${made}${step}
const compiled = jax.jit(trainStep, { donateArgnums: 0 });
const run = jax.jit(
  (state: TrainState, x: tf.Tensor) => trainStep(state, x),
  { donateArgnums: [0] },
);
state = compiled(state, x);
state = run(state, x);`);
    expect(whys).toEqual([]);
    expect(texts['main.ts']).toContain('const compiled = nnx.jit(trainStep);');
    expect(texts['main.ts']).not.toContain('donate');
  });

  test('whole variables as the parameters of a model that has no others', async () => {
    const { texts, whys } = await convertSites(`${training}${perceptron.replace('variables.params', 'variables')}${made}
function trainStep(state: TrainState<typeof model.apply, nn.Variables>, x: tf.Tensor) {
  const [loss, grads] = jax.valueAndGrad((params: nn.Variables) => tf.mean(model.apply(params, [x])))(state.params);
  return [loss, state.applyGradients({ grads })] as const;
}
const [loss, next] = trainStep(state, x);
state = next;
console.log(loss, model.apply(state.params, [x]));`);
    expect(whys).toEqual([]);
    expect(texts['main.ts']).toContain('const loss = trainStep(model, optimizer, x);');
    expect(texts['main.ts']).toContain('console.log(loss, model.call(x));');
  });
});

describe('converted, where a model is the caller’s or made in a helper', () => {
  const helper = (text: string): string => `${training}${perceptron.slice(0, perceptron.indexOf('const model'))}
function createState(model: Model, params: nn.Params): TrainState {
  return TrainState.create({ applyFn: model.apply, params, tx: optax.adam(1e-3) });
}
${step.trim()}
${text}`;

  test('a state made for a model that the caller has is the optimizer', async () => {
    const { texts, whys } = await convertSites(
      helper(`const model = new Model(256, 10);
const { params } = model.init(jax.random.key(0), [tf.ones([1, 784])]);
let state = createState(model, params);
for (let i = 0; i < 3; i++) state = trainStep(state, tf.ones([2, 784]));
console.log(state.step);`),
    );
    expect(whys).toEqual([]);
    expect(texts['main.ts']).toContain(`function createState(model: Model): nnx.Optimizer {
  return new nnx.Optimizer(model, optax.adam(1e-3), { wrt: nnx.Param });
}`);
    expect(texts['main.ts']).toContain('const optimizer = createState(model);');
    expect(texts['main.ts']).toContain('trainStep(model, optimizer, tf.ones([2, 784]));');
    expect(texts['main.ts']).toContain('console.log(optimizer.step.value);');
  });

  test('a program in a function, its model made by another', async () => {
    const { whys } = await convertSites(`${training}${perceptron.slice(0, perceptron.indexOf('const model'))}
function createState(): TrainState {
  const model = new Model(256, 10);
  const params = model.init(jax.random.key(0), [tf.ones([1, 784])]).params;
  return TrainState.create({ applyFn: model.apply, params, tx: optax.adam(1e-3) });
}
${step.trim()}
export function main(): void {
  let state = createState();
  for (let i = 0; i < 3; i++) state = trainStep(state, tf.ones([2, 784]));
}`);
    expect(whys).toEqual([]);
  });
});

const left: readonly (readonly [what: string, text: string, code: string])[] = [
  [
    'the old state is run after the step',
    `const next = trainStep(state, x);
console.log(state.applyFn({ params: state.params }, [x]), next.params);`,
    'L2N450',
  ],
  [
    'the step of the old state is read after the update',
    `const next = trainStep(state, x);
console.log(state.step, next.step);`,
    'L2N450',
  ],
  [
    'the best state is kept through a loop',
    `let best = state;
for (let i = 0; i < 9; i++) {
  state = trainStep(state, x);
  if (i === 4) best = state;
}
console.log(best.applyFn({ params: best.params }, [x]));`,
    'L2N450',
  ],
  [
    'a state is kept in a list',
    `const kept: TrainState[] = [];
kept.push(state);
state = trainStep(state, x);`,
    'L2N452',
  ],
  [
    'a state goes to a function that is not seen',
    `import { save } from 'somewhere';
save(state);`,
    'L2N452',
  ],
  [
    'the step is set back',
    `state = state.replace({ step: tf.scalar(0, 'int32') });
state = trainStep(state, x);`,
    'L2N480',
  ],
  [
    'the transformation is changed',
    `state = state.replace({ tx: optax.sgd(0.1) });
state = trainStep(state, x);`,
    'L2N480',
  ],
  [
    'a state of the same model for a second optimizer',
    `const other = TrainState.create({ applyFn: model.apply, params, tx: optax.sgd(0.1) });
console.log(other.step, state.step);`,
    'L2N470',
  ],
  [
    'a step whose result a callback reads later',
    `const first = state;
setTimeout(() => console.log(first.applyFn({ params: first.params }, [x])), 0);
state = trainStep(state, x);`,
    'L2N450',
  ],
  [
    'an update in a branch beside the old state',
    `const next = x.size > 3 ? trainStep(state, x) : state;
console.log(state.step, next.step);`,
    'L2N450',
  ],
  [
    'the state is compiled into a function',
    `const run = jax.jit((x: tf.Tensor) => state.applyFn({ params: state.params }, [x]));
state = trainStep(state, x);
console.log(run(x));`,
    'L2N464',
  ],
  [
    'a compiled step that gives its batch away',
    `const run = jax.jit((state: TrainState, x: tf.Tensor) => trainStep(state, x), { donateArgnums: [0, 1] });
state = run(state, x);`,
    'L2N474',
  ],
  ['a step of the result of a step', `state = trainStep(trainStep(state, x), x);`, 'L2N477'],
  ['the step of the result of a step', `console.log(trainStep(state, x).step);`, 'L2N477'],
  [
    'a field that is spread',
    `const fields = { grads: state.params };
state = state.applyGradients({ ...fields });`,
    'L2N480',
  ],
  ['gradients of something else', `state = state.applyGradients({ grads: {} });`, 'L2N483'],
];

describe('left', () => {
  test.each(left)('%s', async (_, text, code) => {
    const { codes, whys } = await convertSites(`${training}${perceptron}${made}${step}${text}`);
    expect(whys.join('\n')).toContain(code);
    expect(codes).toContain(code);
  });

  test('a class that updates in its own way', async () => {
    const { codes } = await convertSites(`${training}${perceptron}
class State extends TrainState {
  override applyGradients(fields: { grads: nn.Params }): this {
    return super.applyGradients({ grads: jax.tree.map((g) => tf.neg(g), fields.grads) });
  }
}
const x = tf.ones([2, 784]);
let state = State.create({ applyFn: model.apply, params, tx: optax.adam(1e-3) });
const grads = jax.grad((params: nn.Params) => tf.mean(model.apply({ params }, [x])))(state.params);
state = state.applyGradients({ grads });
console.log(model.apply({ params: state.params }, [x]));`);
    expect(codes).toContain('L2N456');
  });

  test('parameters of another model', async () => {
    const { codes } = await convertSites(`${training}${perceptron}
const other = new Model(256, 10);
const state = TrainState.create({ applyFn: other.apply, params, tx: optax.adam(1e-3) });
console.log(state.step);`);
    expect(codes).toContain('L2N481');
  });

  test('an exported step that throws its update away', async () => {
    const { codes } = await convertSites(`${training}${perceptron}${made}
export function probe(state: TrainState, x: tf.Tensor): tf.Tensor {
  const grads = jax.grad((params: nn.Params) => tf.mean(state.applyFn({ params }, [x])))(state.params);
  const next = state.applyGradients({ grads });
  return next.applyFn({ params: next.params }, [x]);
}`);
    expect(codes).toContain('L2N479');
  });

  test('statistics of a call that nobody keeps', async () => {
    const { codes } = await convertSites(`${classifier}
const model = new Model(256, 10);
const variables = model.init(jax.random.key(0), [tf.ones([1, 784]), false]);
export function probe(x: tf.Tensor): tf.Tensor {
  const [y] = model.apply(variables, [x, true], { rngs: { dropout: jax.random.key(1) }, mutable: ['batch_stats'] });
  return y;
}`);
    expect(codes).toContain('L2N479');
  });
});
