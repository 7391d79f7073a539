import * as tf from '@tensorflow/tfjs';
import { tensorOf } from './levels.js';
import { type PolicyCall, keeps } from './remat-policies.js';
import type { CheckpointPolicy } from './tree-typing.js';

/** What kernels gave that a policy keeps, by the order in which they ran. */
export interface SavedOutputs {
  /** All of them in a row; kept, to be disposed by the caller. */
  readonly tensors: readonly tf.Tensor[];
  readonly calls: ReadonlyMap<number, SavedCall>;
  /** Where they ran. */
  readonly backend: unknown;
}

interface SavedCall {
  readonly kernelName: string;
  readonly isList: boolean;
  readonly from: number;
  readonly count: number;
}

/** Runs `body` and keeps what the kernels give that the policy names. */
export function savingOutputs<T>(
  policy: CheckpointPolicy,
  body: () => T,
): { readonly value: T; readonly saved: SavedOutputs } {
  const tensors: tf.Tensor[] = [];
  const calls = new Map<number, SavedCall>();
  const backend: unknown = tf.backend();
  let index = 0;
  const value = watching(backend, body, (call, run) => {
    const at = index++;
    const output = run();
    if (!keeps(policy, call)) return output;
    const infos = Array.isArray(output) ? output : [output];
    calls.set(at, { ...call, isList: Array.isArray(output), from: tensors.length, count: infos.length });
    for (const info of infos) tensors.push(tf.keep(another(info)));
    return output;
  });
  return { value, saved: { tensors, calls, backend } };
}

/** Runs `body` again with `kept` in place of what was saved. At another level everything is computed again. */
export function reusingOutputs<T>({ calls, backend }: SavedOutputs, kept: readonly tf.Tensor[], body: () => T): T {
  if (tf.backend() !== backend) return body();
  let index = 0;
  return watching(backend, body, ({ kernelName }, run) => {
    const call = calls.get(index++);
    if (call === undefined) return run();
    if (call.kernelName !== kernelName) throw impure(call.kernelName, kernelName);
    const infos = kept.slice(call.from, call.from + call.count).map((tensor) => another(tensor));
    return call.isList ? infos : infos[0]!;
  });
}

type Watcher = (call: PolicyCall, run: () => tf.TensorInfo | tf.TensorInfo[]) => tf.TensorInfo | tf.TensorInfo[];

let watched: { readonly backend: unknown; readonly watcher: Watcher } | null = null;
const wrapped = new WeakSet<tf.KernelFunc>();

/** Runs `body` while every kernel of `backend` goes through `watcher`. */
function watching<T>(backend: unknown, body: () => T, watcher: Watcher): T {
  wrapKernels(tf.getBackend());
  const before = watched;
  watched = { backend, watcher };
  try {
    return body();
  } finally {
    watched = before;
  }
}

/** Once for each kernel: outside of a watched body it runs as before. */
function wrapKernels(backendName: string): void {
  for (const config of tf.getKernelsForBackend(backendName)) {
    const { kernelName, kernelFunc } = config;
    if (wrapped.has(kernelFunc)) continue;
    const watchedFunc: tf.KernelFunc = (call) => {
      const current = watched;
      if (current === null || call.backend !== current.backend) return kernelFunc(call);
      // What the watcher itself runs is not watched.
      watched = null;
      try {
        const { inputs, attrs } = call;
        return current.watcher({ kernelName, inputs: inputs as PolicyCall['inputs'], attrs }, () => kernelFunc(call));
      } finally {
        watched = current;
      }
    };
    wrapped.add(watchedFunc);
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({ ...config, kernelFunc: watchedFunc });
  }
}

/** A tensor of its own over the same data. */
function another({ dataId, shape, dtype }: tf.TensorInfo): tf.Tensor {
  (tf.backend() as tf.KernelBackend).incRef(dataId);
  return tensorOf({ dataId, shape, dtype });
}

function impure(expected: string, got: string): Error {
  return new Error(
    `jax.checkpoint: expected the kernel ${expected} when the function ran again, got ${got}.\n` +
      'A checkpointed function must compute the same each time: pass what changes as an argument.',
  );
}
