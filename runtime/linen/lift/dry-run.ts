import * as tf from '@tensorflow/tfjs';
import { evalShape } from '../../core/abstract.js';
import { withObserver } from '../../core/observer.js';

/**
 * Runs `body` for the keys it draws, with shapes in place of values; with values where a shape cannot be told.
 * `restart` undoes what the first attempt drew. Nothing is kept, observers are not told.
 */
export function dryRun(body: () => unknown, restart: () => void): void {
  withObserver({}, () => {
    try {
      evalShape(() => {
        body();
        return null;
      });
    } catch {
      restart();
      tf.tidy(() => {
        body();
      });
    }
  });
}
