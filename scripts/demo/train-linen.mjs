// Runs the project's training in the Linen style and records what it started from, the keys it drew and how it learned.
// Arguments: the project, the file to write.
import { writeFileSync } from 'node:fs';
import { withObserver } from '../../dist/runtime/core/observer.js';
import * as jax from '../../dist/runtime/jax/index.js';
import { drawNames, load, timed } from './training.mjs';

const [project, target] = process.argv.slice(2);
const { variables: apart, initial } = await load(project, 'state.js');
const variables = apart ?? { params: initial.params, batch_stats: initial.batchStats };
const leaves = Object.entries(variables).flatMap(([collection, tree]) =>
  jax.tree.leavesWithPath(tree).map(([path, tensor]) => ({
    collection,
    path,
    shape: tensor.shape,
    values: Array.from(tensor.dataSync()),
  })),
);

const keys = {};
const nameOf = drawNames();
const observer = {
  key({ path, stream, key }) {
    keys[nameOf(path.join('.'), stream)] = Array.from(jax.random.keyData(key));
    return key;
  },
};
const { result, seconds } = await timed(() => withObserver(observer, () => load(project, 'main.js')));
writeFileSync(target, JSON.stringify({ leaves, keys, history: result.history, seconds }));
