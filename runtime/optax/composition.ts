import * as tf from '@tensorflow/tfjs';
import { tidyTree } from '../core/lifetime.js';
import { treeLeaves, treeMap } from '../core/tree.js';
import type { Options } from '../core/tree-typing.js';
import type { ScheduleLike } from './schedules.js';
import { asTensor, defineTransformation, mapTensors, select, zerosLike } from './transformation.js';
import type { AnyTransformation, GradientTransformation, Mask, OptState } from './transformation.js';

/** Applies transformations from left to right; state is the tuple of theirs. Mirrors `optax.chain`. */
export function chain(...transforms: readonly AnyTransformation[]): GradientTransformation {
  return defineTransformation<readonly unknown[]>({
    init: (params) => transforms.map((transform) => transform.init(params)),
    update: (grads, states, params) => {
      let updates = grads;
      const next = transforms.map((transform, i) => {
        const [changed, state] = transform.update(updates, states[i], params);
        updates = changed;
        return state;
      });
      return [updates, next];
    },
  });
}

/** Returns the gradients unchanged. Mirrors `optax.identity`. */
export function identity(): GradientTransformation {
  return defineTransformation<readonly []>({ init: () => [], update: (grads, state) => [grads, state] });
}

/** Updates of zero. Mirrors `optax.set_to_zero`. */
export function setToZero(): GradientTransformation {
  return defineTransformation<readonly []>({ init: () => [], update: (grads, state) => [zerosLike(grads), state] });
}

/** A transformation without state from a function. Mirrors `optax.stateless`. */
export function stateless(f: <T>(updates: T, params: T | undefined) => T): GradientTransformation {
  return defineTransformation<readonly []>({
    init: () => [],
    update: (grads, state, params) => [f(grads, params), state],
  });
}

/** Applies `inner` to the masked leaves only. Mirrors `optax.masked`; leaves left out are null in its state. */
export function masked(inner: AnyTransformation, mask: Mask): GradientTransformation {
  const pick = (tree: unknown) => onlyMasked(maskOf(mask, tree), tree);
  return defineTransformation<{ readonly innerState: unknown }>({
    init: (params) => ({ innerState: inner.init(pick(params)) }),
    update: (grads, { innerState }, params) => {
      const shown = maskOf(mask, params ?? grads);
      const given = params === undefined || params === null ? params : onlyMasked(shown, params);
      const [updates, state] = inner.update(onlyMasked(shown, grads), innerState, given);
      return [fillMasked(shown, updates, grads), { innerState: state }];
    },
  });
}

/** One transformation for each label of a tree of labels. Mirrors `optax.multi_transform`. */
export function multiTransform(
  transforms: { readonly [label: string]: AnyTransformation },
  labels: Mask,
): GradientTransformation {
  const labelsOf = (tree: unknown) => (typeof labels === 'function' ? labels(tree) : labels);
  const parts = Object.entries(transforms).map(
    ([label, transform]) =>
      [
        label,
        masked(transform, (tree: unknown) => treeMap((each: unknown) => each === label, labelsOf(tree))),
      ] as const,
  );
  const check = (tree: unknown) => {
    const unknownLabel = treeLeaves(labelsOf(tree)).find((label) => !((label as string) in transforms));
    if (unknownLabel === undefined) return;
    throw new Error(
      `multiTransform: expected labels among ${Object.keys(transforms).join(', ')}, got ${String(unknownLabel)}.\n` +
        'Add a transformation under that label, or change the label.',
    );
  };
  return defineTransformation<{ readonly innerStates: { readonly [label: string]: unknown } }>({
    init: (params) => {
      check(params);
      return { innerStates: Object.fromEntries(parts.map(([label, part]) => [label, part.init(params)])) };
    },
    update: (grads, { innerStates }, params) => {
      let updates = grads;
      const next = parts.map(([label, part]) => {
        const [changed, state] = part.update(updates, innerStates[label] as OptState, params);
        updates = changed;
        return [label, state] as const;
      });
      return [updates, { innerStates: Object.fromEntries(next) }];
    },
  });
}

interface MultiStepsState {
  readonly miniStep: tf.Tensor;
  readonly gradientStep: tf.Tensor;
  readonly innerOptState: unknown;
  readonly accGrads: unknown;
}

/** Gathers gradients over `everyKSchedule` steps before one update. Mirrors `optax.MultiSteps`. */
export class MultiSteps implements GradientTransformation {
  readonly #transformation: GradientTransformation;

  constructor(
    inner: AnyTransformation,
    everyKSchedule: number | ScheduleLike,
    options: Options<{ /** Average, not sum. Default true. */ useGradMean: boolean }> = {},
  ) {
    this.#transformation = accumulate(inner, everyKSchedule, options.useGradMean ?? true);
  }

  init(params: unknown): OptState {
    return this.#transformation.init(params);
  }

  update<T>(grads: T, state: OptState, params?: NoInfer<T>): [updates: T, state: OptState] {
    return this.#transformation.update(grads, state, params);
  }

  /** Whether the step that led to `state` made an update: bool scalar. */
  hasUpdated(state: OptState): tf.Tensor {
    const { miniStep, gradientStep } = state as unknown as MultiStepsState;
    return tf.tidy(() => tf.logicalAnd(tf.equal(miniStep, 0), tf.greater(gradientStep, 0)));
  }

  gradientTransformation(): GradientTransformation {
    return this.#transformation;
  }
}

/** As `MultiSteps`, as a function. */
export function multiSteps(inner: AnyTransformation, everyKSchedule: number | ScheduleLike): GradientTransformation {
  return new MultiSteps(inner, everyKSchedule).gradientTransformation();
}

function accumulate(inner: AnyTransformation, every: number | ScheduleLike, mean: boolean): GradientTransformation {
  const one = () => tf.scalar(1, 'int32');
  return defineTransformation<MultiStepsState>({
    init: (params) => ({
      miniStep: tf.scalar(0, 'int32'),
      gradientStep: tf.scalar(0, 'int32'),
      innerOptState: inner.init(params),
      accGrads: zerosLike(params),
    }),
    update: (grads, state, params) => {
      const k = tf.cast(asTensor(typeof every === 'number' ? every : every(state.gradientStep)), 'int32');
      const weight = mean ? tf.div(1, tf.cast(tf.add(state.miniStep, one()), 'float32')) : null;
      const gathered = mapTensors(
        (acc, g) => (weight === null ? tf.add(acc, g) : tf.add(acc, tf.mul(tf.sub(g, acc), weight))),
        state.accGrads,
        grads,
      );
      const due = tf.equal(state.miniStep, tf.sub(k, one()));
      const [updates, innerOptState] = inner.update(gathered, state.innerOptState, params);
      const choose = (yes: unknown, no: unknown) => mapTensors((a, b) => select(due, a, b), yes, no);
      return [
        choose(updates, zerosLike(updates)),
        {
          miniStep: tf.mod(tf.add(state.miniStep, one()), k),
          gradientStep: tf.add(state.gradientStep, tf.cast(due, 'int32')),
          innerOptState: choose(innerOptState, state.innerOptState),
          accGrads: choose(zerosLike(gathered), gathered),
        },
      ];
    },
  });
}

function maskOf(mask: Mask, tree: unknown): unknown {
  return tidyTree(() => (typeof mask === 'function' ? (mask as (tree: unknown) => unknown)(tree) : mask));
}

/** The tree with null in place of what the mask leaves out. The mask may be a prefix. */
function onlyMasked(mask: unknown, tree: unknown): unknown {
  return treeMap((shown: unknown, part: unknown) => (shown === true ? part : null), mask, tree);
}

function fillMasked(mask: unknown, updates: unknown, grads: unknown): unknown {
  return treeMap(
    (shown: unknown, update: unknown, grad: unknown) => (shown === true ? update : grad),
    mask,
    updates,
    grads,
  );
}
