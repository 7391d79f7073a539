import type * as tf from '@tensorflow/tfjs';

/** Operations that go element by element, as one loop. Values are numbered: operands, then constants, then steps. */
export interface Chain {
  /** Sizes of the nested loops, outermost first: the shape with axes joined where all operands allow it. */
  readonly sizes: readonly number[];
  readonly operands: readonly ChainOperand[];
  readonly constants: readonly number[];
  readonly steps: readonly ChainStep[];
  readonly outputs: readonly ChainOutput[];
}

/** A tensor that a chain reads. */
export interface ChainOperand {
  readonly dtype: tf.DataType;
  /** For each loop, how many elements further the next step reads: 0 where the operand is broadcast. */
  readonly strides: readonly number[];
}

/** One operation: a kernel by its name, on values of the chain. */
export interface ChainStep {
  readonly kernelName: string;
  readonly attrs: object;
  readonly args: readonly number[];
  readonly dtype: tf.DataType;
}

/** A tensor that a chain writes. */
export interface ChainOutput {
  readonly value: number;
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

/** A chain made ready for a backend. */
export type ChainRunner = (inputs: readonly tf.TensorInfo[]) => tf.TensorInfo[];

/** How a backend runs chains. */
export interface ChainTarget {
  /** Whether it has this operation, on values of these dtypes. `constant` is the value of arguments that have one. */
  supports(step: Omit<ChainStep, 'args'>, args: readonly ChainArgument[]): boolean;
  /** Least number of operations for which a chain of `size` elements pays. */
  worth(size: number): number;
  compile(chains: readonly Chain[], backend: tf.KernelBackend): ChainRunner[];
}

/** What is known of an argument of a step. */
export interface ChainArgument {
  readonly dtype: tf.DataType;
  readonly constant: number | undefined;
}

/** Loops over `shape` and how operands of these shapes, each broadcast to it, move through them. */
export function loopsOver(
  shape: readonly number[],
  operands: readonly (readonly number[])[],
): { readonly sizes: number[]; readonly strides: number[][] } {
  const full = operands.map((own) => [...new Array<number>(shape.length - own.length).fill(1), ...own]);
  const strides = full.map((own) => own.map((size, axis) => (size === 1 ? 0 : product(own.slice(axis + 1)))));
  const sizes: number[] = [];
  const joined: number[][] = operands.map(() => []);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]!;
    if (size === 1) continue;
    const inner = sizes[0];
    const joins = inner !== undefined && strides.every((own, i) => own[axis] === joined[i]![0]! * inner);
    if (joins) sizes[0] = inner * size;
    else {
      sizes.unshift(size);
      strides.forEach((own, i) => joined[i]!.unshift(own[axis]!));
    }
  }
  if (sizes.length > 0) return { sizes, strides: joined };
  return { sizes: [1], strides: operands.map(() => [0]) };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}
