import { expect } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { tensorsOf } from '../../runtime/core/tree.js';

/** Runs a body in `tf.tidy`, frees the modules it `own`s, and checks that as many tensors live as before. */
export function modelSafe(body: (own: <M extends object>(model: M) => M) => void): void {
  const before = tf.memory().numTensors;
  const owned: object[] = [];
  tf.tidy(() => {
    body((model) => {
      owned.push(model);
      return model;
    });
  });
  tf.dispose(owned.map(tensorsOf));
  expect(tf.memory().numTensors).toBe(before);
}
