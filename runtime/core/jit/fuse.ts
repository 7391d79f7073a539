import * as tf from '@tensorflow/tfjs';
import type { Spec } from '../kernels/record.js';
import { type Chain, type ChainStep, type ChainTarget, loopsOver } from './chain.js';
import { Clusters } from './clusters.js';
import { type Instruction, type Program, type SlotId, specOf } from './program.js';
import { uniformValue } from './simplify.js';

/** Joins operations that go element by element into chains. */
export function fused(program: Program, target: ChainTarget): Program {
  const fusable = new Set(program.instructions.filter((instruction) => isFusable(program, instruction, target)));
  const clusters = new Clusters(program.instructions, {
    fusable: (instruction) => fusable.has(instruction),
    joins: (a, b) => tf.util.arraysEqual(outputOf(program, a).shape, outputOf(program, b).shape),
  });
  const users = usersOf(program);
  const pays = ([first, ...rest]: readonly Instruction[]): boolean =>
    fusable.has(first!) && 1 + rest.length >= target.worth(tf.util.sizeFromShape(outputOf(program, first!).shape));
  const instructions = clusters
    .inOrder()
    .flatMap((members) => (pays(members) ? [chained(program, members, users)] : members));
  return { ...program, instructions };
}

function outputOf(program: Program, { outputs }: Instruction): Spec {
  return specOf(program, outputs[0]!);
}

function isFusable(program: Program, instruction: Instruction, target: ChainTarget): boolean {
  const { kernelName, inputs, outputs, attrs } = instruction;
  const [output] = outputs;
  if (outputs.length !== 1 || program.slots[output!]!.kind !== 'tensor' || inputs.length === 0 || inputs.length > 8)
    return false;
  if (inputs.some((input) => program.slots[input]!.kind !== 'tensor')) return false;
  const { dtype, shape } = specOf(program, output!);
  if (tf.util.sizeFromShape(shape) === 0) return false;
  const specs = inputs.map((input) => specOf(program, input));
  if (kernelName === 'Tile' && specs[0]!.shape.some((size, i) => size !== 1 && size !== shape[i])) return false;
  if (kernelName === 'Select' && !tf.util.arraysEqual(specs[0]!.shape, shape)) return false;
  const args = inputs.map((input, i) => ({
    dtype: specs[i]!.dtype,
    constant: uniformValue(program.constants.get(input)),
  }));
  return target.supports({ kernelName, attrs, dtype }, args);
}

function usersOf({ instructions, outputs }: Program): ReadonlyMap<SlotId, ReadonlySet<Instruction | 'output'>> {
  const users = new Map<SlotId, Set<Instruction | 'output'>>();
  const add = (slot: SlotId, user: Instruction | 'output'): void => {
    const known = users.get(slot) ?? new Set();
    users.set(slot, known.add(user));
  };
  for (const instruction of instructions) for (const input of instruction.inputs) add(input, instruction);
  for (const output of outputs) add(output, 'output');
  return users;
}

/** One instruction for all members. */
function chained(program: Program, members: readonly Instruction[], users: ReturnType<typeof usersOf>): Instruction {
  const inside = new Set<Instruction | 'output'>(members);
  const made = new Map(members.map(({ outputs }, i) => [outputs[0]!, i]));
  const constants: number[] = [];
  const operands: SlotId[] = [];
  for (const { inputs } of members) {
    for (const input of inputs) {
      if (made.has(input)) continue;
      const value = numberOf(program, input);
      if (value !== undefined) constants.push(value);
      else if (!operands.includes(input)) operands.push(input);
    }
  }
  let constant = 0;
  const valueOf = (input: SlotId): number => {
    const member = made.get(input);
    if (member !== undefined) return operands.length + constants.length + member;
    return numberOf(program, input) !== undefined ? operands.length + constant++ : operands.indexOf(input);
  };
  const steps = members.map(({ kernelName, attrs, inputs, outputs }): ChainStep => ({
    kernelName,
    attrs,
    args: inputs.map(valueOf),
    dtype: specOf(program, outputs[0]!).dtype,
  }));
  const results = members.flatMap(({ outputs: [slot] }, i) =>
    [...(users.get(slot!) ?? [])].some((user) => !inside.has(user)) ? [{ slot: slot!, member: i }] : [],
  );
  const loops = loopsOver(
    outputOf(program, members[0]!).shape,
    operands.map((slot) => specOf(program, slot).shape),
  );
  const chain: Chain = {
    sizes: loops.sizes,
    operands: operands.map((slot, i) => ({ dtype: specOf(program, slot).dtype, strides: loops.strides[i]! })),
    constants,
    steps,
    outputs: results.map(({ slot, member }) => ({
      value: operands.length + constants.length + member,
      ...specOf(program, slot),
    })),
  };
  return {
    kernelName: '$chain',
    names: null,
    inputs: operands,
    attrs: { chain },
    outputs: results.map(({ slot }) => slot),
    many: true,
  };
}

/** The one number of a float32 constant. */
function numberOf(program: Program, slot: SlotId): number | undefined {
  const constant = program.constants.get(slot);
  return constant?.dtype === 'float32' ? uniformValue(constant) : undefined;
}
