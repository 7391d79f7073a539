import type { DType, Options, Precision } from '../../core/tree-typing.js';
import type { DotGeneral } from '../../functional/dense.js';
import type { Initializer } from '../../random/initializers.js';
import { lecunNormal, ones, zeros } from '../../random/initializers.js';
import { promoteDtype } from '../../functional/dtype.js';
import type { PromoteDtype } from '../../functional/dtype.js';
import type * as tf from '@tensorflow/tfjs';

export interface DtypeFields {
  /** Dtype of the computation. Default null (from inputs and parameters). */
  dtype: DType | null;
  /** Dtype of the parameters. Default 'float32'. */
  paramDtype: DType;
}

export interface MatmulFields extends DtypeFields {
  /** Add a bias. Default true. */
  useBias: boolean;
  /** Default null. */
  precision: Precision | null;
  /** Default lecunNormal(). */
  kernelInit: Initializer;
  /** Default zeros. */
  biasInit: Initializer;
  /** Default the built-in one. */
  promoteDtype: PromoteDtype;
}

export interface DotFields extends MatmulFields {
  /** Default null. */
  dotGeneral: DotGeneral | null;
  /** Makes a `dotGeneral`. Default null. */
  dotGeneralCls: (() => DotGeneral) | null;
}

export interface ScaleFields extends DtypeFields {
  /** Added to the variance. Default 1e-6 (BatchNorm 1e-5). */
  epsilon: number;
  /** Default true. */
  useScale: boolean;
  /** Default ones. */
  scaleInit: Initializer;
  /** Mapped axis over which statistics are averaged. Default null. */
  axisName: string | null;
  /** Default null. */
  axisIndexGroups: readonly (readonly number[])[] | null;
  /** Variance as mean(x²) − mean(x)². Default true. */
  useFastVariance: boolean;
  /** Default true. */
  forceFloat32Reductions: boolean;
}

export interface NormFields extends ScaleFields {
  /** Default true. */
  useBias: boolean;
  /** Default zeros. */
  biasInit: Initializer;
}

/** Options of a normalisation's `call`. */
export interface NormCallOptions extends Options<{ /** Elements that count. Default all. */ mask: tf.Tensor | null }> {}

export const dtypeDefaults: DtypeFields = { dtype: null, paramDtype: 'float32' };

export const matmulDefaults: MatmulFields = {
  ...dtypeDefaults,
  useBias: true,
  precision: null,
  kernelInit: lecunNormal(),
  biasInit: zeros,
  promoteDtype,
};

export const dotDefaults: DotFields = { ...matmulDefaults, dotGeneral: null, dotGeneralCls: null };

export const scaleDefaults: ScaleFields = {
  ...dtypeDefaults,
  epsilon: 1e-6,
  useScale: true,
  scaleInit: ones,
  axisName: null,
  axisIndexGroups: null,
  useFastVariance: true,
  forceFloat32Reductions: true,
};

export const normDefaults: NormFields = { ...scaleDefaults, useBias: true, biasInit: zeros };

/** Sets a layer's options as its fields, defaults filled in. */
export function assignFields<F extends object>(
  layer: object,
  defaults: F,
  options: { [K in keyof F]?: F[K] | undefined },
): void {
  for (const name of Object.keys(defaults) as (keyof F & string)[]) {
    const given = options[name];
    Object.assign(layer, { [name]: given === undefined ? defaults[name] : given });
  }
}
