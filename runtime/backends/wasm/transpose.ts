import * as tf from '@tensorflow/tfjs';
import { type Call, type WasmKernel, addressOf } from './memory.js';
import { kernelsOf } from './module.js';

/** Axes in another order. Numbers of 4 bytes; the others, and orders that move nothing, are left to the stock kernel. */
export function transpose(stock: WasmKernel): WasmKernel {
  return (call) => {
    const { inputs, attrs, backend } = call as unknown as Call<'x', { readonly perm: readonly number[] }>;
    const { x } = inputs;
    const shape = attrs.perm.map((axis) => x.shape[axis]!);
    const plan = planOf(x.shape, attrs.perm);
    if (plan === undefined || (x.dtype !== 'float32' && x.dtype !== 'int32')) return stock(call);
    const y = backend.makeOutput(shape, x.dtype);
    if (shape.includes(0)) return y;
    const { run, scratch, put } = kernelsOf(backend);
    const axes = scratch(4 * 4 * plan.sizes.length);
    put(axes, [...plan.sizes, ...plan.stepsX, ...plan.stepsY]);
    const { rows, columns, ld, step } = plan;
    run.permute(addressOf(backend, x), addressOf(backend, y), plan.sizes.length, axes, rows, columns, ld, step);
    return y;
  };
}

/** See `permute` of `assembly/layout.ts`. */
interface Plan {
  readonly sizes: readonly number[];
  readonly stepsX: readonly number[];
  readonly stepsY: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly ld: number;
  readonly step: number;
}

/** Nothing where no number moves. */
function planOf(shape: readonly number[], perm: readonly number[]): Plan | undefined {
  const axes = joined(shape, perm);
  const last = axes.length - 1;
  if (axes.every(({ from }, to) => from === to)) return undefined;
  const sizesX = [...axes].sort((a, b) => a.from - b.from).map(({ size }) => size);
  const stepsX = stepsOf(sizesX);
  const stepsY = stepsOf(axes.map(({ size }) => size));
  const columns = axes.findIndex(({ from }) => from === last);
  const outer = [...axes.keys()].filter((axis) => axis !== columns && axis !== last);
  const counted = {
    sizes: outer.map((axis) => axes[axis]!.size),
    stepsX: outer.map((axis) => stepsX[axes[axis]!.from]!),
    stepsY: outer.map((axis) => stepsY[axis]!),
    columns: axes[columns]!.size,
  };
  if (columns === last) return { ...counted, rows: 1, ld: 0, step: 0 };
  return { ...counted, rows: axes[last]!.size, ld: stepsX[axes[last]!.from]!, step: stepsY[columns]! };
}

/** The axes of the result and where they come from, without those of size 1, and neighbours that stay so as one. */
function joined(shape: readonly number[], perm: readonly number[]): { size: number; from: number }[] {
  const kept = perm.filter((axis) => shape[axis] !== 1);
  const order = [...kept].sort((a, b) => a - b);
  const places = kept.map((axis) => order.indexOf(axis));
  const runs: { first: number; size: number; length: number }[] = [];
  places.forEach((place, i) => {
    const run = runs.at(-1);
    const size = shape[kept[i]!]!;
    if (run !== undefined && place === run.first + run.length) {
      run.size *= size;
      run.length++;
    } else runs.push({ first: place, size, length: 1 });
  });
  const starts = runs.map(({ first }) => first).sort((a, b) => a - b);
  return runs.map(({ first, size }) => ({ size, from: starts.indexOf(first) }));
}

/** How far apart neighbours along each axis lie. */
function stepsOf(sizes: readonly number[]): number[] {
  return sizes.map((_, axis) => tf.util.sizeFromShape(sizes.slice(axis + 1) as number[]));
}
