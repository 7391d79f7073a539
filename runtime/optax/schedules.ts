import * as tf from '@tensorflow/tfjs';
import type { Options } from '../core/tree-typing.js';
import { asTensor } from './transformation.js';

/** Step number → value. */
export type Schedule = (count: tf.Tensor | number) => tf.Tensor;

/** What is taken where a schedule is asked for: one that gives numbers will do. */
export type ScheduleLike = (count: tf.Tensor) => tf.Tensor | number;

/** A constant or a schedule. */
export type ScalarOrSchedule = number | tf.Tensor | ScheduleLike;

/** Always `value`. Mirrors `optax.constant_schedule`. */
export function constantSchedule(value: number | tf.Tensor): Schedule {
  return () => asTensor(value);
}

/** Straight line from `initValue` to `endValue`. Mirrors `optax.linear_schedule`. */
export function linearSchedule(
  initValue: number,
  endValue: number,
  transitionSteps: number,
  options: Options<{ /** Default 0. */ transitionBegin: number }> = {},
): Schedule {
  return polynomialSchedule(initValue, endValue, 1, transitionSteps, options);
}

/** Polynomial of degree `power` from `initValue` to `endValue`. Mirrors `optax.polynomial_schedule`. */
export function polynomialSchedule(
  initValue: number,
  endValue: number,
  power: number,
  transitionSteps: number,
  options: Options<{ /** Default 0. */ transitionBegin: number }> = {},
): Schedule {
  if (transitionSteps <= 0) return constantSchedule(initValue);
  const begin = options.transitionBegin ?? 0;
  return ofCount((count) => {
    const done = tf.div(tf.clipByValue(tf.sub(count, begin), 0, transitionSteps), transitionSteps);
    return tf.add(tf.mul(initValue - endValue, tf.pow(tf.sub(1, done), power)), endValue);
  });
}

/** initValue · decayRate^(count / transitionSteps). Mirrors `optax.exponential_decay`. */
export function exponentialDecay(
  initValue: number,
  transitionSteps: number,
  decayRate: number,
  options: Options<{
    /** Default 0. */
    transitionBegin: number;
    /** Default false. */
    staircase: boolean;
    /** Default null (no bound). */
    endValue: number | null;
  }> = {},
): Schedule {
  const { transitionBegin = 0, staircase = false, endValue = null } = options;
  if (transitionSteps <= 0 || decayRate === 0) return constantSchedule(initValue);
  const bound = decayRate < 1 ? tf.maximum : tf.minimum;
  return ofCount((count) => {
    const decreased = tf.sub(count, transitionBegin);
    const exponent = tf.div(decreased, transitionSteps);
    const decayed = tf.mul(initValue, tf.pow(decayRate, staircase ? tf.floor(exponent) : exponent));
    const value = tf.where(tf.lessEqual(decreased, 0), tf.scalar(initValue), decayed);
    return endValue === null ? value : bound(value, endValue);
  });
}

/** Cosine from `initValue` to alpha · initValue. Mirrors `optax.cosine_decay_schedule`. */
export function cosineDecaySchedule(
  initValue: number,
  decaySteps: number,
  options: Options<{ /** Default 0. */ alpha: number; /** Default 1. */ exponent: number }> = {},
): Schedule {
  const { alpha = 0, exponent = 1 } = options;
  if (!(decaySteps > 0)) {
    throw new Error(
      `cosineDecaySchedule: expected decaySteps > 0, got ${decaySteps}.\nPass the number of steps over which the value decays.`,
    );
  }
  return ofCount((count) => {
    const done = tf.div(tf.minimum(count, decaySteps), decaySteps);
    const cosine = tf.mul(0.5, tf.add(1, tf.cos(tf.mul(Math.PI, done))));
    return tf.mul(initValue, tf.add(tf.mul(1 - alpha, tf.pow(cosine, exponent)), alpha));
  });
}

/** Linear warm-up to `peakValue`, then cosine; `decaySteps` counts the warm-up. Mirrors optax's of that name. */
export function warmupCosineDecaySchedule(
  initValue: number,
  peakValue: number,
  warmupSteps: number,
  decaySteps: number,
  options: Options<{ /** Default 0. */ endValue: number; /** Default 1. */ exponent: number }> = {},
): Schedule {
  const { endValue = 0, exponent = 1 } = options;
  const alpha = peakValue === 0 ? 0 : endValue / peakValue;
  return joinSchedules(
    [
      linearSchedule(initValue, peakValue, warmupSteps),
      cosineDecaySchedule(peakValue, decaySteps - warmupSteps, { alpha, exponent }),
    ],
    [warmupSteps],
  );
}

/** Linear warm-up to `peakValue`, then exponential decay. Mirrors `optax.warmup_exponential_decay_schedule`. */
export function warmupExponentialDecaySchedule(
  initValue: number,
  peakValue: number,
  warmupSteps: number,
  transitionSteps: number,
  decayRate: number,
  options: Parameters<typeof exponentialDecay>[3] = {},
): Schedule {
  return joinSchedules(
    [
      linearSchedule(initValue, peakValue, warmupSteps),
      exponentialDecay(peakValue, transitionSteps, decayRate, options),
    ],
    [warmupSteps],
  );
}

/** Multiplies by each scale once its step is reached. Mirrors `optax.piecewise_constant_schedule`. */
export function piecewiseConstantSchedule(
  initValue: number,
  boundariesAndScales: { readonly [step: number]: number } = {},
): Schedule {
  const pieces = Object.entries(boundariesAndScales).map(([step, scale]) => [Number(step), scale] as const);
  pieces.sort(([a], [b]) => a - b);
  return ofCount((count) =>
    pieces.reduce<tf.Tensor>(
      (value, [step, scale]) => tf.mul(value, tf.where(tf.greaterEqual(count, step), tf.scalar(scale), tf.scalar(1))),
      tf.scalar(initValue),
    ),
  );
}

/** Schedules one after another; each counts from its own boundary. Mirrors `optax.join_schedules`. */
export function joinSchedules(schedules: readonly ScheduleLike[], boundaries: readonly number[]): Schedule {
  const [first, ...others] = schedules;
  if (first === undefined || others.length !== boundaries.length) {
    throw new Error(
      `joinSchedules: expected one boundary between each two schedules, got ${schedules.length} schedules and ${boundaries.length} boundaries.\n` +
        'Pass n schedules and n − 1 boundaries.',
    );
  }
  return ofCount((count) =>
    others.reduce<tf.Tensor>(
      (value, schedule, i) => {
        const boundary = boundaries[i]!;
        const next = asTensor(schedule(tf.sub(count, boundary)));
        return tf.where(tf.less(count, boundary), value, next);
      },
      asTensor(first(count)),
    ),
  );
}

/** A schedule from a function of the count as a float32 scalar. */
export function ofCount(value: (count: tf.Tensor) => tf.Tensor): Schedule {
  return (count) => tf.tidy(() => value(tf.cast(asTensor(count), 'float32')));
}
