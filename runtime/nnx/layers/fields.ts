import type * as tf from '@tensorflow/tfjs';
import type { DType, Options, Precision } from '../../core/tree-typing.js';
import type { DotGeneral } from '../../functional/dense.js';
import { promoteDtype, type PromoteDtype } from '../../functional/dtype.js';
import { type Initializer, lecunNormal, ones, zeros } from '../../random/initializers.js';
import type { Rngs } from '../rngs.js';
import type { VariableMetadata } from '../variable.js';
import { Param } from '../variable-types.js';

/** The streams parameters are drawn from. */
export interface RngsOption {
  rngs: Rngs;
}

export interface DtypeFields {
  /** Default null (from inputs and parameters). */
  dtype: DType | null;
  /** Default 'float32'. */
  paramDtype: DType;
  /** Default the built-in one. */
  promoteDtype: PromoteDtype;
}

export interface MatmulFields extends DtypeFields {
  /** Default true. */
  useBias: boolean;
  /** Default null. */
  precision: Precision | null;
  /** Default lecunNormal(). */
  kernelInit: Initializer;
  /** Default zeros. */
  biasInit: Initializer;
  /** Default null. */
  preferredElementType: DType | null;
}

export interface MatmulMetadata {
  /** Default {}. */
  kernelMetadata: VariableMetadata;
  /** Default {}. */
  biasMetadata: VariableMetadata;
}

export interface LinearFields extends MatmulFields {
  /** Default the built-in one. */
  dotGeneral: DotGeneral | null;
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
}

export interface NormFields extends ScaleFields {
  /** Default true. */
  useBias: boolean;
  /** Default zeros. */
  biasInit: Initializer;
}

export interface ScaleMetadata {
  /** Default {}. */
  scaleMetadata: VariableMetadata;
}

export interface NormMetadata extends ScaleMetadata {
  /** Default {}. */
  biasMetadata: VariableMetadata;
}

/** Options of a normalisation's `call`. */
export interface NormCallOptions extends Options<{ /** Elements that count. Default all. */ mask: tf.Tensor | null }> {}

export const dtypeDefaults: DtypeFields = { dtype: null, paramDtype: 'float32', promoteDtype };

export const matmulDefaults: MatmulFields = {
  ...dtypeDefaults,
  useBias: true,
  precision: null,
  kernelInit: lecunNormal(),
  biasInit: zeros,
  preferredElementType: null,
};

export const linearDefaults: LinearFields = { ...matmulDefaults, dotGeneral: null };

export const scaleDefaults: ScaleFields = {
  ...dtypeDefaults,
  epsilon: 1e-6,
  useScale: true,
  scaleInit: ones,
  axisName: null,
  axisIndexGroups: null,
  useFastVariance: true,
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

/** How a parameter is made. */
export interface ParameterOptions {
  readonly init: Initializer;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly metadata?: VariableMetadata | undefined;
  /** Null when false; no key is drawn then. Default true. */
  readonly when?: boolean | undefined;
}

/** A parameter from the next key of `params`; null (typed as the parameter that it usually is) when switched off. */
export function parameter(rngs: Rngs, { init, shape, dtype, metadata, when = true }: ParameterOptions): Param {
  return when ? new Param(init(rngs.params(), shape, dtype), metadata) : (null as unknown as Param);
}

/** A parameter's value, or null when it is switched off. */
export function valueOrNull(parameter: Param | null): tf.Tensor | null {
  return parameter === null ? null : parameter.value;
}
