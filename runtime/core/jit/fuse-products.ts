import type { Spec } from '../kernels/record.js';
import { kernelTable } from '../kernels/table.js';
import { type Instruction, type Program, type SlotId, specOf } from './program.js';

/** Joins a matrix product with the bias that is added to it, and with a relu that follows. */
export function withFusedProducts(program: Program): Program {
  const slots = [...program.slots];
  const uses = usesOf(program);
  const gone = new Set<Instruction>();
  const replaced = new Map<Instruction, Instruction[]>();
  /** The instruction that alone uses a result, if it is of this kernel. */
  const only = (slot: SlotId, kernelName: string): Instruction | undefined => {
    const [user, ...others] = uses.get(slot) ?? [];
    return others.length === 0 && user !== undefined && user.kernelName === kernelName ? user : undefined;
  };
  for (const product of program.instructions) {
    if (product.kernelName !== 'BatchMatMul') continue;
    const [result] = product.outputs;
    const sum = only(result!, 'Add');
    const bias = sum?.inputs.find((slot) => slot !== result);
    if (sum === undefined || bias === undefined || !fits(product, { program, bias })) continue;
    const relu = only(sum.outputs[0]!, 'Relu');
    // Elsewhere the sum costs nothing as part of the chain that follows.
    if (relu === undefined && uses.get(sum.outputs[0]!)!.some(isElementwise)) continue;
    const last = relu ?? sum;
    const activation = relu === undefined ? 'linear' : 'relu';
    [product, sum].forEach((each) => gone.add(each));
    replaced.set(last, fusedProduct(product, { slots, bias, activation, output: last.outputs[0]! }));
  }
  const instructions = program.instructions.flatMap((each) => replaced.get(each) ?? (gone.has(each) ? [] : [each]));
  return { ...program, slots, instructions };
}

function isElementwise(user: Instruction | undefined): boolean {
  return user !== undefined && kernelTable.get(user.kernelName)?.element !== undefined;
}

function usesOf({ instructions, outputs }: Program): ReadonlyMap<SlotId, (Instruction | undefined)[]> {
  const uses = new Map<SlotId, (Instruction | undefined)[]>();
  const add = (slot: SlotId, user?: Instruction): void => void uses.set(slot, [...(uses.get(slot) ?? []), user]);
  for (const instruction of instructions) for (const input of instruction.inputs) add(input, instruction);
  for (const output of outputs) add(output);
  return uses;
}

/** One matrix by one matrix in float32, and one number of bias for each column. */
function fits(
  { inputs, outputs }: Instruction,
  { program, bias }: { readonly program: Program; readonly bias: SlotId },
): boolean {
  const [a, b, result] = [inputs[0]!, inputs[1]!, outputs[0]!].map((slot) => specOf(program, slot));
  const { shape, dtype } = specOf(program, bias);
  return (
    [a!, b!, result!].every((spec) => spec.shape.length === 2 && spec.dtype === 'float32') &&
    dtype === 'float32' &&
    shape.length === 1 &&
    shape[0] === result!.shape[1]
  );
}

interface Fusion {
  readonly slots: Program['slots'][number][];
  readonly bias: SlotId;
  readonly activation: 'linear' | 'relu';
  readonly output: SlotId;
}

/** The kernel of stock wasm takes three axes; reshapes cost nothing. */
function fusedProduct({ inputs, attrs }: Instruction, { slots, bias, activation, output }: Fusion): Instruction[] {
  const spec = (slot: SlotId): Spec => slots[slot] as Spec;
  const reshape = (from: SlotId, to: SlotId): Instruction => ({
    ...{ kernelName: 'Reshape', names: ['x'], inputs: [from], outputs: [to], many: false },
    attrs: { shape: spec(to).shape },
  });
  const deep = (slot: SlotId): SlotId =>
    slots.push({ kind: 'tensor', dtype: 'float32', shape: [1, ...spec(slot).shape] }) - 1;
  const [a, b, result] = [deep(inputs[0]!), deep(inputs[1]!), deep(output)];
  return [
    reshape(inputs[0]!, a),
    reshape(inputs[1]!, b),
    {
      ...{
        kernelName: '_FusedMatMul',
        names: ['a', 'b', 'bias'],
        inputs: [a, b, bias],
        outputs: [result],
        many: false,
      },
      attrs: { ...attrs, activation },
    },
    reshape(result, output),
  ];
}
