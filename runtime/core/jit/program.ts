import type * as tf from '@tensorflow/tfjs';
import type { KeySource } from '../key-source.js';
import type { Spec } from '../kernels/record.js';

/** A value of a program: its number in `Program.slots`. */
export type SlotId = number;

/** What a slot holds: a tensor of this shape and dtype, or the words of keys of this shape. */
export type Slot = ({ readonly kind: 'tensor' } & Spec) | { readonly kind: 'key'; readonly shape: readonly number[] };

/** What a slot holds while a program runs. */
export type SlotValue = tf.TensorInfo | KeySource;

/** A program made ready for one backend. */
export interface Executable {
  /** Runs it; the tensors it answers belong to the caller. */
  run(inputs: readonly SlotValue[]): SlotValue[];
}

/** Makes an operation that runs on the host ready: values in, values out. */
export type HostOperation = (
  attrs: object,
  context: { readonly backend: tf.KernelBackend; prepare(program: Program): Executable },
) => (inputs: readonly SlotValue[]) => SlotValue[];

/** One operation. */
export interface Instruction {
  readonly kernelName: string;
  /** The kernel's names of its inputs, in the order of `inputs`; null for a kernel that takes a list. */
  readonly names: readonly string[] | null;
  readonly inputs: readonly SlotId[];
  readonly attrs: object;
  readonly outputs: readonly SlotId[];
  /** Whether the kernel answers a list. */
  readonly many: boolean;
}

/** A tensor that the function closes over: read at every call through the same object. */
export interface Captured {
  readonly slot: SlotId;
  readonly tensor: tf.Tensor;
}

/** Keys of an enclosing function that is being traced. */
export interface CapturedKeys {
  readonly slot: SlotId;
  readonly source: KeySource;
}

/** A value that is the same in every call. */
export interface Constant {
  readonly dtype: tf.DataType;
  readonly shape: readonly number[];
  readonly values: tf.BackendValues;
}

/** Straight-line code, each slot written once. */
export interface Program {
  readonly slots: readonly Slot[];
  readonly inputs: readonly SlotId[];
  readonly captured: readonly Captured[];
  readonly constants: ReadonlyMap<SlotId, Constant>;
  readonly instructions: readonly Instruction[];
  readonly outputs: readonly SlotId[];
}

/** A program being written. */
export class ProgramBuilder {
  readonly slots: Slot[] = [];
  readonly inputs: SlotId[] = [];
  readonly captured: Captured[] = [];
  readonly capturedKeys: CapturedKeys[] = [];
  readonly constants = new Map<SlotId, Constant>();
  readonly instructions: Instruction[] = [];

  slot(slot: Slot): SlotId {
    return this.slots.push(slot) - 1;
  }

  input(slot: Slot): SlotId {
    const id = this.slot(slot);
    this.inputs.push(id);
    return id;
  }

  tensor({ shape, dtype }: { readonly shape: readonly number[]; readonly dtype: tf.DataType }): SlotId {
    return this.slot({ kind: 'tensor', shape: [...shape], dtype });
  }

  constant(constant: Constant): SlotId {
    const id = this.tensor(constant);
    this.constants.set(id, constant);
    return id;
  }

  capture(tensor: tf.Tensor): SlotId {
    const slot = this.tensor(tensor);
    this.captured.push({ slot, tensor });
    return slot;
  }

  captureKeys(source: KeySource): SlotId {
    const slot = this.slot({ kind: 'key', shape: source.shape });
    this.capturedKeys.push({ slot, source });
    return slot;
  }

  add(instruction: Omit<Instruction, 'outputs'>, outputs: readonly Slot[]): SlotId[] {
    const ids = outputs.map((each) => this.slot(each));
    this.instructions.push({ ...instruction, outputs: ids });
    return ids;
  }

  finish(outputs: readonly SlotId[]): Program {
    const { slots, inputs, captured, constants, instructions } = this;
    return { slots, inputs, captured, constants, instructions, outputs: [...outputs] };
  }
}

/** Shape and dtype of a slot that holds a tensor. */
export function specOf({ slots }: { readonly slots: readonly Slot[] }, id: SlotId): Spec {
  const slot = slots[id];
  if (slot?.kind === 'tensor') return slot;
  throw new Error(`linen2nnx: slot ${id} of a compiled function holds no tensor. This is a bug; report it.`);
}
