import * as tf from '@tensorflow/tfjs';
import type { Spec } from '../kernels/record.js';
import { kernelTable } from '../kernels/table.js';
import { type Constant, type Instruction, type Program, type SlotId, specOf } from './program.js';

/** Removes what does nothing, computes (with `fold`, by kernels of the active backend) what is the same in every call, and keeps one of equal operations. */
export function simplified(program: Program, options: { readonly fold?: boolean } = {}): Program {
  return withoutDead(new Simplifier(program, options.fold ?? true).run());
}

/** Leaves out instructions whose results nothing uses. */
export function withoutDead(program: Program): Program {
  const live = new Set(program.outputs);
  const kept: Instruction[] = [];
  for (const instruction of [...program.instructions].reverse()) {
    if (!instruction.outputs.some((output) => live.has(output))) continue;
    kept.push(instruction);
    for (const input of instruction.inputs) live.add(input);
  }
  return {
    ...program,
    instructions: kept.reverse(),
    captured: program.captured.filter(({ slot }) => live.has(slot)),
    constants: new Map([...program.constants].filter(([slot]) => live.has(slot))),
  };
}

/** The one value of all elements of a constant, undefined where they differ. */
export function uniformValue(constant: Constant | undefined): number | undefined {
  if (constant === undefined || constant.dtype === 'string' || constant.dtype === 'complex64') return undefined;
  const values = constant.values as Float32Array;
  const [first] = values;
  return first !== undefined && values.every((value) => Object.is(value, first)) ? first : undefined;
}

class Simplifier {
  readonly #program: Program;
  readonly #constants: Map<SlotId, Constant>;
  /** Slots that hold what another slot holds. */
  readonly #same = new Map<SlotId, SlotId>();
  readonly #seen = new Map<string, readonly SlotId[]>();
  readonly #views = new Map<SlotId, SlotId>();

  constructor(
    program: Program,
    readonly fold: boolean,
  ) {
    this.#program = program;
    this.#constants = new Map(program.constants);
    const equal = new Map<string, SlotId>();
    for (const [slot, { dtype, shape, values }] of program.constants) {
      if (values.length > 16 || dtype === 'string') continue;
      const key = `${dtype}[${shape.join()}]${Array.from(values as Float32Array, (v) => (Object.is(v, -0) ? '-0' : v)).join()}`;
      if (equal.has(key)) this.#same.set(slot, equal.get(key)!);
      else equal.set(key, slot);
    }
  }

  run(): Program {
    const instructions = this.#program.instructions.flatMap((each) => {
      const instruction = { ...each, inputs: each.inputs.map((input) => this.#resolve(input)) };
      return this.#folds(instruction) ? [] : this.#kept(instruction);
    });
    const outputs = this.#program.outputs.map((output) => this.#resolve(output));
    return { ...this.#program, instructions, outputs, constants: this.#constants };
  }

  #resolve(slot: SlotId): SlotId {
    let at = slot;
    for (let next = this.#same.get(at); next !== undefined; next = this.#same.get(at)) at = next;
    return at;
  }

  /** The instruction as it stays: a reshape where it moves nothing, none where it repeats one. */
  #kept(instruction: Instruction): Instruction[] {
    const record = kernelTable.get(instruction.kernelName);
    const [output] = instruction.outputs;
    if (record?.pure !== true) return [instruction];
    const aliases = instruction.kernelName !== barrier;
    const kept =
      aliases && record.alias?.(this.#given(instruction), instruction.attrs) ? this.#reshape(instruction) : instruction;
    const key = `${kept.kernelName}(${kept.inputs.join()})${JSON.stringify(kept.attrs)}`;
    const equal = this.#seen.get(key);
    if (equal !== undefined) {
      kept.outputs.forEach((slot, i) => this.#same.set(slot, equal[i]!));
      return [];
    }
    this.#seen.set(key, kept.outputs);
    if (kept.kernelName === 'Reshape') this.#views.set(output!, kept.inputs[0]!);
    return [kept];
  }

  #reshape({ inputs, outputs }: Instruction): Instruction {
    const root = this.#views.get(inputs[0]!) ?? inputs[0]!;
    const { shape } = specOf(this.#program, outputs[0]!);
    return { kernelName: 'Reshape', names: ['x'], inputs: [root], attrs: { shape }, outputs, many: false };
  }

  /** True when the result is a constant, or what another slot holds. */
  #folds(instruction: Instruction): boolean {
    const [output] = instruction.outputs;
    const record = kernelTable.get(instruction.kernelName);
    if (record?.pure !== true || instruction.many || instruction.kernelName === barrier) return false;
    const kept = this.#unchanged(instruction);
    if (kept !== undefined) {
      this.#same.set(output!, kept);
      return true;
    }
    const constant = this.#constant(instruction);
    if (constant === undefined) return false;
    this.#constants.set(output!, constant);
    return true;
  }

  /** The input that the result equals. */
  #unchanged({ kernelName, inputs, outputs, attrs, names }: Instruction): SlotId | undefined {
    const [first, second] = inputs;
    if (first === undefined) return undefined;
    const out = specOf(this.#program, outputs[0]!);
    const like = (slot: SlotId): boolean => sameSpec(specOf(this.#program, slot), out);
    const one = (slot: SlotId): boolean => uniformValue(this.#constants.get(slot)) === 1;
    if (kernelName === 'Multiply' && one(first) && like(second!)) return second;
    if ((kernelName === 'Multiply' || kernelName === 'RealDiv') && one(second!) && like(first)) return first;
    if (!like(first)) return undefined;
    if (/^(Sum|Mean|Max|Min|Prod)$/.test(kernelName) && reducesNothing(attrs)) return first;
    const given = this.#given({ inputs, names });
    return kernelTable.get(kernelName)?.alias?.(given, attrs) === true ? first : undefined;
  }

  #constant(instruction: Instruction): Constant | undefined {
    const out = specOf(this.#program, instruction.outputs[0]!);
    const { kernelName, attrs } = instruction;
    if (out.dtype === 'string' || out.dtype === 'complex64') return undefined;
    const uniform = (value: number): Constant => ({ ...out, values: typed(out.dtype, [value]) });
    if (kernelName === 'Fill') return uniform((attrs as { value: number }).value);
    if (kernelName === 'ZerosLike' || kernelName === 'OnesLike') return uniform(kernelName === 'OnesLike' ? 1 : 0);
    if (!this.fold) return undefined;
    const given = instruction.inputs.map((input) => this.#constants.get(input));
    if (given.some((constant) => constant === undefined)) return undefined;
    const values = given.map(uniformValue);
    if (values.length > 0 && values.every((value) => value !== undefined) && isLocal(kernelName)) {
      if (moves.has(kernelName)) return uniform(values[0]!);
      return { ...out, values: this.#evaluate(instruction, given.map(single)) };
    }
    if (
      tf.util.sizeFromShape(out.shape) > foldLimit ||
      given.some((c) => tf.util.sizeFromShape([...c!.shape]) > foldLimit)
    ) {
      return undefined;
    }
    return { ...out, values: this.#evaluate(instruction, given as Constant[]) };
  }

  #evaluate({ kernelName, names, attrs }: Instruction, constants: readonly (Constant | undefined)[]): tf.BackendValues {
    return tf.tidy(() => {
      const tensors = constants.map((constant) => tensorOfConstant(constant!));
      const inputs = names === null ? tensors : Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
      const result = tf
        .engine()
        .runKernel<tf.Tensor>(kernelName, inputs as tf.NamedTensorMap, attrs as tf.NamedAttrMap);
      return result.dataSync();
    });
  }

  #given({ inputs, names }: Pick<Instruction, 'inputs' | 'names'>): Record<string, Spec> {
    return Object.fromEntries(inputs.map((input, i) => [names?.[i] ?? String(i), specOf(this.#program, input)]));
  }
}

/** All values of a constant, in a tensor. */
function tensorOfConstant(constant: Constant): tf.Tensor {
  return tf.tensor(valuesOf(constant) as Float32Array, [...constant.shape], constant.dtype);
}

/** All values of a constant, row by row. */
export function valuesOf({ values, shape, dtype }: Constant): tf.BackendValues {
  const size = tf.util.sizeFromShape([...shape]);
  if (values.length === size || dtype === 'string') return values;
  return typed(dtype, new Array<number>(size).fill((values as Float32Array)[0]!));
}

/** Constants up to this many elements are computed once. */
const foldLimit = 1 << 14;
/** Gives its input, and keeps what is computed from it apart from what is computed without it. */
const barrier = 'OptimizationBarrier';
/** Kernels that move elements: they make a uniform tensor uniform. */
const moves = new Set('Identity Reshape ExpandDims Transpose Reverse Tile Slice StridedSlice BroadcastTo'.split(' '));

function isLocal(kernelName: string): boolean {
  const record = kernelTable.get(kernelName);
  return moves.has(kernelName) || kernelName === 'Cast' || record?.element !== undefined;
}

function single(constant: Constant | undefined): Constant {
  return { ...constant!, shape: [], values: (constant!.values as Float32Array).slice(0, 1) };
}

function sameSpec(a: Spec, b: Spec): boolean {
  return a.dtype === b.dtype && tf.util.arraysEqual(a.shape, b.shape);
}

function reducesNothing(attrs: object): boolean {
  const { axis, reductionIndices } = attrs as { axis?: unknown; reductionIndices?: unknown };
  const axes = reductionIndices ?? axis;
  return Array.isArray(axes) && axes.length === 0;
}

function typed(dtype: tf.DataType, values: ArrayLike<number>): Float32Array | Int32Array | Uint8Array {
  if (dtype === 'bool') return Uint8Array.from(values);
  return dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
}
