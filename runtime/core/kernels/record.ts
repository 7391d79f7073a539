import type * as tf from '@tensorflow/tfjs';

/** What is known of a tensor without its values. */
export interface Spec {
  readonly shape: number[];
  readonly dtype: tf.DataType;
}

/** An input of a kernel that runs for all examples of a `vmap` at once. */
export interface Operand extends Spec {
  /** Of one example. */
  readonly shape: number[];
  /** For all examples, the mapped axis first, when `mapped`. */
  readonly tensor: tf.Tensor;
  /** False: the same for every example, without the mapped axis. */
  readonly mapped: boolean;
}

/** A kernel under `vmap`; at least one input is mapped. */
export interface BatchCall<Names extends string = string, Attrs = object, Optional extends string = never> {
  readonly kernelName: string;
  /** Number of examples. */
  readonly size: number;
  readonly inputs: Inputs<Operand, Names, Optional>;
  readonly attrs: Attrs;
}

/** What is known of one TensorFlow.js kernel. Inputs come without those that were not given. */
export interface KernelRecord {
  readonly kernelName: string;
  /** False for kernels that draw numbers or have an effect: not folded, refused under `vmap`. */
  readonly pure: boolean;
  /** Shapes and dtypes of the outputs, from those of the inputs and the attributes. */
  shapes(inputs: Readonly<Record<string, Spec>>, attrs: object): Spec | Spec[];
  /**
   * Runs the kernel for all examples, by operations of the level below. Every output has the mapped axis first. Null
   * where it has to run example by example.
   */
  readonly batch?: (call: BatchCall) => tf.Tensor | tf.Tensor[] | null;
  /** True when the output holds the elements of the first input in their order; its shape may differ. */
  readonly alias?: (inputs: Readonly<Record<string, Spec>>, attrs: object) => boolean;
  /**
   * One element of the output in JavaScript, from `a`, `b`, `c` (the inputs in their order, broadcast), of float32
   * tensors and of flags as 0 or 1, as the cpu kernel computes it.
   */
  readonly element?: (attrs: object) => string;
  /** The same by other kernels. */
  readonly decompose?: (inputs: Readonly<Record<string, tf.Tensor>>, attrs: object) => tf.Tensor;
}

/** Rules of kernels with inputs of these names; some of them may not be given. */
export interface Rules<Names extends string, Attrs, Optional extends string> {
  readonly pure?: boolean;
  shapes(inputs: Inputs<Spec, Names, Optional>, attrs: Attrs): Spec | Spec[];
  batch?(call: BatchCall<Names, Attrs, Optional>): tf.Tensor | tf.Tensor[] | null;
  alias?(inputs: Inputs<Spec, Names, Optional>, attrs: Attrs): boolean;
  element?(attrs: Attrs): string;
  decompose?(inputs: Inputs<tf.Tensor, Names, Optional>, attrs: Attrs): tf.Tensor;
}

type Inputs<T, Names extends string, Optional extends string> = Readonly<
  Record<Names, T> & Partial<Record<Optional, T>>
>;

/** Records of kernels (names separated by blanks) that share their rules. */
export function kernels<Names extends string, Attrs = object, Optional extends string = never>(
  names: string,
  rules: Rules<Names, Attrs, Optional>,
): KernelRecord[] {
  return names
    .trim()
    .split(/\s+/)
    .map((kernelName) => ({ ...(rules as unknown as KernelRecord), pure: rules.pure ?? true, kernelName }));
}

/** The first of the inputs. */
export function first<T>(inputs: Readonly<Record<string, T>>): T {
  return Object.values(inputs)[0]!;
}
