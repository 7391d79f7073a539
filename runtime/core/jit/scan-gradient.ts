import * as tf from '@tensorflow/tfjs';
import { pullBack } from '../autodiff/pullback.js';
import { kernelTable } from '../kernels/table.js';
import { isRecording, record, runCustom } from '../levels.js';
import type { ScanAttrs } from './loop-operations.js';
import type { Instruction, Program, Slot, SlotId } from './program.js';
import { simplified, withoutDead } from './simplify.js';
import { type Leaf, type Subprogram, input, slotOf, tensorsOf, traceBody } from './subprogram.js';
import type { TraceLevel } from './trace.js';

/** A scan over leaves: carry and one slice of each x in, carry and one slice of each y out. */
export interface ScanCall {
  readonly who: string;
  readonly init: readonly Leaf[];
  readonly xs: readonly Leaf[];
  readonly length: number;
  readonly reverse: boolean;
  step(carry: Leaf[], x: Leaf[]): { readonly carry: readonly Leaf[]; readonly ys: readonly Leaf[] };
  /** The same step by step, for derivatives of derivatives. */
  unrolled(init: readonly Leaf[], xs: readonly Leaf[]): readonly Leaf[];
}

/** A scan that keeps of each step what its gradient needs. */
export interface DifferentiableScan {
  /** Gives carry, ys, and what is kept. */
  readonly forward: Subprogram;
  /** Runs the scan so that the tape sees it: carry and ys. */
  run(level: TraceLevel, forward: () => Leaf[]): Leaf[];
}

/** Traces one step and its gradient, and takes them apart into a scan forwards and a scan back. */
export function differentiableScan(call: ScanCall, slots: readonly Slot[]): DifferentiableScan {
  const { whole, parts, step } = traceStep(call, slots);
  const { forward, backward, kept } = apart(whole, parts);
  const results = parts.carryOut.length + parts.ysOut.length;
  return {
    forward: { ...step, program: forward },
    run(level, runForward) {
      const { closed, closedKeys } = step;
      const { init, xs } = call;
      let keptLeaves: Leaf[] = [];
      let all: Leaf[] = [];
      const outputs = runCustom({
        inputs: [...closed, ...tensorsOf(init), ...tensorsOf(xs)],
        forward: (save) => {
          const given = runForward();
          all = given.slice(0, results);
          keptLeaves = given.slice(results);
          save(tensorsOf(keptLeaves));
          return tensorsOf(all);
        },
        backward: (cotangents, saved) => {
          if (isRecording()) return stepByStep(call, closed, cotangents);
          const stacked = withTensors(keptLeaves, saved);
          const sources: ReadonlyMap<SlotId, Leaf> = new Map([
            ...parts.closed.map((slot, i): [SlotId, Leaf] => [slot, closed[i]!]),
            ...parts.x.map((slot, i): [SlotId, Leaf] => [slot, xs[i]!]),
            ...kept.map((slot, i): [SlotId, Leaf] => [slot, stacked[i]!]),
          ]);
          return scanBack(level, { call, parts, backward, sources, closed, closedKeys, cotangents, results: all });
        },
      });
      return withTensors(all, outputs);
    },
  };
}

/** Slots of one step with its gradient. */
interface StepParts {
  readonly closed: readonly SlotId[];
  readonly closedKeys: readonly SlotId[];
  readonly carry: readonly SlotId[];
  readonly x: readonly SlotId[];
  /** Cotangents of the float results: of the carry, and of ys. */
  readonly carryCotangents: readonly SlotId[];
  readonly yCotangents: readonly SlotId[];
  /** Sums of the gradients of what is closed over. */
  readonly sums: readonly SlotId[];
  readonly carryOut: readonly SlotId[];
  readonly ysOut: readonly SlotId[];
  readonly carryGradients: readonly SlotId[];
  readonly xGradients: readonly SlotId[];
  readonly sumsOut: readonly SlotId[];
}

const isFloat = ({ dtype }: tf.Tensor): boolean => dtype === 'float32';
const floats = (leaves: readonly Leaf[]): tf.Tensor[] => tensorsOf(leaves).filter(isFloat);

function traceStep(
  call: ScanCall,
  slots: readonly Slot[],
): { readonly whole: Program; readonly parts: StepParts; readonly step: Subprogram } {
  const count = call.init.length;
  let counts!: Record<'carryOut' | 'ysOut' | 'carryCotangents' | 'yCotangents' | 'sums' | 'carryGradients', number>;
  const step = traceBody(call.who, slots, (given, level) => {
    const [carry, x] = [given.slice(0, count), given.slice(count)];
    const { output, nodes, release } = record(
      () => call.step(carry, x),
      (results) => tensorsOf([...results.carry, ...results.ys]),
    );
    const closed = level.captured.map(({ tensor }) => tensor).filter(isFloat);
    const inputs = [...floats(carry), ...floats(x), ...closed];
    const outputs = [...floats(output.carry), ...floats(output.ys)];
    const cotangents = outputs.map((each) => level.input(each));
    const sums = closed.map((tensor) => level.input(tensor));
    const gradients = pullBack({ inputs, outputs, nodes }, cotangents);
    release();
    const own = inputs.length - closed.length;
    counts = {
      carryOut: output.carry.length,
      ysOut: output.ys.length,
      carryCotangents: floats(output.carry).length,
      yCotangents: floats(output.ys).length,
      sums: sums.length,
      carryGradients: floats(carry).length,
    };
    const added = sums.map((sum, i) => tf.add(sum, gradients[own + i]!));
    return [...output.carry, ...output.ys, ...gradients.slice(0, own), ...added];
  });
  const whole = simplified(step.program, { fold: false });
  const give = taker(whole.inputs);
  const [closed, closedKeys] = [give(step.closed.length), give(step.closedKeys.length)];
  const [carry, x] = [give(count), give(slots.length - count)];
  const taken = { carryCotangents: give(counts.carryCotangents), yCotangents: give(counts.yCotangents) };
  const sums = give(counts.sums);
  const out = taker(whole.outputs);
  const outs = { carryOut: out(counts.carryOut), ysOut: out(counts.ysOut), carryGradients: out(counts.carryGradients) };
  const xGradients = out(
    whole.outputs.length - counts.sums - outs.carryGradients.length - counts.carryOut - counts.ysOut,
  );
  const parts = { closed, closedKeys, carry, x, ...taken, sums, ...outs, xGradients, sumsOut: out(counts.sums) };
  return { whole, parts, step };
}

function taker(slots: readonly SlotId[]): (count: number) => SlotId[] {
  let at = 0;
  return (count) => slots.slice(at, (at += count));
}

/** What does not need cotangents, and what does; `kept` goes from the one to the other. */
function apart(
  whole: Program,
  parts: StepParts,
): { readonly forward: Program; readonly backward: Program; readonly kept: readonly SlotId[] } {
  const late = new Set([...parts.carryCotangents, ...parts.yCotangents, ...parts.sums]);
  const isLate = ({ inputs }: Instruction): boolean => inputs.some((slot) => late.has(slot));
  for (const instruction of whole.instructions) {
    if (isLate(instruction)) instruction.outputs.forEach((slot) => late.add(slot));
  }
  const early = whole.instructions.filter((instruction) => !isLate(instruction));
  const back = whole.instructions.filter(isLate);
  const gradients = [...parts.carryGradients, ...parts.sumsOut, ...parts.xGradients];
  const ready = new Set([...whole.constants.keys(), ...parts.closed, ...parts.x]);
  const again: Instruction[] = [];
  for (const instruction of early)
    if (isCheap(instruction) && instruction.inputs.every((each) => ready.has(each))) {
      // Follows from what is the same in every step, or is given anyway: made again rather than kept.
      again.push(instruction);
      instruction.outputs.forEach((slot) => ready.add(slot));
    }
  const used = [...back.flatMap(({ inputs }) => inputs), ...gradients];
  const kept = [...new Set(used.filter((slot) => !late.has(slot) && !ready.has(slot)))];
  const bodyInputs = [...parts.closed, ...parts.closedKeys, ...parts.carry, ...parts.x];
  const forward = { ...whole, inputs: bodyInputs, instructions: early };
  const backward = withoutDead({ ...whole, inputs: [], instructions: [...again, ...back], outputs: gradients });
  return {
    forward: withoutDead({ ...forward, outputs: [...parts.carryOut, ...parts.ysOut, ...kept] }),
    backward,
    kept,
  };
}

function isCheap({ kernelName, outputs, inputs }: Instruction): boolean {
  const record = kernelTable.get(kernelName);
  return outputs.length === 1 && inputs.length > 0 && (record?.alias !== undefined || record?.element !== undefined);
}

interface BackwardCall {
  readonly call: ScanCall;
  readonly parts: StepParts;
  readonly backward: Program;
  /** What the inputs of the program stand for, in all steps where it has a leading axis. */
  readonly sources: ReadonlyMap<SlotId, Leaf>;
  readonly closed: readonly tf.Tensor[];
  readonly closedKeys: Subprogram['closedKeys'];
  readonly cotangents: readonly tf.Tensor[];
  /** Carry and ys. */
  readonly results: readonly Leaf[];
}

/** The scan in the other direction; gradients of what is closed over, the first carry and xs. */
function scanBack(
  level: TraceLevel,
  { call, parts, backward, sources, closed, cotangents, results }: BackwardCall,
): tf.Tensor[] {
  const used = new Set(backward.instructions.flatMap(({ inputs }) => inputs).concat(backward.outputs));
  const fixed = parts.closed.filter((slot) => used.has(slot));
  const sliced = [...sources.keys()].filter((slot) => used.has(slot) && !parts.closed.includes(slot));
  const carried = tensorsOf(results.slice(0, call.init.length)).length;
  const ofCarry = cotangents.slice(0, carried).filter(isFloat);
  const ofYs = cotangents.slice(carried).filter(isFloat);
  const sums = closed.filter(isFloat);
  const zeros = sums.map((tensor) => tf.zerosLike(tensor));
  const given = (list: readonly SlotId[]): Leaf[] => list.map((slot) => sources.get(slot)!);
  const attrs: ScanAttrs = {
    body: {
      ...backward,
      inputs: [...fixed, ...parts.carryCotangents, ...parts.sums, ...sliced, ...parts.yCotangents],
    },
    constants: fixed.length,
    carry: ofCarry.length + zeros.length,
    length: call.length,
    reverse: !call.reverse,
  };
  const inputs = [...given(fixed), ...ofCarry, ...zeros, ...given(sliced), ...ofYs].map(input);
  const xs = tensorsOf(call.xs).filter(isFloat);
  const outputs = [...ofCarry, ...sums, ...xs].map(slotOf);
  const gradients = level.recordCall('$scan', { inputs, attrs, outputs }) as tf.Tensor[];
  const give = gradients[Symbol.iterator]();
  const next = (tensor: tf.Tensor): tf.Tensor =>
    isFloat(tensor) ? (give.next().value as tf.Tensor) : tf.zerosLike(tensor);
  const ofInit = tensorsOf(call.init).map(next);
  return [...closed.map(next), ...ofInit, ...tensorsOf(call.xs).map(next)];
}

/** The gradient where it is itself differentiated: through every step. */
function stepByStep(call: ScanCall, closed: readonly tf.Tensor[], cotangents: readonly tf.Tensor[]): tf.Tensor[] {
  const { output, nodes } = record(() => call.unrolled(call.init, call.xs), tensorsOf);
  const inputs = [...closed, ...tensorsOf(call.init), ...tensorsOf(call.xs)];
  return pullBack({ inputs, outputs: tensorsOf(output), nodes }, cotangents);
}

function withTensors(leaves: readonly Leaf[], tensors: readonly tf.Tensor[]): Leaf[] {
  let next = 0;
  return leaves.map((leaf) => (leaf instanceof tf.Tensor ? tensors[next++]! : leaf));
}
