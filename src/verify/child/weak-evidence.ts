/** Agreement that shows little: both versions may give the same numbers for reasons that have nothing to do with the model. */
import type { TensorData } from '../tensor-data.js';
import { Unverified } from './unverified.js';
import { isTensorData } from './verdicts.js';

/**
 * What is weak about the outputs that the old version gave for several inputs, in words; empty when nothing is. Throws
 * `Unverified` where no number at all was compared.
 */
export function weakness(outputs: readonly ReadonlyMap<string, unknown>[]): string {
  const tensors = outputs.map((each) => new Map([...each].filter((entry) => isTensorData(entry[1])))) as Named[];
  const all = tensors.flatMap((each) => [...each.values()]);
  if (all.length > 0 && all.every(({ values }) => values.length === 0))
    throw new Unverified('L2N532', 'every output is empty');
  if (all.length > 0 && all.every(({ values }) => values.every((each) => Number.isNaN(each))))
    throw new Unverified('L2N532', 'every output is NaN');
  const found = [...(tensors[0]?.keys() ?? [])].flatMap((name) => weakOutput(name, tensors) ?? []);
  return found.length === 0 ? '' : `weak evidence: ${found.join('; ')}`;
}

type Named = ReadonlyMap<string, TensorData>;

function weakOutput(name: string, tensors: readonly Named[]): string | null {
  const seen = tensors.flatMap((each) => each.get(name) ?? []);
  if (seen.some(({ values }) => values.length === 0)) return `${name} is empty`;
  if (seen.some(({ values }) => values.some((each) => !Number.isFinite(each)))) return `${name} has NaN or infinity`;
  const [first] = seen;
  if (first === undefined || first.values.length === 0) return null;
  if (seen.every(({ values }) => values.every((each) => each === first.values[0]))) return `${name} is constant`;
  const same = seen.length > 1 && seen.every((each) => each.values.join() === first.values.join());
  return same ? `${name} does not depend on the input` : null;
}
