/** Many comparisons as one result. */
import type { TensorVerdict } from '../../ir/report.js';
import { type Comparison, compareTensors, weaker } from '../compare.js';
import type { TensorData } from '../tensor-data.js';
import type { StageResult } from './context.js';

export interface Gate {
  readonly tolerance: number;
  /** For a mismatch. */
  readonly code: string;
  /** By name: the largest difference that is rounding, however small the values are. */
  readonly floors?: ReadonlyMap<string, number>;
}

/** Compares two sets of named values; a name that only one has is a mismatch, values that are no tensors are exact. */
export function compareMaps(
  linen: ReadonlyMap<string, unknown>,
  nnx: ReadonlyMap<string, unknown>,
  gate: Gate,
): StageResult {
  const missing = [...linen.keys()].filter((name) => !nnx.has(name)).map((name) => `${name} is missing`);
  const added = [...nnx.keys()].filter((name) => !linen.has(name)).map((name) => `${name} is new`);
  const results = [...linen]
    .filter(([name]) => nnx.has(name))
    .map(([name, value]) => compareValue(name, [value, nnx.get(name)], gate));
  const uneven = [...missing, ...added];
  if (uneven.length > 0)
    return { verdict: 'mismatch', compared: results.length, code: gate.code, reason: uneven.join('; ') };
  return summary(results, gate.code);
}

/** The same, and what differs once more with floors, which are measured only then. */
export function compareAboveRounding(
  linen: ReadonlyMap<string, unknown>,
  nnx: ReadonlyMap<string, unknown>,
  gate: Gate,
  floors: () => ReadonlyMap<string, number>,
): StageResult {
  const found = compareMaps(linen, nnx, gate);
  return found.verdict === 'identical' ? found : compareMaps(linen, nnx, { ...gate, floors: floors() });
}

/** The weakest of several results, with what all of them compared. */
export function weakest(results: readonly StageResult[]): StageResult {
  const verdict = results.map((each) => each.verdict).reduce(weaker, 'identical');
  const worst =
    results.find((each) => (each.code ?? null) !== null) ?? results.find((each) => each.verdict === verdict);
  const compared = results.reduce((sum, each) => sum + each.compared, 0);
  const noise = results.map((each) => each.noise ?? 0).reduce((a, b) => Math.max(a, b), 0);
  const measured = results.some((each) => typeof each.noise === 'number');
  return { ...(worst ?? {}), verdict, compared, noise: measured ? noise : null };
}

/** One reason why a stage failed although all tensors agree. */
export function failure(code: string, reason: string): StageResult {
  return { verdict: 'mismatch', compared: 0, code, reason };
}

function compareValue(name: string, [linen, nnx]: readonly [unknown, unknown], gate: Gate): Comparison {
  if (isTensorData(linen) && isTensorData(nnx))
    return compareTensors(name, [linen, nnx], gate.tolerance, gate.floors?.get(name));
  const same = Object.is(linen, nnx) || (typeof linen === 'function' && typeof nnx === 'function');
  if (same) return { verdict: 'identical', worst: null, reason: '' };
  return { verdict: 'mismatch', worst: null, reason: `${name}: ${textOf(linen)} (Linen) ≠ ${textOf(nnx)} (NNX)` };
}

function summary(results: readonly Comparison[], code: string): StageResult {
  const verdict = results.map((each) => each.verdict).reduce<TensorVerdict>(weaker, 'identical');
  const found = [...results]
    .filter((each) => each.verdict === verdict)
    .sort((a, b) => (b.worst?.relative ?? 0) - (a.worst?.relative ?? 0))[0];
  const failed = verdict === 'mismatch' ? code : null;
  return { verdict, compared: results.length, code: failed, worst: found?.worst ?? null, reason: found?.reason ?? '' };
}

export function isTensorData(value: unknown): value is TensorData {
  return typeof value === 'object' && value !== null && 'values' in value && 'dtype' in value;
}

function textOf(value: unknown): string {
  return isTensorData(value) ? `${value.dtype}[${value.shape.join(', ')}]` : String(value);
}
