// What nnx.jit adds to jax.jit of the same pure function, in microseconds of processor time a call, by number of variables.
// node tests/bench/nnx-overhead.mjs; LINEN2NNX_DIST names another build than dist/.
import * as tf from '@tensorflow/tfjs';

const dist = process.env.LINEN2NNX_DIST ?? new URL('../../dist/', import.meta.url).pathname;
const jax = await import(`${dist}/runtime/jax/index.js`);
const nnx = await import(`${dist}/runtime/nnx/index.js`);

const rounds = 31;
const calls = 100;

class Block extends nnx.Module {
  constructor(rngs, dropout) {
    super();
    this.linear = new nnx.Linear(4, 4, { rngs });
    this.dropout = dropout ? new nnx.Dropout(0.5, { rngs }) : null;
  }
}

class Stack extends nnx.Module {
  constructor(depth, dropout) {
    super();
    const rngs = new nnx.Rngs(0);
    this.blocks = Array.from({ length: depth }, () => new Block(rngs, dropout));
  }
}

/** Every parameter is read and set; the arithmetic is as small as it can be. */
const change = (value) => tf.add(value, 1);

function nnxCall(depth, dropout) {
  const model = new Stack(depth, dropout);
  const step = nnx.jit((model) => {
    for (const { linear, dropout } of model.blocks) {
      linear.kernel.value = change(linear.kernel.value);
      linear.bias.value = change(linear.bias.value);
      if (dropout !== null) dropout.rngs();
    }
  });
  return { variables: nnx.toFlatState(nnx.state(model)).length, call: () => void step(model) };
}

/** The same as a pure function: parameters, keys and counters in, parameters and counters out. */
function jaxCall(depth, dropout) {
  const state = nnx.toFlatState(nnx.state(new Stack(depth, dropout))).map(([, variable]) => variable);
  const keys = state.filter((variable) => variable instanceof nnx.RngKey).map(({ value }) => value);
  const counts = keys.map(() => tf.scalar(0, 'int32'));
  let params = state.filter((variable) => variable instanceof nnx.Param).map(({ value }) => tf.clone(value));
  params.push(...counts);
  const one = tf.scalar(1, 'int32');
  const step = jax.jit((params, keys) => {
    keys.forEach((key, i) => jax.random.foldIn(key, params[params.length - keys.length + i]));
    return params.map((value) => (value.dtype === 'int32' ? tf.add(value, one) : change(value)));
  });
  return {
    call: () => {
      const before = params;
      params = step(params, keys);
      for (const tensor of before) tensor.dispose();
    },
  };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

function timed({ call }) {
  const start = process.cpuUsage();
  for (let i = 0; i < calls; i++) call();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / calls;
}

await tf.ready();
console.log(
  `backend ${tf.getBackend()}, median of ${rounds} rounds of ${calls} calls, interleaved, µs of processor time a call`,
);
for (const dropout of [false, true]) {
  for (const depth of [1, 10, 50, 200]) {
    const [ours, plain] = [nnxCall(depth, dropout), jaxCall(depth, dropout)];
    for (let i = 0; i < 3; i++) [ours, plain].forEach(timed);
    const pairs = Array.from({ length: rounds }, () => [timed(ours), timed(plain)]);
    const [a, b] = [0, 1].map((side) => median(pairs.map((pair) => pair[side])));
    const added = median(pairs.map(([x, y]) => x - y));
    const allowed = 50 + 0.5 * ours.variables;
    console.log(
      `${dropout ? 'with' : 'without'} streams, ${String(ours.variables).padStart(4)} variables: nnx.jit ${a.toFixed(0).padStart(6)}  ` +
        `jax.jit ${b.toFixed(0).padStart(6)}  added ${added.toFixed(0).padStart(5)}  allowed ${allowed.toFixed(0)}`,
    );
  }
}
