/** JAX's transforms, trees and random numbers over TensorFlow.js. Import it as `jax`. */
import './start.js';

export type {
  Axes,
  CheckpointPolicy,
  DType,
  Key,
  KeyArray,
  Precision,
  Pytree,
  Shape,
  Tree,
  TreeDict,
  TreeNode,
} from '../core/tree-typing.js';
export { ShapeDtypeStruct } from '../core/tree-typing.js';
export { evalShape } from '../core/abstract.js';
export { type CustomVjp, customVjp } from '../core/autodiff/custom.js';
export { type CustomJvp, customJvp } from '../core/autodiff/custom-jvp.js';
export { jvp, linearize } from '../core/autodiff/forward.js';
export { grad, type GradOptions, valueAndGrad } from '../core/autodiff/grad.js';
export { hessian, jacfwd, jacrev } from '../core/autodiff/jacobian.js';
export { stopGradient } from '../core/autodiff/stop-gradient.js';
export { vjp } from '../core/autodiff/vjp.js';
export { checkpoint, type CheckpointOptions, remat } from '../core/remat.js';
export { checkpointName, checkpointPolicies } from '../core/remat-policies.js';
export { vmap, type VmapOptions } from '../core/vmap/vmap.js';
export * as nn from './nn.js';
export { jit, type JitOptions } from './jit.js';
export * as lax from './lax.js';
export * as numpy from './numpy.js';
export * as random from './random.js';
export * as tree from './tree.js';
export type { LeafGuard, LeafTest, PathEntry, TreeDef } from './tree.js';
