import * as tf from '@tensorflow/tfjs';
import { type Call, type WasmBackend, type WasmKernel, addressOf, viewed } from './memory.js';
import { kernelsOf } from './module.js';

const operations = { Sum: 0, Mean: 0, Max: 1, Min: 2, Prod: 3 } as const;

/** A reduction of float32; the others are left to the stock kernel. */
export type Reduction = keyof typeof operations;

interface Attributes {
  readonly axis?: number | readonly number[];
  readonly reductionIndices?: number | readonly number[];
  readonly keepDims?: boolean;
}

/**
 * Over any axes, without a transpose. The stock kernel adds in one running float32 sum: four digits are left of the mean
 * of a million squares.
 */
export function reduction(name: Reduction): (stock: WasmKernel) => WasmKernel {
  return (stock) => (call) => {
    const { inputs, attrs, backend } = call as unknown as Call<'x', Attributes>;
    return inputs.x.dtype === 'float32' ? reduce(name, inputs.x, attrs, backend) : stock(call);
  };
}

/** Softmax over the last axis. */
export function softmax({
  inputs: { logits },
  attrs,
  backend,
}: Call<'logits', { readonly dim: number }>): tf.TensorInfo {
  const count = logits.shape.at(-1) ?? 1;
  if (attrs.dim !== logits.shape.length - 1) {
    throw new Error(`softmax: expected the last axis, got ${attrs.dim}.\nTranspose it to the end first.`);
  }
  const y = backend.makeOutput(logits.shape, 'float32');
  const rows = tf.util.sizeFromShape(logits.shape.slice(0, -1));
  const { run, scratch } = kernelsOf(backend);
  run.softmax(addressOf(backend, logits), rows, count, addressOf(backend, y), scratch(16));
  return y;
}

function reduce(name: Reduction, x: tf.TensorInfo, attrs: Attributes, backend: WasmBackend): tf.TensorInfo {
  const given = (attrs.axis ?? attrs.reductionIndices) as number | number[] | undefined;
  const axes = given === undefined ? [...x.shape.keys()] : tf.util.parseAxisParam(given, x.shape);
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const shape = attrs.keepDims === true ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  const terms = tf.util.sizeFromShape(axes.map((axis) => x.shape[axis]!));
  const passes = passesOf(x.shape, axes);
  const result = passes.reduce<tf.TensorInfo>((from, { outer, count, inner }, i) => {
    const last = i === passes.length - 1;
    const y = backend.makeOutput(last ? shape : [outer, inner], 'float32');
    const factor = name === 'Mean' && last ? 1 / terms : 1;
    const { run, scratch } = kernelsOf(backend);
    const [source, target] = [addressOf(backend, from), addressOf(backend, y)];
    run.reduce(operations[name], source, outer, count, inner, target, factor, scratch(8 * inner));
    if (from !== x) backend.disposeData(from.dataId);
    return y;
  }, x);
  return result === x ? copied(x, shape, backend) : result;
}

interface Pass {
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
}

/** Neighbouring axes that are reduced are one; the last such group first. Axes of size 1 do not matter. */
function passesOf(shape: readonly number[], axes: readonly number[]): Pass[] {
  const groups: { size: number; reduced: boolean }[] = [];
  shape.forEach((size, axis) => {
    const reduced = axes.includes(axis);
    const last = groups.at(-1);
    if (size === 1) return;
    if (last?.reduced === reduced) last.size *= size;
    else groups.push({ size, reduced });
  });
  const passes: Pass[] = [];
  for (let i = groups.length - 1; i >= 0; i--) {
    const { size, reduced } = groups[i]!;
    if (!reduced) continue;
    const outer = groups.slice(0, i).reduce((product, group) => product * group.size, 1);
    const inner = groups.slice(i + 1).reduce((product, group) => product * (group.reduced ? 1 : group.size), 1);
    passes.push({ outer, count: size, inner });
  }
  return passes;
}

function copied(x: tf.TensorInfo, shape: number[], backend: WasmBackend): tf.TensorInfo {
  const y = backend.makeOutput(shape, 'float32');
  backend.typedArrayFromHeap(y).set(backend.typedArrayFromHeap(viewed(x, shape)));
  return y;
}
