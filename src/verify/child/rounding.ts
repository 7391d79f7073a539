/** How far rounding alone moves the old version's gradients: the floor under which a difference tells nothing. */
import type { TensorData } from '../tensor-data.js';
import type { Pair } from './class-pair.js';
import { generatorOf } from './generator.js';
import { linenGradients, splitParams } from './gradients.js';
import { linenVariables } from './pair.js';
import { byName } from './run.js';
import { type Making, readTensor } from './values.js';
import { flattenVariables, type Leaf, leafName } from './variables.js';

/** Largest difference of each named gradient, and of `loss`, that rounding explains. */
export type Floors = ReadonlyMap<string, number>;

const runs = 5;
/** Sums in another order round at every operation; the runs measured here start from other last bits only. */
const margin = 16;
/** A floor is never higher than this part of the unit's largest gradient, whatever was measured. */
const ceiling = 1e-5;
const lastBit = 2 ** -23;

const known = new WeakMap<Pair, Map<number, Floors>>();

/**
 * The old version's gradients again, every variable moved by about its last bit, `runs` times. A gradient that is zero but
 * for rounding (the key bias of an attention, a bias before a norm) moves as far as it is large, and any other hardly. The
 * middle one of the runs counts: one that happened to cross a kink does not make room for a fault.
 */
export function gradientFloors(pair: Pair, making: Omit<Making, 'label'>): Floors {
  const ofPair = known.get(pair) ?? new Map<number, Floors>();
  known.set(pair, ofPair);
  const found = ofPair.get(making.seed) ?? measure(pair, making);
  ofPair.set(making.seed, found);
  return found;
}

function measure(pair: Pair, making: Omit<Making, 'label'>): Floors {
  const reference = gradients(pair, making, pair.linen.leaves);
  const moved = Array.from({ length: runs }, (_, at) => gradients(pair, making, lastBitsMoved(pair.linen.leaves, at)));
  const largest = Math.max(...[...reference].filter(([name]) => name !== 'loss').map(([, each]) => size(each)));
  const floors = new Map<string, number>();
  for (const [name, value] of reference) {
    const spreads = moved.map((each) => spread(value, each.get(name)!)).sort((a, b) => a - b);
    const floor = margin * spreads[Math.floor(runs / 2)]!;
    const limit = ceiling * (name === 'loss' ? size(value) : largest);
    floors.set(name, Math.min(floor, limit));
  }
  return floors;
}

function gradients(pair: Pair, making: Omit<Making, 'label'>, leaves: readonly Leaf[]): Map<string, TensorData> {
  const { context } = pair;
  const { loss, grads } = linenGradients(pair, { making, ...splitParams(linenVariables(context, leaves)) });
  return new Map([['loss', readTensor(loss)], ...byName(flattenVariables(context.runtime, { params: grads }))]);
}

/** Zeros stay zeros: what is masked or padded is no rounding. */
function lastBitsMoved(leaves: readonly Leaf[], run: number): readonly Leaf[] {
  return leaves.map((leaf) => {
    if (leaf.data.dtype !== 'float32') return leaf;
    const generator = generatorOf(run, `last bits of ${leafName(leaf)}`);
    const move = (value: number): number => value * (1 + (generator.integer(3) - 1) * lastBit);
    return { ...leaf, data: { ...leaf.data, values: Float32Array.from(leaf.data.values, move) } };
  });
}

/** The largest absolute value. */
export function size({ values }: TensorData): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}

function spread(a: TensorData, b: TensorData): number {
  let largest = 0;
  for (const [at, value] of a.values.entries()) largest = Math.max(largest, Math.abs(value - b.values[at]!));
  return Number.isFinite(largest) ? largest : 0;
}
