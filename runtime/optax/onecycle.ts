import * as tf from '@tensorflow/tfjs';
import type { Options } from '../core/tree-typing.js';
import { type Schedule, ofCount } from './schedules.js';

/** Cosine up to `peakValue` and down again, over `transitionSteps`. Mirrors `optax.cosine_onecycle_schedule`. */
export function cosineOnecycleSchedule(
  transitionSteps: number,
  peakValue: number,
  options: Options<{
    /** Share of the steps that rise. Default 0.3. */
    pctStart: number;
    /** Peak over start. Default 25. */
    divFactor: number;
    /** Start over end. Default 1e4. */
    finalDivFactor: number;
  }> = {},
): Schedule {
  const { pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = options;
  requireSteps('cosineOnecycleSchedule', transitionSteps);
  return interpolated(cosine, peakValue / divFactor, [
    [Math.trunc(pctStart * transitionSteps), divFactor],
    [Math.trunc(transitionSteps), 1 / (divFactor * finalDivFactor)],
  ]);
}

/**
 * Straight line up to `peakValue`, down, and a last steeper part, over `transitionSteps`. Mirrors
 * `optax.linear_onecycle_schedule`.
 */
export function linearOnecycleSchedule(
  transitionSteps: number,
  peakValue: number,
  options: Options<{
    /** Share of the steps that rise. Default 0.3. */
    pctStart: number;
    /** Where the last part begins. Default 0.85. */
    pctFinal: number;
    /** Peak over start. Default 25. */
    divFactor: number;
    /** Start over end. Default 1e4. */
    finalDivFactor: number;
  }> = {},
): Schedule {
  const { pctStart = 0.3, pctFinal = 0.85, divFactor = 25, finalDivFactor = 1e4 } = options;
  requireSteps('linearOnecycleSchedule', transitionSteps);
  return interpolated(linear, peakValue / divFactor, [
    [Math.trunc(pctStart * transitionSteps), divFactor],
    [Math.trunc(pctFinal * transitionSteps), 1 / divFactor],
    [transitionSteps, 1 / finalDivFactor],
  ]);
}

type Interpolation = (from: number, to: number, done: tf.Tensor) => tf.Tensor;

const linear: Interpolation = (from, to, done) => tf.add(tf.mul(to - from, done), from);
const cosine: Interpolation = (from, to, done) =>
  tf.add(to, tf.mul((from - to) / 2, tf.add(tf.cos(tf.mul(Math.PI, done)), 1)));

/** Each boundary's scale multiplies the value reached so far; between boundaries the value is interpolated. */
function interpolated(
  between: Interpolation,
  initValue: number,
  boundaries: readonly (readonly [step: number, scale: number])[],
): Schedule {
  const merged = [...new Map(boundaries)].sort(([a], [b]) => a - b);
  return ofCount((count) => {
    let [start, value] = [0, initValue];
    let result: tf.Tensor = tf.scalar(0);
    for (const [step, scale] of merged) {
      const next = value * scale;
      const done = tf.div(tf.sub(count, start), Math.max(step - start, 1));
      const within = tf.logicalAnd(tf.greaterEqual(count, start), tf.less(count, step));
      result = tf.where(within, between(value, next, done), result);
      [start, value] = [step, next];
    }
    return tf.where(tf.greaterEqual(count, start), tf.scalar(value), result);
  });
}

function requireSteps(name: string, steps: number): void {
  if (steps > 0) return;
  throw new Error(
    `${name}: expected transitionSteps > 0, got ${steps}.\nPass the number of steps over which the value goes up and down.`,
  );
}
