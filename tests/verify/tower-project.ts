import { towerLinen, towerPlans } from './mutation-model.js';
import type { Project } from './project.js';

const imports = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import { Tower } from './tower.js';
`;
const site = "const model = new Tower(7, 8);\nmodel.init(jax.random.key(0), [tf.zeros([1, 5], 'int32'), false]);\n";

/** The tower with one `init` site, and a new version of it. */
export function towerProject(nnx: string): Project {
  return {
    linen: { 'src/tower.ts': towerLinen, 'src/train.ts': imports + site },
    nnx: { 'src/tower.ts': nnx, 'src/train.ts': '' },
    modules: towerPlans,
  };
}
