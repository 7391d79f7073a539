import { afterEach, beforeEach, expect } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';

/** Every test of the file runs in a scope of its own, and must leave as many tensors as it found. */
export function expectNoLeaks(): void {
  let before = 0;
  beforeEach(() => {
    before = tf.memory().numTensors;
    tf.engine().startScope('test');
  });
  afterEach(() => {
    tf.engine().endScope();
    expect(tf.memory().numTensors).toBe(before);
  });
}
