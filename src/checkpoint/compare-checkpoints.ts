/** Two checkpoints of one side: names, dtypes, shapes, values. */
import { numbersOf } from '../../runtime/checkpoint/dtypes.js';
import type { Checkpoint, PlainValue, StoredTensor } from '../../runtime/checkpoint/stored-tensor.js';

export interface Difference {
  readonly name: string;
  readonly what: 'missing' | 'added' | 'dtype' | 'shape' | 'value';
  /** What the first has, and the second. */
  readonly expected: string;
  readonly got: string;
}

/** Empty where they agree: every value within `tolerance`, to the bit where that is 0. */
export function compareCheckpoints(first: Checkpoint, second: Checkpoint, tolerance: number): readonly Difference[] {
  const names = [...new Set([...first.tensors.keys(), ...second.tensors.keys()])].sort();
  const plain = [...new Set([...first.values.keys(), ...second.values.keys()])].sort();
  return [
    ...names.flatMap((name) => tensorDifference(name, [first.tensors.get(name), second.tensors.get(name)], tolerance)),
    ...plain.flatMap((name) => valueDifference(name, first.values.get(name), second.values.get(name))),
  ];
}

type Pair = readonly [StoredTensor | undefined, StoredTensor | undefined];

function tensorDifference(name: string, [a, b]: Pair, tolerance: number): readonly Difference[] {
  const make = (what: Difference['what'], expected: string, got: string) => [{ name, what, expected, got }];
  if (a === undefined || b === undefined) {
    return make(
      b === undefined ? 'missing' : 'added',
      a === undefined ? 'none' : kindOf(a),
      b === undefined ? 'none' : kindOf(b),
    );
  }
  if (a.dtype !== b.dtype) return make('dtype', a.dtype, b.dtype);
  if (a.shape.join() !== b.shape.join()) return make('shape', `[${a.shape.join(', ')}]`, `[${b.shape.join(', ')}]`);
  if (isSame(a.bytes, b.bytes)) return [];
  const [left, right] = [numbersOf(a), numbersOf(b)];
  if (left === null || right === null) return make('value', 'the same bytes', 'others');
  const worst = worstOf(left.map(Number), right.map(Number));
  if (tolerance > 0 && worst.difference <= tolerance) return [];
  const at = `at ${worst.at} of ${left.length}`;
  return make('value', `${left[worst.at]} ${at}`, `${right[worst.at]} (${worst.difference.toExponential(2)} apart)`);
}

function valueDifference(name: string, a: PlainValue | undefined, b: PlainValue | undefined): readonly Difference[] {
  const [left, right] = [a, b].map((each) => (each === undefined ? 'none' : JSON.stringify(each))) as [string, string];
  if (left === right) return [];
  return [
    { name, what: a === undefined ? 'added' : b === undefined ? 'missing' : 'value', expected: left, got: right },
  ];
}

/** The place of the largest difference; NaN beside a number is further than any. */
function worstOf(left: readonly number[], right: readonly number[]): { at: number; difference: number } {
  let worst = { at: 0, difference: -1 };
  left.forEach((value, at) => {
    const other = right[at]!;
    const bothNaN = Number.isNaN(value) && Number.isNaN(other);
    const apart = Object.is(value, other) || bothNaN ? 0 : Math.abs(value - other);
    const difference = Number.isNaN(apart) ? Infinity : apart;
    if (difference > worst.difference) worst = { at, difference };
  });
  return worst;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function kindOf({ dtype, shape }: StoredTensor): string {
  return `${dtype} [${shape.join(', ')}]`;
}
