/** Convolutions: the spatial axes behind a window, forwards and transposed. */
import type { Dim } from '../atom.js';
import { constant, multiply, add, one, pair, subtract } from '../dim.js';
import type { Value } from '../machine.js';
import type { RuleContext } from './operand.js';
import { isMissing, itemsOf } from './operand.js';
import type { Shape } from '../shape.js';
import { withAxis } from '../shape.js';
import { dimOf, literal, numberOrName, option } from '../value.js';
import { slideWindow } from './window.js';

export interface Convolution {
  readonly kernel: Value | undefined;
  readonly options: Value | undefined;
  readonly transpose: boolean;
}

/** The shape behind the window, channels as they came; null where the window is computed. */
export function convolve(
  shape: Shape,
  { kernel, options, transpose }: Convolution,
  context: RuleContext,
): Shape | null {
  const sizes = kernelSizes(shape, kernel);
  if (sizes === null) return null;
  const perAxis = (value: Value | undefined): Value | undefined => perAxisValue(value, sizes.length);
  const strides = perAxis(option(options, 'strides'));
  const padding = option(options, 'padding') ?? literal('SAME');
  const dilation = perAxis(option(options, 'kernelDilation'));
  if (transpose) return unslide(shape, { sizes, strides, padding, dilation }, context);
  const spread = perAxis(option(options, 'inputDilation'));
  const input = isMissing(spread) ? shape : spreadOut(shape, { sizes, spread });
  return input === null ? null : slideWindow(input, { kernel: sizes, strides, padding, dilation }, context);
}

/** A size for each spatial axis; a name stands for a list where the input has several spatial axes. */
function kernelSizes(shape: Shape, kernel: Value | undefined): readonly Dim[] | null {
  const spatial = shape.dims === null ? 1 : Math.max(shape.dims.length - 2, 1);
  const items = itemsOf(kernel?.kind === 'name' && spatial > 1 ? perAxisValue(kernel, spatial) : kernel);
  const dims = items?.map(dimOf);
  return dims === undefined || dims.some((each) => each === null) ? null : dims.filter((each) => each !== null);
}

/** `config.strides` as `config.strides[0]`, `config.strides[1]`. */
function perAxisValue(value: Value | undefined, count: number): Value | undefined {
  if (value?.kind !== 'name' || count < 2) return value;
  const { atom } = value;
  if (atom.kind !== 'field' && atom.kind !== 'place') return value;
  const items = Array.from({ length: count }, (_, index): Value => ({
    kind: 'name',
    atom: { ...atom, steps: [...atom.steps, { index: constant(index) }] },
  }));
  return { kind: 'array', id: -1, items };
}

/** Zeros between the elements: `(d - 1) · dilation + 1`. */
function spreadOut(
  shape: Shape,
  at: { readonly sizes: readonly Dim[]; readonly spread: Value | undefined },
): Shape | null {
  let out = shape;
  for (const index of at.sizes.keys()) {
    const by = sizeAt(at.spread, index);
    const axis = index - at.sizes.length - 1;
    if (by === null) return null;
    out = withAxis(out, axis, add(multiply(subtract(shape.axis(axis), one), by), one));
  }
  return out;
}

interface Window {
  readonly sizes: readonly Dim[];
  readonly strides: Value | undefined;
  readonly padding: Value;
  readonly dilation: Value | undefined;
}

/** SAME: `d · s`; VALID: `d · s + max(reach + 1 - s, 0)`. */
function unslide(shape: Shape, { sizes, strides, padding, dilation }: Window, context: RuleContext): Shape | null {
  const mode = padding.kind === 'literal' && typeof padding.value === 'string' ? padding.value.toUpperCase() : null;
  if (mode !== 'SAME' && mode !== 'VALID' && mode !== 'CIRCULAR') return null;
  context.needRank(shape, sizes.length + 2);
  let out = shape;
  for (const [index, size] of sizes.entries()) {
    const [stride, dilated] = [sizeAt(strides, index), sizeAt(dilation, index)];
    if (stride === null || dilated === null) return null;
    const axis = index - sizes.length - 1;
    const reach = add(multiply(subtract(size, one), dilated), one);
    const more = mode === 'VALID' ? pair('max', subtract(reach, stride), constant(0)) : constant(0);
    out = withAxis(out, axis, add(multiply(shape.axis(axis), stride), more));
  }
  return out;
}

function sizeAt(value: Value | undefined, index: number): Dim | null {
  if (isMissing(value)) return one;
  const items = itemsOf(value);
  return items === null ? null : dimOf(items[index] ?? items[0] ?? numberOrName(one));
}
