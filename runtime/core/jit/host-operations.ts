import * as tf from '@tensorflow/tfjs';
import type { KeySource, SampleRequest } from '../key-source.js';
import { makeKey } from '../key.js';
import { loopOperations } from './loop-operations.js';
import type { HostOperation, SlotValue } from './program.js';

/** Operations of programs that are not kernels: those on keys, loops and branches. */
export const hostOperations: ReadonlyMap<string, HostOperation> = new Map(
  Object.entries({
    ...loopOperations,
    $keys: (attrs) => () => [(attrs as { source: KeySource }).source],
    $split: (attrs) => (inputs) => [keysOf(inputs).split((attrs as { num: number }).num)],
    $foldIn:
      (attrs, { backend }) =>
      (inputs) => [
        keysOf(inputs).foldIn((attrs as { data?: number }).data ?? readable(inputs[1] as tf.TensorInfo, backend)),
      ],
    $select: (attrs) => (inputs) => {
      const { shape, indices } = attrs as { shape: number[]; indices: number[] };
      return [keysOf(inputs).select(shape, indices)];
    },
    $stack: () => (inputs) => [keysOf(inputs).stack(inputs as KeySource[])],
    $sample:
      (attrs, { backend }) =>
      (inputs) => [sampled(keysOf(inputs), (attrs as { request: SampleRequest }).request, backend)],
  } satisfies Record<string, HostOperation>),
);

function keysOf(inputs: readonly SlotValue[]): KeySource {
  return inputs[0] as KeySource;
}

/** The numbers of `HostKeys.sample`, on the backend without a tensor of the engine. */
function sampled({ words, shape: keys }: KeySource, request: SampleRequest, backend: tf.KernelBackend): tf.TensorInfo {
  const { dtype, fill } = request;
  const size = tf.util.sizeFromShape([...request.shape]);
  const shape = [...keys, ...request.shape];
  const values = tf.util.getTypedArrayFromDType(dtype, tf.util.sizeFromShape(shape));
  for (let i = 0; 2 * i < words.length; i++) {
    values.set(fill(makeKey(words.subarray(2 * i, 2 * i + 2)), size), i * size);
  }
  return { dataId: backend.write(values, shape, dtype), shape, dtype };
}

/** What `foldIn` needs of a tensor: its values. */
function readable(info: tf.TensorInfo, backend: tf.KernelBackend): tf.Tensor {
  const read = (): tf.BackendValues =>
    info instanceof tf.Tensor ? (info as tf.Tensor).dataSync() : backend.readSync(info.dataId as object);
  return { dataSync: read } as unknown as tf.Tensor;
}
