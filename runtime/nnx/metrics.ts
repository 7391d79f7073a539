import * as tf from '@tensorflow/tfjs';
import { mistake, shapeText } from '../functional/mistake.js';
import type { Options } from '../core/tree-typing.js';
import { Pytree } from './pytree.js';
import { MetricState } from './variable-types.js';

/** Named values for a metric. */
export type MetricUpdate = { readonly [name: string]: tf.Tensor | number | null | undefined };

/** Base class of metrics: what they count is in `MetricState` variables. Flax `nnx.Metric`. */
export abstract class Metric extends Pytree {
  abstract reset(): void;
  abstract update(values: MetricUpdate): void;
  abstract compute(): unknown;
}

/** Mean, standard error and standard deviation: scalars. */
export interface Statistics {
  readonly mean: tf.Tensor;
  readonly standardErrorOfMean: tf.Tensor;
  readonly standardDeviation: tf.Tensor;
}

/**
 * Mean of a named value of any shape, NaN before the first update: the sum of values · `mask` over the sum of the mask,
 * where one is given (true or 1 counts). Flax `nnx.metrics.Average`.
 */
export class Average extends Metric {
  readonly argname: string;
  /** float32 scalar. */
  readonly total: MetricState;
  /** int32 scalar. */
  readonly count: MetricState;

  /** Name of the value it reads. Default 'values'. */
  constructor(argname = 'values') {
    super();
    this.argname = argname;
    this.total = new MetricState<tf.Tensor>(tf.scalar(0));
    this.count = new MetricState<tf.Tensor>(tf.scalar(0, 'int32'));
  }

  reset(): void {
    this.total.value = tf.scalar(0);
    this.count.value = tf.scalar(0, 'int32');
  }

  update(values: MetricUpdate): void {
    tf.tidy(() => {
      const { sum, count } = maskedSum(valueNamed('Average', values, this.argname), values['mask']);
      this.total.value = tf.add(this.total.value, sum);
      this.count.value = tf.add(this.count.value, count);
    });
  }

  compute(): tf.Tensor {
    return tf.tidy(() => tf.div(this.total.value, tf.cast(this.count.value, 'float32')));
  }
}

/**
 * Share of `logits` [..., classes] whose argmax is the label [...]; with a threshold, of logits [...] that are on the
 * label's side of it. Flax `nnx.metrics.Accuracy`.
 */
export class Accuracy extends Average {
  readonly threshold: number | null;

  /** With a threshold, logits are compared with it; else their argmax counts. */
  constructor(options: Options<{ /** Default null. */ threshold: number | null }> = {}) {
    super();
    this.threshold = options.threshold ?? null;
  }

  override update(values: MetricUpdate): void {
    const logits = tensorNamed('Accuracy', values, 'logits');
    const labels = tensorNamed('Accuracy', values, 'labels');
    const binary = this.threshold !== null;
    checkLabels(logits, labels, binary);
    tf.tidy(() => {
      const correct = binary
        ? tf.equal(tf.greaterEqual(logits, this.threshold!), tf.greater(labels, 0))
        : tf.equal(tf.argMax(logits, -1), labels);
      super.update({ values: tf.cast(correct, 'float32'), mask: values['mask'] });
    });
  }
}

/** Running mean and deviation of a named value of any shape, by Welford's method. Flax `nnx.metrics.Welford`. */
export class Welford extends Metric {
  readonly argname: string;
  /** int32 scalar. */
  readonly count: MetricState;
  /** float32 scalar. */
  readonly mean: MetricState;
  /** Sum of squared deviations: float32 scalar. */
  readonly m2: MetricState;

  /** Name of the value it reads. Default 'values'. */
  constructor(argname = 'values') {
    super();
    this.argname = argname;
    this.count = new MetricState<tf.Tensor>(tf.scalar(0, 'int32'));
    this.mean = new MetricState<tf.Tensor>(tf.scalar(0));
    this.m2 = new MetricState<tf.Tensor>(tf.scalar(0));
  }

  reset(): void {
    this.count.value = tf.scalar(0, 'int32');
    this.mean.value = tf.scalar(0);
    this.m2.value = tf.scalar(0);
  }

  update(values: MetricUpdate): void {
    tf.tidy(() => {
      const value = tf.cast(valueNamed('Welford', values, this.argname), 'float32');
      const before = tf.cast(this.count.value, 'float32');
      const after = tf.add(before, value.size);
      const batchMean = tf.mean(value);
      const delta = tf.sub(batchMean, this.mean.value);
      const batchM2 = tf.sum(tf.square(tf.sub(value, batchMean)));
      const between = tf.div(tf.mul(tf.square(delta), tf.mul(before, value.size)), after);
      this.m2.value = tf.add(this.m2.value, tf.add(batchM2, between));
      this.mean.value = tf.add(this.mean.value, tf.div(tf.mul(delta, value.size), after));
      this.count.value = tf.add(this.count.value, tf.scalar(value.size, 'int32'));
    });
  }

  compute(): Statistics {
    return tf.tidy(() => {
      const variance = tf.div(this.m2.value, tf.cast(this.count.value, 'float32'));
      const standardDeviation = tf.sqrt(variance);
      const standardErrorOfMean = tf.div(standardDeviation, tf.sqrt(tf.cast(this.count.value, 'float32')));
      return { mean: tf.clone(this.mean.value), standardErrorOfMean, standardDeviation };
    }) as unknown as Statistics;
  }
}

/** Several metrics updated with the same values. */
export class MultiMetricBase<M extends { readonly [name: string]: Metric }> extends Metric {
  readonly #names: readonly string[];

  constructor(metrics: M) {
    super();
    this.#names = Object.keys(metrics);
    const reserved = this.#names.find((name) => name in this);
    if (reserved !== undefined) {
      throw mistake('MultiMetric', `expected names of metrics, got '${reserved}', which is a method.`, 'Rename it.');
    }
    Object.assign(this, metrics);
  }

  reset(): void {
    for (const [, metric] of this.#metrics()) metric.reset();
  }

  update(values: MetricUpdate): void {
    for (const [, metric] of this.#metrics()) metric.update(values);
  }

  /** The result of each, by name. */
  compute(): { [K in keyof M]: ReturnType<M[K]['compute']> } {
    const results = this.#metrics().map(([name, metric]) => [name, metric.compute()]);
    return Object.fromEntries(results) as { [K in keyof M]: ReturnType<M[K]['compute']> };
  }

  #metrics(): [name: string, metric: Metric][] {
    const self = this as unknown as { readonly [name: string]: Metric };
    return this.#names.map((name) => [name, self[name]!]);
  }
}

/** Several metrics by name, each also an attribute. Flax `nnx.MultiMetric`. */
export type MultiMetric<M extends { readonly [name: string]: Metric }> = MultiMetricBase<M> & M;
export const MultiMetric = MultiMetricBase as unknown as new <M extends { readonly [name: string]: Metric }>(
  metrics: M,
) => MultiMetric<M>;

/** The metric classes. */
export const metrics = { Average, Accuracy, Welford, MultiMetric } as const;

function valueNamed(who: string, values: MetricUpdate, name: string): tf.Tensor {
  const value = values[name];
  if (typeof value === 'number') return tf.scalar(value);
  return tensorNamed(who, values, name);
}

function tensorNamed(who: string, values: MetricUpdate, name: string): tf.Tensor {
  const value = values[name];
  if (value instanceof tf.Tensor) return value;
  throw mistake(
    who,
    `expected a value '${name}', got ${Object.keys(values).join(', ') || 'none'}.`,
    `Pass it: metric.update({ ${name} }).`,
  );
}

function maskedSum(value: tf.Tensor, mask: MetricUpdate[string]): { sum: tf.Tensor; count: tf.Tensor } {
  if (!(mask instanceof tf.Tensor)) return { sum: tf.sum(value), count: tf.scalar(value.size, 'int32') };
  return { sum: tf.sum(tf.mul(value, tf.cast(mask, value.dtype))), count: tf.sum(tf.cast(mask, 'int32')) };
}

function checkLabels(logits: tf.Tensor, labels: tf.Tensor, binary: boolean): void {
  const expected = binary ? logits.shape : logits.shape.slice(0, -1);
  if (tf.util.arraysEqual(expected, labels.shape)) return;
  throw mistake(
    'Accuracy',
    `expected labels of shape ${shapeText(expected)} for logits of shape ${shapeText(logits.shape)}, got ` +
      `${shapeText(labels.shape)}.`,
    binary ? 'With a threshold, labels are 0 or 1 for each logit.' : 'Labels are class numbers: one for each row.',
  );
}
