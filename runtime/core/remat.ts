import * as tf from '@tensorflow/tfjs';
import { mark, markerKernel } from './autodiff/marker-kernels.js';
import { withTensors } from './autodiff/linearise.js';
import './autodiff/gradients/register.js';
import { isWanted, pullBack } from './autodiff/pullback.js';
import { type TapeNode, isRecording, record, runCustom } from './levels.js';
import { lent } from './remat-closures.js';
import { checkpointPolicies } from './remat-policies.js';
import { type SavedOutputs, reusingOutputs, savingOutputs } from './remat-saving.js';
import type { Argnums, CheckpointPolicy, Options, Value } from './tree-typing.js';
import { type FlatTree, tensorsOf, treeFlatten } from './tree.js';
import { callUnchanged } from './unchanged.js';

/** Options of `checkpoint`. */
export type CheckpointOptions = Options<{
  /** Which intermediates to keep. Default none. */
  policy: CheckpointPolicy | null;
  /** Keeps `jit` from merging what is computed again with what was computed before. Default true. */
  preventCse: boolean;
  /** Arguments that are plain values. Default []. */
  staticArgnums: Argnums;
}>;

/**
 * Recomputes intermediates of `f` in the backward pass instead of keeping them: only its arguments, what it closes over
 * and what the policy names stay in memory. Tensors that it closes over have gradients as well. `f` must compute the
 * same each time. Where nothing is recorded at this level, `f` itself: a gradient taken outside of a `vmap` keeps the
 * intermediates of what is mapped. Mirrors `jax.checkpoint`.
 */
export function checkpoint<A extends readonly unknown[] = tf.Tensor[], R extends Value = Value>(
  f: (...args: A) => R,
  options: CheckpointOptions = {},
): (...args: A) => R {
  if (typeof f !== 'function') {
    throw new Error(
      `jax.checkpoint: expected a function, got ${String(f)}.\nPass the function, not the result of calling it.`,
    );
  }
  const { policy = null, preventCse = true, staticArgnums = [] } = options;
  const everything = policy === checkpointPolicies.everythingSaveable;
  const fixed = [staticArgnums].flat() as number[];
  return (...args) => {
    if (everything || !isRecording()) return f(...args);
    const isStatic = (i: number) => fixed.includes(i) || fixed.includes(i - args.length);
    const { leaves, treedef } = treeFlatten(args.map((arg, i) => (isStatic(i) ? null : arg)));
    const call = (given: readonly unknown[]): R => {
      const withStatic = (...free: unknown[]) =>
        f(...(free.map((arg, i) => (isStatic(i) ? args[i] : arg)) as unknown as A));
      return callUnchanged('jax.checkpoint', withStatic, { treedef, leaves: given });
    };
    return recomputed(call, leaves, { policy, preventCse }) as R;
  };
}

export { checkpoint as remat };

const barrier = 'OptimizationBarrier';
markerKernel(barrier, () => (dy) => tf.clone(dy));
let barriers = 0;

interface Body {
  (leaves: readonly unknown[]): unknown;
}

function recomputed(
  body: Body,
  leaves: readonly unknown[],
  { policy, preventCse }: { readonly policy: CheckpointPolicy | null; readonly preventCse: boolean },
): unknown {
  const inputs = tensorsOf(leaves);
  let closed: readonly tf.Tensor[] = [];
  let saved: SavedOutputs | null = null;
  let result!: FlatTree;
  const outputs = runCustom({
    inputs,
    forward(save, connect) {
      const oldest = tf.scalar(0).id;
      const once = () => ran(body, leaves, inputs);
      const kept = policy === null ? { value: once(), saved: null } : savingOutputs(policy, once);
      saved = kept.saved;
      const run = kept.value;
      result = treeFlatten(run.output);
      closed = closedOver(run, oldest);
      connect(closed);
      save([...inputs, ...closed, ...(saved?.tensors ?? [])]);
      tf.dispose([...(saved?.tensors ?? [])]);
      run.release();
      return tensorsOf(result.leaves);
    },
    backward: (cotangents, residuals) => {
      const needed = [...inputs, ...closed].map(isWanted);
      return lent(closed, residuals.slice(inputs.length), () => {
        const given = residuals.slice(0, inputs.length);
        const fresh = preventCse ? given.map((x) => mark(barrier, x, { id: barriers++ })) : given;
        const again = () => ran(body, leaves, fresh);
        const kept = residuals.slice(inputs.length + closed.length);
        const run = saved === null ? again() : reusingOutputs(saved, kept, again);
        try {
          const all = [...run.inputs, ...closed];
          const segment = {
            inputs: all.filter((_, i) => needed[i]),
            outputs: tensorsOf(run.output),
            nodes: run.nodes,
          };
          const gradients = pullBack(segment, cotangents);
          let next = 0;
          return all.map((input, i) => (needed[i] === true ? gradients[next++]! : tf.zerosLike(input)));
        } finally {
          run.release();
        }
      });
    },
  });
  return result.treedef.unflatten(withTensors(result.leaves, outputs));
}

interface Run {
  readonly inputs: readonly tf.Tensor[];
  readonly output: unknown;
  readonly nodes: readonly TapeNode[];
  release(): void;
}

/** Records the body on copies of the inputs, so that an argument and the same tensor closed over are two. */
function ran(body: Body, leaves: readonly unknown[], given: readonly tf.Tensor[]): Run {
  const inputs = given.map((tensor) => tf.clone(tensor));
  return { inputs, ...record(() => body(withTensors(leaves, inputs)), tensorsOf) };
}

/** What the run used but did not make, and what it returns of that: tensors older than it. */
function closedOver({ inputs, output, nodes }: Run, oldest: number): tf.Tensor[] {
  const own = new Set(inputs);
  const used = [...nodes.flatMap((node) => Object.values(node.inputs)), ...tensorsOf(output)];
  return [...new Set(used.filter((x): x is tf.Tensor => x != null && x.id < oldest && !own.has(x)))];
}
