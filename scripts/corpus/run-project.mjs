// Runs the cases and functions of one project and writes a line of JSON for each.
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import 'linen2nnx/linen';
import { callableFunctions } from './callable.mjs';

const [path, backend, steps] = process.argv.slice(2);
console.log = console.info = console.warn = () => undefined;
if (!(await tf.setBackend(backend))) throw new Error(`The backend ${backend} does not start.`);
const program = await import(pathToFileURL(path).href);

for (const each of program.cases ?? []) await report('case', each.name, () => runCase(each));
for (const [name, count] of callableFunctions(path)) {
  await report('function', name, () => program[name](...Array(count).fill(Number(steps))));
}

/** Initialises and applies a model. */
function runCase({ make, init, input, options }) {
  const variables = init();
  return make().apply(variables, input(), options?.() ?? {});
}

/** Runs a body twice; the second run must leave no tensor behind. */
async function report(kind, name, body) {
  const started = performance.now();
  let error = null;
  let leak = 0;
  try {
    await scoped(body);
    const before = tf.memory().numTensors;
    await scoped(body);
    leak = tf.memory().numTensors - before;
    if (leak !== 0) error = `${leak} tensors are left after a run.`;
  } catch (thrown) {
    error = thrown instanceof Error ? shortStack(thrown) : String(thrown);
  }
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`${JSON.stringify({ kind, name, error, leak, seconds })}\n`);
}

/** As `tf.tidy`, for functions that may be asynchronous; the result must be finite. */
async function scoped(body) {
  tf.engine().startScope('corpus');
  try {
    requireFinite(await body(), []);
  } finally {
    tf.engine().endScope();
  }
}

function requireFinite(value, path) {
  if (value instanceof tf.Tensor) {
    if (value.dtype === 'float32' && !value.dataSync().every(Number.isFinite)) {
      throw new Error(`The output at ${path.join('.') || 'the root'} is not finite.`);
    }
  } else if (typeof value === 'number') {
    if (Number.isNaN(value)) throw new Error(`The output at ${path.join('.') || 'the root'} is NaN.`);
  } else if (Array.isArray(value) || Object.getPrototypeOf(value ?? 0) === Object.prototype) {
    for (const [name, each] of Object.entries(value)) requireFinite(each, [...path, name]);
  }
}

function shortStack({ message, stack = '' }) {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line) && !line.includes('node_modules'));
  return [message, ...frames.slice(0, 6)].join('\n');
}
