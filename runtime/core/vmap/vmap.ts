import * as tf from '@tensorflow/tfjs';
import { isKey, keyFrom, sourceOf } from '../key.js';
import { tidyTree } from '../lifetime.js';
import { atLevel } from '../levels.js';
import type { Axes, Key, Options, Unranked, Value } from '../tree-typing.js';
import { treeFlatten } from '../tree.js';
import { requireUnchanged } from '../unchanged.js';
import { type MappedTree, axisAt, axisOf, describe, mappedSize, mappedTree } from './axes.js';
import { MappedKeys, movedKeys } from './keys.js';
import { VmapLevel } from './level.js';

/** Options of `vmap`. */
export type VmapOptions = Options<{
  /** Mapped axis of each argument, `null` for none. Default 0. */
  inAxes: Axes;
  /** Where the mapped axis goes in each output. Default 0. */
  outAxes: Axes;
  /** Length of the mapped axis. Default from the arguments. */
  axisSize: number | null;
  /** A name for the axis. Default null. */
  axisName: string | null;
  /** Accepted, ignored. Default null. */
  spmdAxisName: string | null;
}>;

/**
 * Maps `f`, written for one example, over an axis of its arguments, all examples at once. Axes are numbers (negative
 * ones count from the end), `null`, or trees of these that are prefixes of the arguments and of the output. Keys are
 * mapped like tensors: each example draws its own numbers, the same as in a loop over the keys. Numbers and booleans in
 * the output become tensors.
 *
 * Operations that draw without a key (`tf.randomNormal`, `tf.dropout`) make constants: every example gets the same.
 * Throws, with the path, for axes that do not fit, sizes that differ, an output with `null` that differs between
 * examples, and where `f` reads a value or returns a promise. Mirrors `jax.vmap`.
 */
export function vmap<A extends readonly unknown[] = tf.Tensor[], R extends Value = Value>(
  f: (...args: A) => R,
  options: VmapOptions = {},
): (...args: Unranked<A> extends infer U extends readonly unknown[] ? U : never) => Unranked<R> {
  if (typeof f !== 'function') {
    throw new Error(
      `jax.vmap: expected a function, got ${describe(f)}.\nPass the function, not the result of calling it.`,
    );
  }
  const { inAxes = 0, outAxes = 0, axisSize = null, axisName = null } = options;
  return (...args) =>
    tidyTree(() => {
      const inputs = mappedTree(args, inAxes, { axes: 'inAxes', tree: 'args' });
      const level = new VmapLevel(mappedSize(inputs, axisSize), axisName);
      return atLevel(level, () => {
        const given = oneExample(level, inputs);
        const leaves = treeFlatten(given).leaves;
        const output = f(...(given as unknown as A));
        requireSynchronous(output);
        requireUnchanged({ who: 'jax.vmap', args: given, leaves });
        return allExamples(level, mappedTree(output, outAxes, { axes: 'outAxes', tree: 'output' }));
      });
    }) as Unranked<R>;
}

function oneExample(level: VmapLevel, inputs: MappedTree): unknown[] {
  const leaves = inputs.leaves.map((leaf, i) => {
    const [axis, path] = [inputs.axes[i], inputs.paths[i]!];
    if (axis == null) return leaf;
    const at = axisAt(leaf, axis, path);
    if (leaf instanceof tf.Tensor) return level.map(leaf, at, path);
    return keyFrom(new MappedKeys(level, movedKeys(sourceOf(leaf as Key), at, 0), path));
  });
  return inputs.unflatten(leaves) as unknown[];
}

function allExamples(level: VmapLevel, outputs: MappedTree): unknown {
  return outputs.unflatten(
    outputs.leaves.map((leaf, i) => {
      const [axis, path] = [outputs.axes[i] ?? null, outputs.paths[i]!];
      if (leaf instanceof tf.Tensor) return tensorOfAll(level, leaf, axis, path);
      if (isKey(leaf)) return keysOfAll(level, leaf, axis, path);
      if (typeof leaf === 'number' || typeof leaf === 'boolean') return numberOfAll(level, leaf, axis, path);
      throw new Error(
        `jax.vmap at ${path}: expected tensors, keys, numbers or booleans in the output, got ${describe(leaf)}.\n` +
          'Return it by another way: it is the same for all examples.',
      );
    }),
  );
}

function tensorOfAll(level: VmapLevel, x: tf.Tensor, axis: number | null, path: string): tf.Tensor {
  if (x.isDisposed) throw disposed(path);
  if (axis === null && level.isMapped(x)) throw differs(path);
  return level.unmap(x, axis === null ? null : placeOf(level, x.shape, axis, path));
}

function keysOfAll(level: VmapLevel, keys: Key, axis: number | null, path: string): Key {
  const source = sourceOf(keys);
  const own = source instanceof MappedKeys && source.level === level;
  if (axis === null && own) throw differs(path);
  if (axis === null) return keys;
  return keyFrom(movedKeys(level.liftKeys(source).below, 0, placeOf(level, keys.shape, axis, path)));
}

function numberOfAll(level: VmapLevel, value: number | boolean, axis: number | null, path: string): unknown {
  if (axis === null) return value;
  placeOf(level, [], axis, path);
  const dtype = typeof value === 'boolean' ? 'bool' : 'float32';
  return level.lower(() => tf.fill([level.size], Number(value), dtype));
}

/** Where the mapped axis goes in an output of `shape`. */
function placeOf(level: VmapLevel, shape: readonly number[], axis: number, path: string): number {
  return axisOf([level.size, ...shape], axis, path);
}

function requireSynchronous(output: unknown): void {
  if (!(output instanceof Promise)) return;
  output.catch(() => undefined);
  throw new Error(
    'jax.vmap: expected a function that returns tensors, got one that returns a promise.\n' +
      'Await before the call: examples cannot be followed across `await`.',
  );
}

function differs(path: string): Error {
  return new Error(
    `jax.vmap at ${path}: expected the same value for all examples (null in \`outAxes\`), got one that differs.\n` +
      'Give the axis to stack it on, or reduce it over the examples after the call.',
  );
}

function disposed(path: string): Error {
  return new Error(
    `jax.vmap at ${path}: expected a tensor, got one that is disposed or whose transform has ended.\n` +
      'Return a tensor that the function made or was given, and do not dispose it.',
  );
}
