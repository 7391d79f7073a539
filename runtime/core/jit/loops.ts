import * as tf from '@tensorflow/tfjs';
import { pullBack } from '../autodiff/pullback.js';
import { isRecording, record, runCustom } from '../levels.js';
import type { BranchAttrs, ScanAttrs, WhileAttrs } from './loop-operations.js';
import type { Slot } from './program.js';
import { type ScanCall, differentiableScan } from './scan-gradient.js';
import { type Leaf, distinct, input, sharingClosures, slotOf, tensorsOf, traceBody } from './subprogram.js';
import type { TraceLevel } from './trace.js';

/** Writes a scan as one instruction, whose gradient is another one. */
export function recordScan(
  level: TraceLevel,
  given: ScanCall,
): { readonly carry: readonly Leaf[]; readonly ys: readonly Leaf[] } {
  const call = { ...given, init: distinct(given.init), xs: distinct(given.xs) };
  const { init, xs } = call;
  const slices = xs.map((x) => ({ ...slotOf(x), shape: x.shape.slice(1) }) as Slot);
  const slots = [...init.map(slotOf), ...slices];
  const gradient = isRecording() ? differentiableScan(call, slots) : null;
  const { program, closed, closedKeys } =
    gradient?.forward ??
    traceBody(call.who, slots, (leaves) => {
      const { carry, ys } = call.step(leaves.slice(0, init.length), leaves.slice(init.length));
      return [...carry, ...ys];
    });
  const attrs: ScanAttrs = {
    body: program,
    constants: closed.length + closedKeys.length,
    carry: init.length,
    length: call.length,
    reverse: call.reverse,
  };
  const outputs = program.outputs.map((id, i) => {
    const slot = program.slots[id]!;
    return i < init.length ? slot : ({ ...slot, shape: [call.length, ...slot.shape] } as Slot);
  });
  const run = (): Leaf[] =>
    level.recordCall('$scan', { inputs: [...closed, ...closedKeys, ...[...init, ...xs].map(input)], attrs, outputs });
  const results = gradient?.run(level, run) ?? run();
  return { carry: results.slice(0, init.length), ys: results.slice(init.length) };
}

/** Writes a loop that reads its condition on the host when it runs. It has no gradient. */
export function recordWhile(
  level: TraceLevel,
  call: {
    readonly who: string;
    readonly init: readonly Leaf[];
    condition(carry: Leaf[]): tf.Tensor;
    body(carry: Leaf[]): readonly Leaf[];
  },
): Leaf[] {
  const init = distinct(call.init);
  const slots = init.map(slotOf);
  const parts = [
    traceBody(call.who, slots, (given) => [call.condition(given)]),
    traceBody(call.who, slots, (given) => call.body(given)),
  ];
  const { programs, closed, closedKeys } = sharingClosures(parts);
  const [condition, body] = programs;
  const attrs: WhileAttrs = { condition: condition!, body: body!, constants: closed.length + closedKeys.length };
  const inputs = [...closed, ...closedKeys, ...init.map(input)];
  return withTensorsThrough([...closed, ...init], {
    run: () => level.recordCall('$while', { inputs, attrs, outputs: slots }),
    backward: () => {
      throw new Error(
        `${call.who}: expected a loop that is not differentiated, got one whose gradient is asked for.\n` +
          'Its number of steps is known only at run time. Use `jax.lax.scan`, or `jax.lax.foriLoop` with numbers.',
      );
    },
  });
}

/** Writes a choice among branches that is made when it runs. */
export function recordBranch(level: TraceLevel, call: BranchCall): Leaf[] {
  const operands = distinct(call.operands);
  const slots = operands.map(slotOf);
  const parts = call.branches.map((branch) => traceBody(call.who, slots, branch));
  const { programs, closed, closedKeys } = sharingClosures(parts);
  const outputs = programs[0]!.outputs.map((id) => programs[0]!.slots[id]!);
  const attrs: BranchAttrs = { branches: programs };
  const inputs = [call.index, ...closed, ...closedKeys, ...operands.map(input)];
  return withTensorsThrough([...closed, ...operands], {
    run: () => level.recordCall('$branch', { inputs, attrs, outputs }),
    backward: (cotangents, differentiated) => branchGradients(level, { ...call, operands, cotangents, differentiated }),
  });
}

interface BranchCall {
  readonly who: string;
  readonly index: tf.Tensor;
  readonly operands: readonly Leaf[];
  readonly branches: readonly ((operands: Leaf[]) => readonly Leaf[])[];
}

interface BranchGradient extends BranchCall {
  readonly cotangents: readonly tf.Tensor[];
  readonly differentiated: readonly tf.Tensor[];
}

/** The gradient runs the branch that was taken again, and back. */
function branchGradients(level: TraceLevel, call: BranchGradient): tf.Tensor[] {
  const { operands, cotangents, differentiated } = call;
  const slots = [...operands, ...cotangents].map(slotOf);
  const parts = call.branches.map((branch) =>
    traceBody(call.who, slots, (given) => {
      const own = given.slice(0, operands.length);
      const { output, nodes, release } = record(() => branch(own), tensorsOf);
      const inputs = differentiated.map((tensor) => {
        const at = operands.indexOf(tensor);
        return at >= 0 ? (own[at] as tf.Tensor) : tensor;
      });
      const gradients = pullBack(
        { inputs, outputs: tensorsOf(output), nodes },
        given.slice(operands.length) as tf.Tensor[],
      );
      release();
      return gradients;
    }),
  );
  const { programs, closed, closedKeys } = sharingClosures(parts);
  return level.recordCall('$branch', {
    inputs: [call.index, ...closed, ...closedKeys, ...[...operands, ...cotangents].map(input)],
    attrs: { branches: programs } satisfies BranchAttrs,
    outputs: differentiated.map(slotOf),
  }) as tf.Tensor[];
}

interface Through {
  run(): Leaf[];
  backward(cotangents: readonly tf.Tensor[], differentiated: readonly tf.Tensor[]): tf.Tensor[];
}

/** Runs an operation on tensors and keys so that the tape sees its tensors. */
function withTensorsThrough(inputs: readonly Leaf[], { run, backward }: Through): Leaf[] {
  if (!isRecording()) return run();
  const tensors = [...new Set(tensorsOf(inputs))];
  let results: Leaf[] = [];
  const outputs = runCustom({
    inputs: tensors,
    forward: () => tensorsOf((results = run())),
    backward: (cotangents) => backward(cotangents, tensors),
  });
  let next = 0;
  return results.map((result) => (result instanceof tf.Tensor ? outputs[next++]! : result));
}
