import * as tf from '@tensorflow/tfjs';

// The kernels for the gradient of an average divide by the size of the whole window, also at a padded border, where the
// average itself counts the places inside only. So the cotangent is scaled first, on every backend.

type Numbers = number | number[];

interface Window {
  readonly filterSize: Numbers;
  readonly strides: Numbers;
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

(['AvgPool', 'AvgPool3D'] as const).forEach((kernelName) => {
  tf.registerGradient({
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({
      x: () => pulled(kernelName, { dy: dy as tf.Tensor, x: x! }, attrs as unknown as Window),
    }),
  });
  // The gradient is linear in dy: its own pulls back by the average over whole windows.
  tf.registerGradient({
    kernelName: `${kernelName}Grad`,
    inputsToSave: ['input'],
    gradFunc: (given, [input], attrs) => ({
      dy: () => {
        const average = tf.engine().runKernel(kernelName, { x: given as tf.Tensor }, attrs) as tf.Tensor;
        return tf.div(average, wholeOverInside(kernelName, input!.shape, attrs as unknown as Window));
      },
      input: () => tf.zerosLike(input!),
    }),
  });
});

function pulled(
  kernelName: string,
  { dy, x }: { readonly dy: tf.Tensor; readonly x: tf.Tensor },
  attrs: Window,
): tf.Tensor {
  const scaled = tf.mul(dy, wholeOverInside(kernelName, x.shape, attrs));
  return tf.engine().runKernel(`${kernelName}Grad`, { dy: scaled, input: x }, { ...attrs });
}

/** [1, ...space', 1]: the size of the window over the number of its places inside the input. */
function wholeOverInside(kernelName: string, shape: number[], attrs: Window): tf.Tensor {
  const one = [1, ...shape.slice(1, -1), 1];
  const counts =
    kernelName === 'AvgPool' ? counts2D(one as [number, number, number, number], attrs) : counts3D(one as never, attrs);
  const whole = counts.map(({ size }) => size).reduce((a, b) => a * b, 1);
  const ratios = counts
    .reduce<number[]>((all, { inside }) => all.flatMap((each) => inside.map((count) => each * count)), [1])
    .map((count) => whole / count);
  return tf.tensor(ratios, [1, ...counts.map(({ inside }) => inside.length), 1]);
}

interface AxisCounts {
  readonly size: number;
  /** For each place of the output, how many of the window are inside. */
  readonly inside: number[];
}

function counts2D(shape: [number, number, number, number], attrs: Window): AxisCounts[] {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  const [size, step] = [filterSize as [number, number], strides as [number, number]];
  const info = tf.backend_util.computePool2DInfo(shape, size, step, 1, pad, dimRoundingMode);
  return [
    axisCounts(info.inHeight, info.outHeight, [info.filterHeight, info.strideHeight, info.padInfo.top]),
    axisCounts(info.inWidth, info.outWidth, [info.filterWidth, info.strideWidth, info.padInfo.left]),
  ];
}

function counts3D(shape: [number, number, number, number, number], attrs: Window): AxisCounts[] {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  const [size, step] = [filterSize as [number, number, number], strides as [number, number, number]];
  const info = tf.backend_util.computePool3DInfo(shape, size, step, 1, pad, dimRoundingMode);
  return [
    axisCounts(info.inDepth, info.outDepth, [info.filterDepth, info.strideDepth, info.padInfo.front]),
    axisCounts(info.inHeight, info.outHeight, [info.filterHeight, info.strideHeight, info.padInfo.top]),
    axisCounts(info.inWidth, info.outWidth, [info.filterWidth, info.strideWidth, info.padInfo.left]),
  ];
}

function axisCounts(
  input: number,
  output: number,
  [size, stride, pad]: readonly [size: number, stride: number, pad: number],
): AxisCounts {
  const inside = Array.from({ length: output }, (_, i) => {
    const first = i * stride - pad;
    return Math.min(first + size, input) - Math.max(first, 0);
  });
  return { size, inside };
}
