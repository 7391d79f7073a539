import * as tf from '@tensorflow/tfjs';
import { type LevelBackend, currentLevel } from '../levels.js';
import { treeMap } from '../tree.js';
import { type CollectiveAttributes, VmapLevel } from './level.js';

/** The mean over the examples of the `vmap` that named `axisName`, of each tensor. Mirrors `jax.lax.pmean`. */
export function pmean<T>(x: T, axisName: string): T {
  return reduced(x, { axisName, reduction: 'Mean' });
}

/** The sum over the examples of the `vmap` that named `axisName`, of each tensor. Mirrors `jax.lax.psum`. */
export function psum<T>(x: T, axisName: string): T {
  return reduced(x, { axisName, reduction: 'Sum' });
}

/** The largest over the examples, element by element; without gradient. Mirrors `jax.lax.pmax`. */
export function pmax<T>(x: T, axisName: string): T {
  return reduced(x, { axisName, reduction: 'Max' });
}

/** The smallest over the examples, element by element; without gradient. Mirrors `jax.lax.pmin`. */
export function pmin<T>(x: T, axisName: string): T {
  return reduced(x, { axisName, reduction: 'Min' });
}

/** The number of the example, int32 scalar. Mirrors `jax.lax.axis_index`. */
export function axisIndex(axisName: string): tf.Tensor {
  requireAxis('axisIndex', axisName);
  ensureKernel('AxisIndex');
  return tf.engine().runKernel('AxisIndex', {}, { axisName }) as tf.Tensor;
}

/** How many examples the `vmap` maps that named `axisName`. Mirrors `jax.lax.axis_size`. */
export function axisSize(axisName: string): number {
  return requireAxis('axisSize', axisName);
}

/** True inside of a `vmap` that named `axisName`. */
export function hasAxis(axisName: string): boolean {
  return sizeOf(axisName) !== null;
}

function reduced<T>(x: T, attrs: CollectiveAttributes): T {
  requireAxis(`p${attrs.reduction.toLowerCase()}`, attrs.axisName);
  ensureKernel('Collective');
  return treeMap(
    (leaf: unknown) =>
      leaf instanceof tf.Tensor ? tf.engine().runKernel('Collective', { x: leaf }, { ...attrs }) : leaf,
    x,
  ) as T;
}

/** The size of the named axis among the levels from here down. */
function sizeOf(axisName: string): number | null {
  const level = currentLevel();
  if (level === null) return null;
  if (level instanceof VmapLevel && level.axisName === axisName) return level.size;
  return level.lower(() => sizeOf(axisName));
}

function requireAxis(name: string, axisName: string): number {
  const size = sizeOf(axisName);
  if (size !== null) return size;
  throw new Error(
    `jax.lax.${name}: expected an axis '${axisName}' of an enclosing \`jax.vmap\`, got none.\n` +
      `Map with { axisName: '${axisName}' }.`,
  );
}

/** The kernels exist only at levels: each hands them to the one below, down to the named one. */
function ensureKernel(kernelName: string): void {
  const backendName = tf.getBackend();
  if (tf.getKernel(kernelName, backendName) !== undefined) return;
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) =>
      (backend as LevelBackend).run(kernelName, inputs as Record<string, tf.Tensor>, attrs ?? {}),
  });
}

tf.registerGradient({
  kernelName: 'Collective',
  gradFunc: (dy, _saved, attrs) => {
    const given = attrs as unknown as CollectiveAttributes;
    return { x: () => reduced(dy as tf.Tensor, differentiable(given)) };
  },
});

/** A sum's gradient is the sum of the cotangents of all examples, a mean's their mean. */
function differentiable(attrs: CollectiveAttributes): CollectiveAttributes {
  if (attrs.reduction === 'Mean' || attrs.reduction === 'Sum') return attrs;
  throw new Error(
    `jax.lax.p${attrs.reduction.toLowerCase()}: expected no gradient to pass, got one: it has none, as in JAX.\n` +
      'Keep it off the path with `jax.lax.stopGradient`.',
  );
}
