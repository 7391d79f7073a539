import * as tf from '@tensorflow/tfjs';
import { fused } from './fuse.js';
import { withFusedProducts } from './fuse-products.js';
import type { Program } from './program.js';
import { simplified, withoutDead } from './simplify.js';
import { chainTarget } from './targets.js';

/** The same function in fewer and faster operations, for the active backend. */
export function optimised(program: Program): Program {
  const target = chainTarget(tf.engine().backendName);
  const simple = withFusedProducts(simplified(program));
  return target === undefined ? simple : withoutDead(fused(simple, target));
}
