// Runs the converted training from the weights of the Linen version and with its keys, carried over by the manifest.
// Arguments: the project, the record of the Linen version. The last line of the output is JSON.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { withObserver } from '../../dist/runtime/core/observer.js';
import * as jax from '../../dist/runtime/jax/index.js';
import * as nnx from '../../dist/runtime/nnx/index.js';
import { mapModulePath, mapVariable } from '../../dist/src/verify/mapping.js';
import { drawNames, load, timed } from './training.mjs';

const [project, source] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(join(project, 'linen2nnx.manifest.json'), 'utf8'));
const linen = JSON.parse(readFileSync(source, 'utf8'));
const { model } = await load(project, 'state.js');
const rootClass = `src/model.ts#${model.constructor.name}`;

for (const { collection, path, shape, values } of linen.leaves) {
  const target = mapVariable(manifest, rootClass, { collection, path });
  if (target === null) throw new Error(`The manifest does not know ${collection}/${path.join('/')}.`);
  const variable = target.path.reduce((node, part) => node[part], model);
  variable.value = tf.tensor(values, shape, 'float32');
}

const recorded = new Map(Object.entries(linen.keys).map(([name, words]) => [inNewNames(name), words]));
const places = new Map(Array.from(nnx.iterModules(model), ([path, module]) => [module, path]));
const drawn = [];
const nameOf = drawNames();
const observer = {
  key({ module, path, stream, key }) {
    const name = nameOf((path ?? places.get(module)).join('.'), stream);
    drawn.push(name);
    const words = recorded.get(name);
    return words === undefined ? key : jax.random.wrapKeyData(words);
  },
};
const { result, seconds } = await timed(() => withObserver(observer, () => load(project, 'main.js')));

const { losses, accuracies } = result.history;
const facts = {
  variables: linen.leaves.length,
  keys: recorded.size,
  keysReplayed: drawn.filter((name) => recorded.has(name)).length,
  keysDrawn: drawn.length,
  steps: Math.max(losses.length, linen.history.losses.length),
  equalSteps: losses.filter((loss, step) => Object.is(loss, linen.history.losses[step])).length,
  accuracies: [linen.history.accuracies.at(-1), accuracies.at(-1)],
  seconds: [linen.seconds, seconds],
};
console.log(JSON.stringify(facts));

/** `Block_0.Dropout_0 dropout 17` → `block.dropout dropout 17`. */
function inNewNames(name) {
  const [place, ...rest] = name.split(' ');
  return [mapModulePath(manifest, rootClass, place.split('.')).join('.'), ...rest].join(' ');
}
