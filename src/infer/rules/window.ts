/** Windows over spatial axes: pooling and convolutions, channels last. */
import type { Dim } from '../atom.js';
import { add, constant, divide, multiply, one, opaque, round, subtract } from '../dim.js';
import type { Value } from '../machine.js';
import type { Args, RuleContext } from './operand.js';
import { isMissing, itemsOf } from './operand.js';
import type { Shape } from '../shape.js';
import { withAxis } from '../shape.js';
import { dimOf, literal, option, tensor, unknown } from '../value.js';

export interface Window {
  /** One size for each spatial axis. */
  readonly kernel: readonly Dim[];
  readonly strides: Value | undefined;
  readonly padding: Value | undefined;
  readonly dilation: Value | undefined;
}

/** Sizes of the spatial axes behind a window; the channels stay. SAME: `ceil(d / s)`; VALID: `floor((d - reach - 1) / s) + 1`. */
export function slideWindow(shape: Shape, window: Window, context: RuleContext): Shape | null {
  const { kernel } = window;
  context.needRank(shape, kernel.length + 2);
  let out = shape;
  for (const [index, size] of kernel.entries()) {
    const axis = index - kernel.length - 1;
    const dim = slideAxis(shape.axis(axis), { size, index, window });
    if (dim === null) return null;
    out = withAxis(out, axis, dim);
  }
  return out;
}

export function pool(shape: Shape, args: Args, context: RuleContext): Value {
  const object = args[2]?.kind === 'record' ? args[2] : undefined;
  const positional = args.length > 3 || (args[2] !== undefined && object === undefined);
  const sizes = itemsOf(args[1]);
  if (sizes === null) return unknown('L2N316', 'the window of a pool is computed');
  const kernel = sizes.map((each) => dimOf(each) ?? opaque({ ...unknownWindow, path: null, span: null }));
  const window: Window = {
    kernel: positional && kernel.length === 1 ? [...kernel, ...kernel] : kernel,
    strides: object === undefined ? args[2] : option(object, 'strides'),
    padding: (object === undefined ? args[3] : option(object, 'padding')) ?? literal('VALID'),
    dilation: undefined,
  };
  const out = slideWindow(shape, window, context);
  return out === null ? unknown('L2N316', 'the padding of a pool is computed') : tensor(out);
}

const unknownWindow = { code: 'L2N316', why: 'the size of a window is computed' };

function slideAxis(dim: Dim, at: { readonly size: Dim; readonly index: number; readonly window: Window }): Dim | null {
  const { size, index, window } = at;
  const stride = perAxis(window.strides, index);
  const dilation = perAxis(window.dilation, index);
  if (stride === null || dilation === null) return null;
  const reach = multiply(subtract(size, one), dilation);
  const valid = (length: Dim): Dim => add(round('floor', divide(subtract(subtract(length, reach), one), stride)), one);
  const { padding } = window;
  if (padding?.kind === 'literal' && typeof padding.value === 'string') {
    const mode = padding.value.toUpperCase();
    if (mode === 'SAME' || mode === 'CIRCULAR') return round('ceil', divide(dim, stride));
    return mode === 'VALID' ? valid(dim) : null;
  }
  const extra = explicitPadding(padding, index);
  return extra === null ? null : valid(add(dim, extra));
}

function perAxis(value: Value | undefined, index: number): Dim | null {
  if (isMissing(value)) return one;
  const items = itemsOf(value);
  return items === null ? null : dimOf(items[index] ?? items[0]);
}

/** Both sides together: a number, one number for each axis, or a pair for each. */
function explicitPadding(padding: Value | undefined, index: number): Dim | null {
  const items = itemsOf(padding);
  const own = items?.[index] ?? items?.[0];
  if (own === undefined) return null;
  if (own.kind !== 'array') {
    const each = dimOf(own);
    return each === null ? null : multiply(constant(2), each);
  }
  const [low, high] = own.items.map(dimOf);
  return low == null || high == null ? null : add(low, high);
}
