import * as tf from '@tensorflow/tfjs';
import { apart, byChannels, folded, mapped, moveAxis, together } from './batching.js';
import { broadcast } from './broadcasting.js';
import { activated } from './fused.js';
import { type BatchCall, type KernelRecord, type Rules, type Spec, kernels } from './record.js';
import { reshape, run } from './running.js';

/** Convolutions and their gradients. Leading axes are batches, the last axis of a filter [taps…, in, out] its channels. */
export const convolutions: readonly KernelRecord[] = [
  ...convolution('Conv2D'),
  ...convolution('Conv3D'),
  ...kernels<'x' | 'filter', tf.DepthwiseConv2dNativeAttrs>('DepthwiseConv2dNative', {
    shapes: ({ x, filter }, attrs) => convolved(x, filter, { ...attrs, dataFormat: 'NHWC' }, true),
    batch: (call) => folded(call, ['filter']) ?? byChannels(call),
  }),
  ...kernels<'dy' | 'filter', InputGradient>('Conv2DBackpropInput Conv3DBackpropInputV2', {
    shapes: ({ dy }, attrs) => ({ shape: [...attrs.inputShape], dtype: dy.dtype }),
    batch: (call) => folded(largerInput(call), ['filter']) ?? inputGradients(call),
  }),
  ...kernels<'x' | 'dy', FilterGradient>('Conv2DBackpropFilter Conv3DBackpropFilterV2', {
    shapes: filterSpec,
    batch: filterGradients,
  }),
  ...kernels<'dy' | 'filter', tf.DepthwiseConv2dNativeBackpropInputAttrs>('DepthwiseConv2dNativeBackpropInput', {
    shapes: ({ dy }, attrs) => ({ shape: [...attrs.inputShape], dtype: dy.dtype }),
    batch: (call) => folded(largerInput(call), ['filter']) ?? byChannels(widened(call, 'inputShape', -1)),
  }),
  ...kernels<'x' | 'dy', tf.DepthwiseConv2dNativeBackpropFilterAttrs>('DepthwiseConv2dNativeBackpropFilter', {
    shapes: filterSpec,
    batch: (call) => byChannels(widened(call, 'filterShape', -2), 2),
  }),
  ...kernels<'x' | 'filter', tf.FusedConv2DAttrs, 'bias' | 'preluActivationWeights'>('FusedConv2D', {
    shapes: ({ x, filter }, attrs) => convolved(x, filter, attrs, false),
    decompose: ({ x, filter, bias, preluActivationWeights }, attrs) =>
      activated(run('Conv2D', { x, filter }, attrs), bias, preluActivationWeights, attrs),
  }),
  ...kernels<'x' | 'filter', tf.FusedDepthwiseConv2DAttrs, 'bias' | 'preluActivationWeights'>('FusedDepthwiseConv2D', {
    shapes: ({ x, filter }, attrs) => convolved(x, filter, { ...attrs, dataFormat: 'NHWC' }, true),
    decompose: ({ x, filter, bias, preluActivationWeights }, attrs) =>
      activated(run('DepthwiseConv2dNative', { x, filter }, attrs), bias, preluActivationWeights, attrs),
  }),
  ...kernels<'x' | 'filter', tf.Dilation2DAttrs>('Dilation2D', {
    shapes: ({ x, filter }, { strides, pad, dilations }) => {
      const shapes = [x.shape as Shape4, filter.shape as [number, number, number]] as const;
      const { outShape } = tf.backend_util.computeDilation2DInfo(...shapes, strides, pad, 'NHWC', dilations);
      return { shape: outShape, dtype: x.dtype };
    },
    batch: (call) => folded(call, ['filter']) ?? byChannels(call),
  }),
  ...kernels<'x' | 'filter' | 'dy', tf.Dilation2DAttrs>('Dilation2DBackpropInput', {
    shapes: ({ x }) => x,
    batch: (call) => folded(call, ['filter']) ?? byChannels(call),
  }),
  ...kernels<'x' | 'filter' | 'dy', tf.Dilation2DAttrs>('Dilation2DBackpropFilter', {
    shapes: ({ filter }) => filter,
    batch: (call) => byChannels(call),
  }),
];

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

function convolution(name: 'Conv2D' | 'Conv3D'): KernelRecord[] {
  const rules: Rules<'x' | 'filter', Window, never> = {
    shapes: ({ x, filter }, attrs) => convolved(x, filter, attrs, false),
    batch: (call) => folded(call, ['filter']) ?? ownFilters(call),
  };
  return kernels(name, rules);
}

function convolved(x: Spec, filter: Spec, window: Window, depthwise: boolean): Spec {
  const isVolume = x.shape.length === 5;
  return { shape: isVolume ? volume(x, filter, window) : image(x, filter, window, depthwise), dtype: x.dtype };
}

function image(x: Spec, filter: Spec, window: Window, depthwise: boolean): number[] {
  return tf.backend_util.computeConv2DInfo(
    x.shape as Shape4,
    filter.shape as Shape4,
    window.strides as number,
    (window.dilations ?? 1) as number,
    window.pad,
    window.dimRoundingMode,
    depthwise,
    window.dataFormat === 'NCHW' ? 'channelsFirst' : 'channelsLast',
  ).outShape;
}

function volume(x: Spec, filter: Spec, window: Window): number[] {
  return tf.backend_util.computeConv3DInfo(
    x.shape as Shape5,
    filter.shape as Shape5,
    window.strides as number,
    (window.dilations ?? 1) as number,
    window.pad as 'valid' | 'same' | number,
    false,
    window.dataFormat === 'NCDHW' ? 'channelsFirst' : 'channelsLast',
    window.dimRoundingMode,
  ).outShape;
}

function filterSpec({ dy }: { readonly dy: Spec }, { filterShape }: { readonly filterShape: readonly number[] }): Spec {
  return { shape: [...filterShape], dtype: dy.dtype };
}

/**
 * A filter for each example. Of one image for all: one convolution, the filters side by side on their last axis. Else
 * the depthwise convolution of all examples' channels, summed over those of each example.
 */
function ownFilters({ kernelName, size, inputs, attrs }: BatchCall<'x' | 'filter', Window>): tf.Tensor | null {
  const { x, filter } = inputs;
  if (attrs.dataFormat !== 'NHWC' && attrs.dataFormat !== 'NDHWC') return null;
  if (!x.mapped) return apart(run(kernelName, { x: x.tensor, filter: together(filter.tensor) }, attrs), size);
  if (kernelName !== 'Conv2D') return null;
  const y = run('DepthwiseConv2dNative', { x: together(x.tensor), filter: together(filter.tensor, 2) }, attrs);
  const [channels, factor] = filter.shape.slice(-2) as [number, number];
  const lead = y.shape.slice(0, -1);
  const sums = tf.sum(reshape(y, [tf.util.sizeFromShape(lead), size, channels, factor]), 2);
  return reshape(moveAxis(sums, 1, 0), [size, ...lead, factor]);
}

/** The gradients of all examples' own filters, as those of one depthwise convolution. */
function filterGradients(call: BatchCall<'x' | 'dy', FilterGradient>): tf.Tensor | null {
  const { kernelName, size, inputs, attrs } = call;
  if (kernelName !== 'Conv2DBackpropFilter' || attrs.dataFormat !== 'NHWC') return null;
  const [height, width, channels, factor] = attrs.filterShape as Shape4;
  const tensors = { x: together(mapped(inputs.x, size)), dy: forEachChannel(mapped(inputs.dy, size), channels) };
  const wide = { ...attrs, dilations: [1, 1], filterShape: [height, width, size * channels, factor] };
  return apart(run('DepthwiseConv2dNativeBackpropFilter', tensors, wide), size, 2);
}

/** The gradients of all examples' inputs, each by its own filter, as those of one depthwise convolution. */
function inputGradients(call: BatchCall<'dy' | 'filter', InputGradient>): tf.Tensor | null {
  const { kernelName, size, inputs, attrs } = call;
  if (kernelName !== 'Conv2DBackpropInput' || attrs.dataFormat !== 'NHWC') return null;
  const channels = attrs.inputShape.at(-1)!;
  const dy = forEachChannel(mapped(inputs.dy, size), channels);
  const wide = { ...attrs, dilations: [1, 1], inputShape: attrs.inputShape.with(-1, size * channels) };
  return apart(
    run('DepthwiseConv2dNativeBackpropInput', { dy, filter: together(inputs.filter.tensor, 2) }, wide),
    size,
  );
}

interface FilterGradient {
  readonly filterShape: number[];
  readonly dataFormat?: string;
}

interface InputGradient {
  readonly inputShape: number[];
  readonly dataFormat?: string;
}

/** Cotangents [n, batch, …, out] once for each input channel: [batch, …, n · channels · out]. */
function forEachChannel(dy: tf.Tensor, channels: number): tf.Tensor {
  const moved = moveAxis(dy, 0, dy.rank - 2);
  const lead = moved.shape.slice(0, -2);
  const [size, out] = moved.shape.slice(-2) as [number, number];
  const places = tf.util.sizeFromShape(lead);
  const repeated = broadcast(reshape(moved, [places, size, 1, out]), [places, size, channels, out]);
  return reshape(repeated, [...lead, size * channels * out]);
}

type WithInput = BatchCall<string, { readonly inputShape: readonly number[] }>;

/** The shape of the input of all examples at once. */
function largerInput(call: WithInput): BatchCall {
  const [batch, ...rest] = call.attrs.inputShape;
  return { ...call, attrs: { ...call.attrs, inputShape: [batch! * call.size, ...rest] } };
}

/** An attribute that is a shape, with the channels of all examples. */
function widened<Names extends string, Attrs extends object>(
  call: BatchCall<Names, Attrs>,
  name: keyof Attrs,
  axis: number,
): BatchCall<Names> {
  const shape = call.attrs[name] as readonly number[];
  return { ...call, attrs: { ...call.attrs, [name]: shape.with(axis, shape.at(axis)! * call.size) } };
}

/** Attributes of convolutions of images and volumes. */
interface Window {
  readonly strides: number | readonly number[];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dilations?: number | readonly number[];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly dataFormat?: string;
}
