import * as tf from '@tensorflow/tfjs';
import { CompiledFunction } from '../core/jit/compiled.js';
import { currentLevel, isRecording } from '../core/levels.js';
import { tidyTree } from '../core/lifetime.js';
import { currentObserver } from '../core/observer.js';
import { tensorsOf, treeFlatten } from '../core/tree.js';
import type { Argnums, Options, Value } from '../core/tree-typing.js';

/** Options of `jit`. */
export type JitOptions = Options<{
  /** Arguments that are plain values; a new one compiles again. Default []. */
  staticArgnums: Argnums;
  /** Keys of a trailing options object that are plain values. Default []. */
  staticArgnames: string | readonly string[];
  /** Arguments whose tensors may be disposed by the call. Default []. */
  donateArgnums: Argnums;
  /** Keys of a trailing options object whose tensors may be disposed. Default []. */
  donateArgnames: string | readonly string[];
  /** Keep arguments the function does not read. Default false. */
  keepUnused: boolean;
  /** Default false. */
  inline: boolean;
}>;

/**
 * `f`, traced once for each structure, shapes, dtypes and plain values of its arguments, optimised, and replayed. `f`
 * runs only while it is traced; tensors and `tf.Variable`s that it closes over are read at each call, anything else it
 * closes over is as it was. The result is the caller's own; donated tensors are disposed after the call. Under another
 * transform, and while modules are watched, `f` runs as if written there. Throws where `f` reads the value of a tensor, draws numbers on the host or
 * returns a promise. Mirrors `jax.jit`.
 */
export function jit<A extends readonly unknown[] = tf.Tensor[], R extends Value = Value>(
  f: (...args: A) => R,
  options: JitOptions = {},
): (...args: A) => R {
  if (typeof f !== 'function') {
    throw new Error(
      `jax.jit: expected a function, got ${String(f)}.\nPass the function, not the result of calling it.`,
    );
  }
  const compiled = new CompiledFunction({
    who: 'jax.jit',
    f,
    positions: [options.staticArgnums ?? []].flat(),
    names: [options.staticArgnames ?? []].flat(),
  });
  return (...args) => {
    if (currentLevel() !== null || isRecording() || currentObserver() !== null) {
      return tidyTree(() => withOwnTensors(f(...args), args));
    }
    const result = compiled.call(args) as R;
    donate(args, options, result);
    return result;
  };
}
/** Clones what was passed in, or stands twice in the result. */
function withOwnTensors<R>(result: R, args: readonly unknown[]): R {
  const seen = new Set<unknown>(tensorsOf(args));
  const { leaves, treedef } = treeFlatten(result);
  let shared = false;
  const own = leaves.map((leaf) => {
    if (!(leaf instanceof tf.Tensor)) return leaf;
    const taken = seen.has(leaf);
    seen.add(leaf);
    shared ||= taken;
    return taken ? tf.clone(leaf) : leaf;
  });
  return shared ? (treedef.unflatten(own) as R) : result;
}

function donate(args: readonly unknown[], options: JitOptions, result: unknown): void {
  const positions = new Set([options.donateArgnums ?? []].flat() as number[]);
  const names = new Set([options.donateArgnames ?? []].flat() as string[]);
  if (positions.size === 0 && names.size === 0) return;
  const last = args.at(-1);
  const named =
    typeof last === 'object' && last !== null ? Object.entries(last).filter(([name]) => names.has(name)) : [];
  const given = args.filter((_, i) => positions.has(i) || positions.has(i - args.length));
  const kept = new Set(tensorsOf([result, args.filter((arg) => !given.includes(arg) && arg !== last)]));
  for (const tensor of tensorsOf([given, named.map(([, value]) => value)])) if (!kept.has(tensor)) tensor.dispose();
}
