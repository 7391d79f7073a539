import * as tf from '@tensorflow/tfjs';

/** Gradients of convolutions and of their gradients, dilated kernels included. */
export const convolutions: readonly tf.GradConfig[] = [
  ...family({ forward: 'Conv2D', toInput: 'Conv2DBackpropInput', toFilter: 'Conv2DBackpropFilter', space: 2 }),
  ...family({
    forward: 'DepthwiseConv2dNative',
    toInput: 'DepthwiseConv2dNativeBackpropInput',
    toFilter: 'DepthwiseConv2dNativeBackpropFilter',
    space: 2,
  }),
  ...family({ forward: 'Conv3D', toInput: 'Conv3DBackpropInputV2', toFilter: 'Conv3DBackpropFilterV2', space: 3 }),
];

interface Family {
  readonly forward: string;
  readonly toInput: string;
  readonly toFilter: string;
  readonly space: number;
}

interface Attributes {
  readonly dilations?: number | readonly number[];
  readonly inputShape?: readonly number[];
  readonly filterShape?: readonly number[];
}

/** All three are linear in both operands, and each is the transpose of the others. */
function family({ forward, toInput, toFilter, space }: Family): tf.GradConfig[] {
  const run = (kernelName: string, inputs: Record<string, tf.Tensor>, attrs: object) =>
    tf.engine().runKernel(kernelName, inputs, attrs as never) as tf.Tensor;
  const convolve = (x: tf.Tensor, filter: tf.Tensor, attrs: object) => run(forward, { x, filter }, attrs);
  const inputOf = (dy: tf.Tensor, filter: tf.Tensor, attrs: object, like: tf.Tensor) =>
    run(toInput, { dy, filter }, { ...attrs, inputShape: like.shape });
  const filterOf = (x: tf.Tensor, dy: tf.Tensor, attrs: object, filterShape: readonly number[]) =>
    run(toFilter, { x, dy }, { ...attrs, filterShape });
  return [
    {
      kernelName: forward,
      inputsToSave: ['x', 'filter'],
      gradFunc: (dy, [x, filter], attrs) => {
        const { plain, dilations } = apart(attrs, space);
        const spread = () => dilations.reduce((f, by, axis) => dilate(f, axis, by), filter!);
        const spreadShape = filter!.shape.map((size, i) => (size - 1) * (dilations[i] ?? 1) + 1);
        return {
          x: () => inputOf(dy as tf.Tensor, spread(), plain, x!),
          filter: () =>
            dilations.reduce((f, by, axis) => undilate(f, axis, by), filterOf(x!, dy as tf.Tensor, plain, spreadShape)),
        };
      },
    },
    {
      kernelName: toInput,
      inputsToSave: ['dy', 'filter'],
      gradFunc: (given, [dy, filter], attrs) => {
        const { plain } = apart(attrs, space);
        return {
          dy: () => convolve(given as tf.Tensor, filter!, plain),
          filter: () => filterOf(given as tf.Tensor, dy!, plain, filter!.shape),
        };
      },
    },
    {
      kernelName: toFilter,
      inputsToSave: ['x', 'dy'],
      gradFunc: (given, [x, dy], attrs) => {
        const { plain } = apart(attrs, space);
        return {
          x: () => inputOf(dy!, given as tf.Tensor, plain, x!),
          dy: () => convolve(x!, given as tf.Tensor, plain),
        };
      },
    },
  ];
}

/** The attributes that all three kernels share, with dilations of 1; and the dilations. */
function apart(attrs: unknown, space: number): { readonly plain: object; readonly dilations: readonly number[] } {
  const { dilations: given, inputShape: _x, filterShape: _f, ...plain } = attrs as Attributes;
  const dilations = typeof given === 'object' ? given : Array.from({ length: space }, () => given ?? 1);
  return { plain: { ...plain, dilations: dilations.map(() => 1) }, dilations };
}

/** `by` − 1 zeros between the elements of an axis. */
function dilate(x: tf.Tensor, axis: number, by: number): tf.Tensor {
  if (by === 1) return x;
  const [before, size, after] = around(x, axis);
  const apart = tf.pad(tf.reshape(x, [before, size, 1, after]), [
    [0, 0],
    [0, 0],
    [0, by - 1],
    [0, 0],
  ]);
  const length = (size - 1) * by + 1;
  const kept = tf.slice(tf.reshape(apart, [before, size * by, after]), [0, 0, 0], [before, length, after]);
  return tf.reshape(kept, withSize(x, axis, length));
}

/** Every `by`-th element of an axis. */
function undilate(x: tf.Tensor, axis: number, by: number): tf.Tensor {
  if (by === 1) return x;
  const [before, length, after] = around(x, axis);
  const size = (length - 1) / by + 1;
  const whole = tf.pad(tf.reshape(x, [before, length, after]), [
    [0, 0],
    [0, by - 1],
    [0, 0],
  ]);
  const kept = tf.slice(tf.reshape(whole, [before, size, by, after]), [0, 0, 0, 0], [before, size, 1, after]);
  return tf.reshape(kept, withSize(x, axis, size));
}

function around(x: tf.Tensor, axis: number): [before: number, size: number, after: number] {
  const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1);
  return [product(x.shape.slice(0, axis)), x.shape[axis]!, product(x.shape.slice(axis + 1))];
}

function withSize(x: tf.Tensor, axis: number, size: number): number[] {
  return x.shape.map((each, i) => (i === axis ? size : each));
}
