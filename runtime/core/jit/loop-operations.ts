import * as tf from '@tensorflow/tfjs';
import type { KeySource } from '../key-source.js';
import type { Executable, HostOperation, Program, SlotValue } from './program.js';

/** A scan: its program takes constants, carry and one slice of each x, and gives carry and one slice of each y. */
export interface ScanAttrs {
  readonly body: Program;
  /** How many of the inputs are constants, and carry; the rest are xs. */
  readonly constants: number;
  readonly carry: number;
  readonly length: number;
  readonly reverse: boolean;
}

/** A loop: `condition` and `body` take constants and carry. */
export interface WhileAttrs {
  readonly condition: Program;
  readonly body: Program;
  readonly constants: number;
}

/** A choice: the first input says which of the branches runs on the others. */
export interface BranchAttrs {
  readonly branches: readonly Program[];
}

/** Instructions that run programs. */
export const loopOperations: Readonly<Record<'$scan' | '$while' | '$branch', HostOperation>> = {
  $scan: (attrs, { backend, prepare }) => {
    const { body, constants, carry, length, reverse } = attrs as ScanAttrs;
    const step = prepare(body);
    return (inputs) => {
      const fixed = inputs.slice(0, constants);
      const parts = inputs.slice(constants + carry).map((x) => slices(x, length, backend));
      const rows = body.outputs.slice(carry).map(() => new Array<SlotValue>(length));
      const state = new Carry(inputs.slice(constants, constants + carry), backend);
      try {
        for (let i = 0; i < length; i++) {
          const at = reverse ? length - 1 - i : i;
          const results = step.run([...fixed, ...state.values, ...parts.map((part) => part[at]!)]);
          state.next(results.slice(0, carry));
          rows.forEach((row, j) => (row[at] = results[carry + j]!));
        }
        return [...state.owned(), ...rows.map((row) => stacked(row, backend))];
      } catch (error) {
        state.dispose();
        throw error;
      } finally {
        for (const values of [...parts, ...rows]) values.forEach((value) => free(value, backend));
      }
    };
  },
  $while: (attrs, { backend, prepare }) => {
    const { constants, ...programs } = attrs as WhileAttrs;
    const [condition, body] = [prepare(programs.condition), prepare(programs.body)];
    return (inputs) => {
      const fixed = inputs.slice(0, constants);
      const state = new Carry(inputs.slice(constants), backend);
      try {
        while (holds(condition, [...fixed, ...state.values], backend))
          state.next(body.run([...fixed, ...state.values]));
        return state.owned();
      } catch (error) {
        state.dispose();
        throw error;
      }
    };
  },
  $branch: (attrs, { backend, prepare }) => {
    const branches = (attrs as BranchAttrs).branches.map(prepare);
    return ([index, ...operands]) => {
      const at = Math.trunc(numberOf(index as tf.TensorInfo, backend));
      return branches[Math.min(Math.max(at, 0), branches.length - 1)]!.run(operands);
    };
  },
};

/** What a loop hands from step to step; frees what it made and no longer needs. */
class Carry {
  values: readonly SlotValue[];
  #made = false;

  constructor(
    first: readonly SlotValue[],
    readonly backend: tf.KernelBackend,
  ) {
    this.values = first;
  }

  next(values: readonly SlotValue[]): void {
    this.dispose();
    this.values = values;
    this.#made = true;
  }

  /** The last values as references of the caller's own. */
  owned(): SlotValue[] {
    if (!this.#made)
      for (const value of this.values) if ('dataId' in value) this.backend.incRef(value.dataId as object);
    return [...this.values];
  }

  dispose(): void {
    if (this.#made) this.values.forEach((value) => free(value, this.backend));
    this.#made = false;
  }
}

function holds(condition: Executable, inputs: readonly SlotValue[], backend: tf.KernelBackend): boolean {
  const [result] = condition.run(inputs);
  const value = numberOf(result as tf.TensorInfo, backend);
  free(result, backend);
  return value !== 0;
}

function numberOf(info: tf.TensorInfo, backend: tf.KernelBackend): number {
  const values = info instanceof tf.Tensor ? (info as tf.Tensor).dataSync() : backend.readSync(info.dataId as object);
  return values[0] as number;
}

/** Each slice of the leading axis. */
function slices(x: SlotValue, length: number, backend: tf.KernelBackend): SlotValue[] {
  if (!('dataId' in x)) {
    const [, ...shape] = x.shape;
    const size = tf.util.sizeFromShape(shape);
    return Array.from({ length }, (_, row) =>
      x.select(
        shape,
        Array.from({ length: size }, (_each, i) => row * size + i),
      ),
    );
  }
  const attrs = { num: length, axis: 0 };
  const { kernelFunc } = tf.getKernel('Unpack', tf.engine().backendName);
  return kernelFunc({ inputs: { value: x }, attrs, backend }) as tf.TensorInfo[];
}

function stacked(rows: readonly SlotValue[], backend: tf.KernelBackend): SlotValue {
  const [first] = rows;
  if (!('dataId' in first!)) return (first as KeySource).stack(rows as readonly KeySource[]);
  const { kernelFunc } = tf.getKernel('Pack', tf.engine().backendName);
  const inputs = rows as unknown as tf.NamedTensorInfoMap;
  return kernelFunc({ inputs, attrs: { axis: 0 }, backend }) as tf.TensorInfo;
}

function free(value: SlotValue | undefined, backend: tf.KernelBackend): void {
  if (value === undefined || !('dataId' in value)) return;
  if (value instanceof tf.Tensor) value.dispose();
  else backend.disposeData(value.dataId as object);
}
