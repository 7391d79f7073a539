// Trains the Linen version, then the NNX version from the same weights and with the same dropout keys, in one process.
// Arguments: the Linen version's folder, the NNX version's folder. The last line of the output is JSON.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withObserver } from '../../dist/runtime/core/observer.js';
import * as jax from '../../dist/runtime/jax/index.js';
import * as nnx from '../../dist/runtime/nnx/index.js';
import { mapModulePath, mapVariable } from '../../dist/src/verify/mapping.js';

const [linenFolder, nnxFolder] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(join(nnxFolder, 'linen2nnx.manifest.json'), 'utf8'));
const root = 'src/model.ts#Classifier';
const load = (folder, file) => import(pathToFileURL(join(folder, 'dist', 'src', file)).href);

const counts = new Map();

console.log('Linen:');
const { variables } = await load(linenFolder, 'state.js');
const recorded = new Map();
const linen = await timed(() => withObserver({ key: record }, () => load(linenFolder, 'main.js')));

console.log('NNX:');
const { model } = await load(nnxFolder, 'state.js');
const places = new Map(Array.from(nnx.iterModules(model), ([path, module]) => [module, path]));
const transplanted = transplant();
const drawn = new Map();
const converted = await timed(() => withObserver({ key: replay }, () => load(nnxFolder, 'main.js')));

const before = linen.result.history;
const after = converted.result.history;
console.log(
  JSON.stringify({
    transplanted,
    keys: recorded.size,
    keysUsed: [...recorded.keys()].filter((name) => drawn.has(name)).length,
    keysAdded: [...drawn.keys()].filter((name) => !recorded.has(name)).length,
    steps: before.losses.length,
    equalSteps: before.losses.filter((loss, step) => Object.is(loss, after.losses[step])).length,
    linen: {
      accuracy: before.accuracies.at(-1),
      first: before.losses[0],
      last: before.losses.at(-1),
      seconds: linen.seconds,
    },
    nnx: {
      accuracy: after.accuracies.at(-1),
      first: after.losses[0],
      last: after.losses.at(-1),
      seconds: converted.seconds,
    },
  }),
);

async function timed(body) {
  const started = performance.now();
  const result = await body();
  return { result, seconds: (performance.now() - started) / 1000 };
}

/** Writes every Linen variable to the place that the manifest names; answers how many. */
function transplant() {
  const leaves = Object.entries(variables).flatMap(([collection, tree]) =>
    jax.tree.leavesWithPath(tree).map(([path, tensor]) => ({ collection, path, tensor })),
  );
  for (const { collection, path, tensor } of leaves) {
    const target = mapVariable(manifest, root, { collection, path });
    if (target === null) throw new Error(`The manifest does not know ${collection}/${path.join('/')}.`);
    const variable = target.path.reduce((node, part) => node[part], model);
    variable.value = tensor.clone();
  }
  return leaves.length;
}

function record({ path, stream, key }) {
  const place = mapModulePath(manifest, root, path).join('.');
  recorded.set(nextName(recorded, place, stream), key);
  return key;
}

function replay({ module, path, stream, key }) {
  const place = (path ?? places.get(module)).join('.');
  const name = nextName(drawn, place, stream);
  drawn.set(name, key);
  return recorded.get(name) ?? key;
}

/** The name of the next draw of a stream at a place: `block.dropout dropout 17`. */
function nextName(draws, place, stream) {
  const count = counts.get(draws)?.get(`${place} ${stream}`) ?? 0;
  const ofDraws = counts.get(draws) ?? new Map();
  counts.set(draws, ofDraws.set(`${place} ${stream}`, count + 1));
  return `${place} ${stream} ${count}`;
}
