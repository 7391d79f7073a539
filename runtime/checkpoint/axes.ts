/** Axis operations on stored values, byte for byte. */
import { type StoredTensor, storedSizes } from './stored-tensor.js';

/** Axes in another order: axis `i` of the result is axis `order[i]` of the tensor. */
export function permuted(tensor: StoredTensor, order: readonly number[]): StoredTensor {
  const size = storedSizes[tensor.dtype];
  const strides = rowMajor(tensor.shape);
  const shape = order.map((axis) => tensor.shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const bytes = new Uint8Array(tensor.bytes.length);
  const index = shape.map(() => 0);
  for (let at = 0; at < bytes.length; at += size) {
    const from = index.reduce((sum, each, axis) => sum + each * steps[axis]!, 0) * size;
    bytes.set(tensor.bytes.subarray(from, from + size), at);
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return { dtype: tensor.dtype, shape, bytes };
}

/** Axis `from` at place `to`. */
export function moved(tensor: StoredTensor, from: number, to: number): StoredTensor {
  const rank = tensor.shape.length;
  const [source, target] = [axisIn(from, rank), axisIn(to, rank)];
  const order = tensor.shape.map((_, axis) => axis).filter((axis) => axis !== source);
  order.splice(target, 0, source);
  return permuted(tensor, order);
}

/** Tensors side by side along an axis; they agree in dtype and in all other axes, or it throws. */
export function joined(tensors: readonly StoredTensor[], axis: number): StoredTensor {
  const first = tensors[0];
  if (first === undefined) throw new Error('expected at least one tensor to join, got none.');
  const at = axisIn(axis, first.shape.length);
  const others = (shape: readonly number[]) => shape.filter((_, each) => each !== at).join();
  for (const { dtype, shape } of tensors) {
    if (dtype === first.dtype && shape.length === first.shape.length && others(shape) === others(first.shape)) continue;
    throw new Error(
      `expected ${first.dtype} [${first.shape.join(', ')}] in all axes but ${at}, got ${dtype} [${shape.join(', ')}].`,
    );
  }
  const shape = first.shape.map((size, each) =>
    each === at ? tensors.reduce((sum, tensor) => sum + tensor.shape[at]!, 0) : size,
  );
  const bytes = new Uint8Array(tensors.reduce((sum, tensor) => sum + tensor.bytes.length, 0));
  const outer = first.shape.slice(0, at).reduce((product, size) => product * size, 1);
  let to = 0;
  for (let row = 0; row < outer; row += 1) {
    for (const tensor of tensors) {
      const run = tensor.bytes.length / outer;
      bytes.set(tensor.bytes.subarray(row * run, (row + 1) * run), to);
      to += run;
    }
  }
  return { dtype: first.dtype, shape, bytes };
}

/** `count` equal parts along an axis. */
export function split(tensor: StoredTensor, axis: number, count: number): readonly StoredTensor[] {
  const at = axisIn(axis, tensor.shape.length);
  const size = tensor.shape[at]!;
  if (count < 1 || size % count !== 0)
    throw new Error(`expected ${count} equal parts of axis ${at}, got size ${size}.`);
  const shape = tensor.shape.map((each, index) => (index === at ? size / count : each));
  const outer = tensor.shape.slice(0, at).reduce((product, each) => product * each, 1);
  const run = outer === 0 ? 0 : tensor.bytes.length / outer / count;
  return Array.from({ length: count }, (_, part) => {
    const bytes = new Uint8Array(run * outer);
    for (let row = 0; row < outer; row += 1) {
      const from = (row * count + part) * run;
      bytes.set(tensor.bytes.subarray(from, from + run), row * run);
    }
    return { dtype: tensor.dtype, shape, bytes };
  });
}

/** Tensors of one shape as one, with an axis more. */
export function stacked(tensors: readonly StoredTensor[], axis: number): StoredTensor {
  const rank = (tensors[0]?.shape.length ?? 0) + 1;
  const at = axisIn(axis, rank);
  const withAxis = tensors.map((tensor) => ({ ...tensor, shape: tensor.shape.toSpliced(at, 0, 1) }));
  return joined(withAxis, at);
}

/** The tensors along an axis, which goes. */
export function unstacked(tensor: StoredTensor, axis: number): readonly StoredTensor[] {
  const at = axisIn(axis, tensor.shape.length);
  return split(tensor, at, tensor.shape[at]!).map((part) => ({ ...part, shape: part.shape.toSpliced(at, 1) }));
}

function axisIn(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank) throw new Error(`expected an axis of ${rank}, got ${axis}.`);
  return at;
}

function rowMajor(shape: readonly number[]): readonly number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
}
