import * as tf from '@tensorflow/tfjs';
import type { Argnums } from '../tree-typing.js';
import { type FlatTree, pathText, treeFlatten, treeLeaves } from '../tree.js';
import { requireUnchanged } from '../unchanged.js';

/** The arguments that are differentiated, as one flat tree, and how to put others in their place. */
export interface ChosenArguments extends FlatTree {
  /** Calls `f` with these leaves in place of the chosen ones; throws when it changes what it is given. */
  calledBy(f: (...args: never[]) => unknown, leaves: readonly unknown[]): unknown;
  /** A tree for each position; for a single number that tree itself. */
  shaped(leaves: readonly unknown[]): unknown;
}

/** Throws, with the path, for positions without an argument and for leaves that have no gradient. */
export function chosenArguments(
  name: string,
  args: readonly unknown[],
  { argnums, allowInt }: { readonly argnums: Argnums; readonly allowInt: boolean },
): ChosenArguments {
  const positions = ([argnums].flat() as number[]).map((position) => placeOf(name, args, position));
  const flat = treeFlatten(positions.map((position) => args[position]));
  requireDifferentiable(name, flat, allowInt);
  const parts = (leaves: readonly unknown[]) => flat.treedef.unflatten(leaves) as unknown[];
  return {
    ...flat,
    calledBy(f, leaves) {
      const all = [...args];
      parts(leaves).forEach((part, i) => (all[positions[i]!] = part));
      const copied = all.map((arg, i) => (positions.includes(i) ? arg : null));
      const given = { who: name, args: copied, leaves: treeLeaves(copied) };
      const result = f(...(all as never[]));
      requireUnchanged(given, result);
      return result;
    },
    shaped: (leaves) => (typeof argnums === 'number' ? parts(leaves)[0] : parts(leaves)),
  };
}

function placeOf(name: string, args: readonly unknown[], position: number): number {
  const place = position < 0 ? position + args.length : position;
  if (place in args) return place;
  throw new Error(
    `${name}: expected an argument at position ${position}, got ${args.length} arguments.\n` +
      'Correct `argnums`, or pass the argument.',
  );
}

function requireDifferentiable(name: string, { leaves, paths }: FlatTree, allowInt: boolean): void {
  leaves.forEach((leaf, i) => {
    if (leaf instanceof tf.Tensor && (leaf.dtype === 'float32' || allowInt)) return;
    const [, ...path] = paths[i]!;
    const place = path.length === 0 ? 'the argument' : pathText(path);
    const got = leaf instanceof tf.Tensor ? `dtype '${leaf.dtype}'` : describe(leaf);
    throw new Error(
      `${name} at ${place}: expected a float32 tensor, got ${got}.\n` +
        (leaf instanceof tf.Tensor
          ? 'Cast it, differentiate another argument (`argnums`), or pass { allowInt: true } for a gradient of zero.'
          : 'Differentiate arguments that hold tensors only, pass the rest in another; of modules, `nnx.grad` takes the `Param`s.'),
    );
  });
}

/** A value in the words of a message. */
export function describe(leaf: unknown): string {
  if (typeof leaf === 'object' && leaf !== null) return `a ${leaf.constructor?.name ?? 'value'}`;
  return typeof leaf === 'function' ? 'a function' : `${typeof leaf} ${String(leaf)}`;
}

/** Throws for what an async function returns. */
export function requireSynchronous(name: string, result: unknown): void {
  if (!(result instanceof Promise)) return;
  result.catch(() => undefined);
  throw new Error(
    `${name}: expected a function that returns tensors, got one that returns a promise.\n` +
      'Await before the call: a gradient cannot follow a function across `await`.',
  );
}
