/** What a checkpoint holds, for people and machines. */
import { numbersOf } from '../../runtime/checkpoint/dtypes.js';
import type { PlainValue, StoredTensor } from '../../runtime/checkpoint/stored-tensor.js';
import type { ReadCheckpoint } from './checkpoint-file.js';

interface TensorSummary {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Least and greatest value; null where there is none or the dtype has no order. */
  readonly range: readonly [number, number] | null;
  /** How many values are no finite numbers. */
  readonly notFinite: number;
}
export interface CheckpointSummary {
  readonly path: string;
  readonly format: string;
  readonly tensors: readonly TensorSummary[];
  readonly values: { readonly [name: string]: PlainValue };
  readonly metadata: { readonly [name: string]: string };
  readonly totals: { readonly tensors: number; readonly numbers: number; readonly bytes: number };
}

export function summarise(path: string, { format, checkpoint }: ReadCheckpoint): CheckpointSummary {
  const { tensors, values, metadata } = checkpoint;
  const all = [...tensors.values()];
  return {
    path,
    format,
    tensors: [...tensors].map(([name, tensor]) => summariseTensor(name, tensor)),
    values: Object.fromEntries(values),
    metadata,
    totals: {
      tensors: all.length,
      numbers: all.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0),
      bytes: all.reduce((sum, { bytes }) => sum + bytes.length, 0),
    },
  };
}

function summariseTensor(name: string, tensor: StoredTensor): TensorSummary {
  const { dtype, shape } = tensor;
  let [least, greatest, notFinite] = [Infinity, -Infinity, 0];
  for (const value of numbersOf(tensor) ?? []) {
    const number = Number(value);
    if (!Number.isFinite(number)) notFinite += 1;
    else [least, greatest] = [Math.min(least, number), Math.max(greatest, number)];
  }
  return { name, dtype, shape, range: least <= greatest ? [least, greatest] : null, notFinite };
}

/** A line for each tensor and value, then the total. */
export function summaryText({ path, format, tensors, values, metadata, totals }: CheckpointSummary): string {
  const rows = tensors.map(({ name, dtype, shape, range, notFinite }) => [
    name,
    dtype,
    `[${shape.join(', ')}]`,
    `${range === null ? '' : range.map(brief).join(' … ')}${notFinite > 0 ? `  ${notFinite} not finite` : ''}`,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const plain = Object.entries(values).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  const notes = Object.entries(metadata).map(([name, note]) => `note ${name}: ${note}`);
  const total = `${path}: ${format}, ${totals.tensors} tensors, ${totals.numbers} numbers, ${totals.bytes} bytes`;
  return `${[...lines, ...plain, ...notes, total].join('\n')}\n`;
}

function brief(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e6 ? String(value) : String(Number(value.toPrecision(4)));
}
