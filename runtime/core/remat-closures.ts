import type * as tf from '@tensorflow/tfjs';

/**
 * Runs `body` while each of `originals` has the data of its copy: a function that is run again still refers to the
 * tensors it closed over, which may have been freed or, for variables, assigned since.
 */
export function lent<T>(originals: readonly tf.Tensor[], copies: readonly tf.Tensor[], body: () => T): T {
  const tensors = originals as unknown as Lendable[];
  const before = tensors.map(({ dataId, isDisposedInternal }) => ({ dataId, isDisposedInternal }));
  tensors.forEach((tensor, i) => Object.assign(tensor, { dataId: copies[i]!.dataId, isDisposedInternal: false }));
  try {
    return body();
  } finally {
    tensors.forEach((tensor, i) => Object.assign(tensor, before[i]));
  }
}

/** What a tensor keeps of its data; TensorFlow.js sets both where it frees or assigns. */
interface Lendable {
  dataId: object;
  isDisposedInternal: boolean;
}
