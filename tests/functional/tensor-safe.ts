import { expect } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';

/** Runs a body in `tf.tidy` and checks that as many tensors live afterwards as before. */
export function tensorSafe(body: () => void): void {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    body();
  });
  expect(tf.memory().numTensors).toBe(before);
}
