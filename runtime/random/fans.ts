import type { DType, Options, Shape } from '../core/tree-typing.js';

/** Which fan the variance is divided by. */
export type VarianceScalingMode = 'fan_in' | 'fan_out' | 'fan_avg' | 'fan_geo_avg';

/** Axes that hold fan-in, fan-out and batch. */
export type FanOptions = Options<{
  /** Fan-in axes. Default -2. */
  inAxis: number | readonly number[];
  /** Fan-out axes. Default -1. */
  outAxis: number | readonly number[];
  /** Axes that are neither. Default []. */
  batchAxis: number | readonly number[];
  /** Default 'float32'. */
  dtype: DType;
}>;

/** The number that variances are divided by; axes that are none of the three are the receptive field of a convolution. */
export function fanOf(shape: Shape, mode: VarianceScalingMode, options: FanOptions): number {
  const { inAxis = -2, outAxis = -1, batchAxis = [] } = options;
  if (inAxis === -2 && shape.length < 2) {
    throw new Error(
      `varianceScaling: expected a shape of at least 2 axes, got [${shape.join(', ')}].\n` +
        'Use another initializer for vectors (`zeros`, `normal()`), or pass `inAxis`.',
    );
  }
  const [inputs, outputs, batch] = [inAxis, outAxis, batchAxis].map((axes) => sizeAlong(shape, axes));
  const field = shape.reduce((product, size) => product * size, 1) / inputs! / outputs! / batch!;
  const [fanIn, fanOut] = [inputs! * field, outputs! * field];
  const fans = {
    fan_in: fanIn,
    fan_out: fanOut,
    fan_avg: (fanIn + fanOut) / 2,
    fan_geo_avg: Math.sqrt(fanIn * fanOut),
  };
  const fan: number | undefined = fans[mode];
  if (fan !== undefined) return fan;
  throw new Error(
    `varianceScaling: expected a mode, got '${String(mode)}'.\nPass one of '${Object.keys(fans).join("', '")}'.`,
  );
}

function sizeAlong(shape: Shape, axes: number | readonly number[]): number {
  return [axes].flat().reduce<number>((product, axis) => {
    const size = shape.at(axis as number);
    if (size !== undefined) return product * size;
    throw new Error(
      `varianceScaling: expected an axis of shape [${shape.join(', ')}], got ${String(axis)}.\n` +
        'Correct `inAxis`, `outAxis` or `batchAxis`.',
    );
  }, 1);
}
