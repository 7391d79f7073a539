import { pathText, type TreeDef, treeFlatten } from './tree.js';

/** Arguments that a transform has put together anew, from other leaves. */
export interface GivenArguments {
  /** Begins messages: `jax.grad`. */
  readonly who: string;
  readonly args: readonly unknown[];
  /** The leaves of `args` before the call. */
  readonly leaves: readonly unknown[];
}

/** Calls `f` with arguments put together from leaves; throws when it changes them. */
export function callUnchanged<A extends readonly unknown[], R>(
  who: string,
  f: (...args: A) => R,
  { treedef, leaves }: { readonly treedef: TreeDef; readonly leaves: readonly unknown[] },
): R {
  const args = treedef.unflatten(leaves) as A;
  const result = f(...args);
  requireUnchanged({ who, args, leaves }, result);
  return result;
}

/**
 * Throws where a function has set something in its arguments that it does not return: they are copies, so it would be
 * lost without a word, as the new statistics of a module of NNX are under `jax.grad`.
 */
export function requireUnchanged({ who, args, leaves }: GivenArguments, result?: unknown): void {
  const after = treeFlatten(args);
  const sameCount = after.leaves.length === leaves.length;
  const changed = after.leaves.flatMap((leaf, i) => (Object.is(leaf, leaves[i]) ? [] : [i]));
  if (sameCount && changed.length === 0) return;
  const returned = new Set(treeFlatten(result).leaves);
  const lost = changed.find((i) => !returned.has(after.leaves[i]));
  if (sameCount && lost === undefined) return;
  const place = sameCount ? ` at ${pathText(after.paths[lost!]!, 'args')}` : '';
  throw new Error(
    `${who}${place}: expected a function that leaves its arguments as they are, got one that changes them.\n` +
      `The change would be lost. Return the new value instead; \`${twinOf(who)}\` updates the modules it is given.`,
  );
}

/** The transform of NNX that keeps what a function sets. */
function twinOf(who: string): string {
  return twins.get(who) ?? who.replace(/^jax/, 'nnx');
}

const twins = new Map([
  ['jax.checkpoint', 'nnx.remat'],
  ['jax.linearize', 'nnx.jvp'],
  ['jax.jacrev', 'nnx.grad'],
  ['jax.jacfwd', 'nnx.grad'],
]);
