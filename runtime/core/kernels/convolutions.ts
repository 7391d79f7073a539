import * as tf from '@tensorflow/tfjs';
import { apart, byChannels, folded, mapped, run, together } from './batching.js';
import { activated } from './fused.js';
import { patches } from './patches.js';
import { type BatchCall, type KernelRecord, type Rules, type Spec, kernels } from './record.js';
import { type Window, windowOf } from './window.js';

/** Convolutions and their gradients. Leading axes are batches, the last axis of a filter [taps…, in, out] its channels. */
export const convolutions: readonly KernelRecord[] = [
  ...convolution('Conv2D'),
  ...convolution('Conv3D'),
  ...kernels<'x' | 'filter', tf.DepthwiseConv2dNativeAttrs>('DepthwiseConv2dNative', {
    shapes: ({ x, filter }, attrs) => convolved(x, filter, { ...attrs, dataFormat: 'NHWC' }, true),
    batch: (call) => folded(call, ['filter']) ?? byChannels(call),
  }),
  ...kernels<'dy' | 'filter', tf.Conv2DBackpropInputAttrs | tf.Conv3DBackpropInputV2Attrs>(
    'Conv2DBackpropInput Conv3DBackpropInputV2',
    {
      shapes: ({ dy }, attrs) => ({ shape: [...attrs.inputShape], dtype: dy.dtype }),
      batch: (call) => folded(largerInput(call), ['filter']),
    },
  ),
  ...kernels<'x' | 'dy', tf.Conv2DBackpropFilterAttrs | tf.Conv3DBackpropFilterV2Attrs>(
    'Conv2DBackpropFilter Conv3DBackpropFilterV2',
    { shapes: filterSpec, batch: filterGradients },
  ),
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

function convolution(name: 'Conv2D' | 'Conv3D'): KernelRecord[] {
  const rules: Rules<'x' | 'filter', Window, never> = {
    shapes: ({ x, filter }, attrs) => convolved(x, filter, attrs, false),
    batch: (call) => folded(call, ['filter']) ?? ownFilters(call),
  };
  return kernels(name, rules);
}

function convolved(x: Spec, filter: Spec, window: Window, depthwise: boolean): Spec {
  return { shape: windowOf(x.shape, filter.shape, window, depthwise).outShape, dtype: x.dtype };
}

function filterSpec({ dy }: { readonly dy: Spec }, { filterShape }: { readonly filterShape: readonly number[] }): Spec {
  return { shape: [...filterShape], dtype: dy.dtype };
}

/**
 * A filter for each example. Of one image for all: one convolution, the filters side by side on their last axis. Else
 * a product of each example's patches [batch · places, taps · in] with its filter [taps · in, out].
 */
function ownFilters({
  kernelName,
  size,
  inputs: { x, filter },
  attrs,
}: BatchCall<'x' | 'filter', Window>): tf.Tensor | null {
  if (attrs.dataFormat === 'NCHW' || attrs.dataFormat === 'NCDHW') return null;
  if (!x.mapped) {
    return apart(run(kernelName, { x: x.tensor, filter: together(filter.tensor) }, attrs), size);
  }
  const { outShape, ...window } = windowOf(x.shape, filter.shape, attrs);
  const columns = patches(x.tensor, window);
  const weights = tf.reshape(filter.tensor, [size, columns.shape[2]!, filter.shape.at(-1)!]);
  return tf.reshape(tf.matMul(columns, weights), [size, ...outShape]);
}

/** The gradient of each example's filter: its patches, transposed, times its cotangent [batch · places, out]. */
function filterGradients({
  size,
  inputs: { x, dy },
  attrs,
}: BatchCall<'x' | 'dy', tf.Conv2DBackpropFilterAttrs | tf.Conv3DBackpropFilterV2Attrs>): tf.Tensor | null {
  if ('dataFormat' in attrs && attrs.dataFormat === 'NCHW') return null;
  const { outShape: _, ...window } = windowOf(x.shape, attrs.filterShape, { ...attrs, dilations: 1 });
  const columns = patches(mapped(x, size), window);
  const cotangents = tf.reshape(mapped(dy, size), [size, columns.shape[1]!, dy.shape.at(-1)!]);
  return tf.reshape(tf.matMul(columns, cotangents, true, false), [size, ...attrs.filterShape]);
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
