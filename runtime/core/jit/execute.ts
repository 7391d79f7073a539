import * as tf from '@tensorflow/tfjs';
import type { Chain, ChainRunner } from './chain.js';
import { hostOperations } from './host-operations.js';
import { type Executable, type Instruction, type Program, type SlotId, type SlotValue, specOf } from './program.js';
import { optimised } from './optimise.js';
import { valuesOf } from './simplify.js';
import { chainTarget } from './targets.js';

/** Makes a program ready for the active backend. */
export function executable(program: Program): Executable {
  const { backendName } = tf.engine();
  const backend = tf.backend() as tf.KernelBackend;
  const plan = new Plan(program, reshapesInPlace.has(backendName));
  const chains = chainsOf(program, backend);
  const steps = program.instructions.map((instruction, k) => ({
    apply: stepOf(program, instruction, { backendName, backend, chains, inPlace: plan.inPlace }),
    frees: plan.freesAfter(k),
  }));
  const constants = new Constants(program, backend);
  return {
    run(inputs) {
      const values = new Array<SlotValue | undefined>(program.slots.length);
      program.inputs.forEach((slot, i) => (values[slot] = inputs[i]!));
      for (const { slot, tensor } of program.captured) values[slot] = tensor;
      constants.put(values);
      tf.engine().startScope('jit');
      try {
        for (const { apply, frees } of steps) {
          apply(values);
          for (const slot of frees) free(backend, values, slot);
        }
      } catch (error) {
        for (const slot of plan.owned) if (values[slot] !== undefined) free(backend, values, slot);
        throw error;
      } finally {
        tf.engine().endScope();
      }
      return plan.outputs(values, backend);
    },
  };
}

/** Backends whose tensors are rows of numbers, so that a reshape is another name for the same data. */
const reshapesInPlace = new Set(['cpu', 'wasm']);

interface StepContext {
  readonly backendName: string;
  readonly backend: tf.KernelBackend;
  readonly chains: ReadonlyMap<Instruction, ChainRunner>;
  readonly inPlace: boolean;
}

function chainsOf(program: Program, backend: tf.KernelBackend): ReadonlyMap<Instruction, ChainRunner> {
  const instructions = program.instructions.filter(({ kernelName }) => kernelName === '$chain');
  const chains = instructions.map(({ attrs }) => (attrs as { chain: Chain }).chain);
  const runners = chainTarget(tf.engine().backendName)?.compile(chains, backend) ?? [];
  return new Map(instructions.map((instruction, i) => [instruction, runners[i]!]));
}

type Apply = (values: (SlotValue | undefined)[]) => void;

function stepOf(program: Program, instruction: Instruction, context: StepContext): Apply {
  const { kernelName, inputs, outputs, attrs, names } = instruction;
  const [output] = outputs;
  const host = hostOperations.get(kernelName);
  const run =
    context.chains.get(instruction) ??
    host?.(attrs, { backend: context.backend, prepare: (inner) => executable(optimised(inner)) });
  if (run !== undefined) {
    return (values) => {
      const results = run(inputs.map((slot) => values[slot] as tf.TensorInfo));
      outputs.forEach((slot, i) => (values[slot] = results[i]!));
    };
  }
  if (kernelName === 'Reshape' && context.inPlace) {
    const { shape, dtype } = specOf(program, output!);
    const [input] = inputs;
    return (values) => {
      values[output!] = { dataId: (values[input!] as tf.TensorInfo).dataId, shape, dtype };
    };
  }
  const { kernelFunc } = kernelOf(kernelName, context.backendName);
  const { backend } = context;
  return (values) => {
    const given: Record<string, SlotValue> | SlotValue[] = names === null ? [] : {};
    for (let i = 0; i < inputs.length; i++) {
      (given as Record<string, SlotValue>)[names === null ? i : names[i]!] = values[inputs[i]!]!;
    }
    const result = kernelFunc({ inputs: given as tf.NamedTensorInfoMap, attrs: attrs as tf.NamedAttrMap, backend });
    if (Array.isArray(result)) result.forEach((each, i) => (values[outputs[i]!] = kept(each)));
    else values[output!] = kept(result);
  };
}

function kernelOf(kernelName: string, backendName: string): tf.KernelConfig {
  const kernel = tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined;
  if (kernel !== undefined) return kernel;
  throw new Error(
    `jax.jit: expected kernels that the backend '${backendName}' has, got ${kernelName}.\n` +
      'Choose another backend (`tf.setBackend`), or write the operation by others.',
  );
}

/** A tensor that a kernel made by other operations must outlive the scope of the run. */
function kept(result: tf.TensorInfo): tf.TensorInfo {
  return result instanceof tf.Tensor ? tf.keep(result) : result;
}

function free(backend: tf.KernelBackend, values: (SlotValue | undefined)[], slot: SlotId): void {
  const value = values[slot];
  values[slot] = undefined;
  if (value instanceof tf.Tensor) value.dispose();
  else if (value !== undefined && 'dataId' in value) backend.disposeData(value.dataId as object);
}

/** Who owns what, and until when. */
class Plan {
  readonly owned: readonly SlotId[];
  readonly #program: Program;
  readonly #roots = new Map<SlotId, SlotId>();
  readonly #frees: SlotId[][];

  constructor(
    program: Program,
    readonly inPlace: boolean,
  ) {
    this.#program = program;
    const last = new Map<SlotId, number>();
    const owned: SlotId[] = [];
    program.instructions.forEach(({ kernelName, inputs, outputs }, k) => {
      const names = inPlace && kernelName === 'Reshape';
      for (const input of inputs) last.set(this.#root(input), k);
      if (names) this.#roots.set(outputs[0]!, this.#root(inputs[0]!));
      else {
        owned.push(...outputs);
        outputs.forEach((output) => last.set(output, k));
      }
    });
    this.owned = owned;
    const returned = new Set(program.outputs.map((output) => this.#root(output)));
    this.#frees = program.instructions.map(() => []);
    for (const slot of owned) if (!returned.has(slot)) this.#frees[last.get(slot)!]!.push(slot);
  }

  freesAfter(k: number): readonly SlotId[] {
    return this.#frees[k]!;
  }

  /** The results, each a reference of its own. */
  outputs(values: readonly (SlotValue | undefined)[], backend: tf.KernelBackend): SlotValue[] {
    const untaken = new Set(this.owned);
    return this.#program.outputs.map((slot) => {
      const value = values[slot]!;
      if (!('dataId' in value)) return value;
      if (this.#program.constants.has(slot)) return copied(this.#program, slot, backend);
      if (value instanceof tf.Tensor) return this.#cloned(value, untaken.delete(slot));
      if (!untaken.delete(this.#root(slot))) backend.incRef(value.dataId as object);
      return value;
    });
  }

  /** A tensor of the caller's own; a result that a kernel made by operations is let go of. */
  #cloned(tensor: tf.Tensor, made: boolean): tf.Tensor {
    const own = tf.clone(tensor);
    if (made) tensor.dispose();
    return own;
  }

  #root(slot: SlotId): SlotId {
    return this.#roots.get(slot) ?? slot;
  }
}

function copied({ constants }: Program, slot: SlotId, backend: tf.KernelBackend): tf.TensorInfo {
  const constant = constants.get(slot)!;
  const { dtype } = constant;
  const shape = [...constant.shape];
  return { dataId: backend.write(valuesOf(constant).slice() as tf.BackendValues, shape, dtype), shape, dtype };
}

/** The constants of a program, uploaded when it first runs and freed when the program is collected. */
class Constants {
  readonly #program: Program;
  readonly #backend: tf.KernelBackend;
  readonly #used: readonly SlotId[];
  #infos: (readonly [SlotId, tf.TensorInfo])[] | null = null;

  constructor(program: Program, backend: tf.KernelBackend) {
    this.#program = program;
    this.#backend = backend;
    const used = new Set(program.instructions.flatMap(({ inputs }) => inputs));
    this.#used = [...program.constants.keys()].filter((slot) => used.has(slot));
  }

  put(values: (SlotValue | undefined)[]): void {
    if (this.#infos === null) {
      this.#infos = this.#used.map((slot) => [slot, copied(this.#program, slot, this.#backend)]);
      const [infos, backend] = [this.#infos, this.#backend];
      // The callback must not hold this object, whose end it waits for.
      uploads.register(this, () => infos.forEach(([, { dataId }]) => backend.disposeData(dataId as object)));
    }
    for (const [slot, info] of this.#infos) values[slot] = info;
    for (const slot of this.#program.outputs) {
      const constant = this.#program.constants.get(slot);
      if (constant !== undefined) values[slot] ??= { dataId: {}, shape: [...constant.shape], dtype: constant.dtype };
    }
  }
}

const uploads = new FinalizationRegistry((release: () => void) => {
  try {
    release();
  } catch {
    // The backend was removed, and its memory with it.
  }
});
