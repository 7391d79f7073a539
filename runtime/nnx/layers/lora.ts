import * as tf from '@tensorflow/tfjs';
import type { AnyFunction, Attributes, DType, Options } from '../../core/tree-typing.js';
import { contractLast } from '../../functional/dense.js';
import { promoteDtype, type PromoteDtype } from '../../functional/dtype.js';
import { heUniform, type Initializer, zeros } from '../../random/initializers.js';
import { type CallableModule, Module } from '../module.js';
import type { VariableMetadata, VariableType } from '../variable.js';
import { LoRAParam } from '../variable-types.js';
import { checkLastAxis } from './checks.js';
import { assignFields, dtypeDefaults, type DtypeFields, type RngsOption } from './fields.js';
import { Linear, type LinearOptions } from './linear.js';

interface LoRAFields extends DtypeFields {
  /** Its output is added. Default null. */
  baseModule: CallableModule | null;
  /** Default LoRAParam. */
  loraParamType: VariableType;
}

/** Options of `LoRA`. */
export interface LoRAOptions
  extends
    RngsOption,
    Options<
      LoRAFields & {
        /** Default heUniform(). */
        aInitializer: Initializer;
        /** Default zeros. */
        bInitializer: Initializer;
        /** Default {}. */
        aMetadata: VariableMetadata;
        /** Default {}. */
        bMetadata: VariableMetadata;
      }
    > {}

/** Low-rank adapter: x · a · b, plus the base module's output: [..., inFeatures] → [..., outFeatures]. */
export class LoRA extends Module {
  /** [inFeatures, loraRank]. */
  readonly loraA: LoRAParam;
  /** [loraRank, outFeatures]. */
  readonly loraB: LoRAParam;

  constructor(
    readonly inFeatures: number,
    loraRank: number,
    readonly outFeatures: number,
    options: LoRAOptions,
  ) {
    super();
    const defaults: LoRAFields = { ...dtypeDefaults, baseModule: null, loraParamType: LoRAParam };
    assignFields(this, defaults, options);
    const { rngs, aInitializer = heUniform(), bInitializer = zeros } = options;
    const Kept = this.loraParamType as new (value: tf.Tensor, metadata?: VariableMetadata) => LoRAParam;
    this.loraA = new Kept(aInitializer(rngs.params(), [inFeatures, loraRank], this.paramDtype), options.aMetadata);
    this.loraB = new Kept(bInitializer(rngs.params(), [loraRank, outFeatures], this.paramDtype), options.bMetadata);
  }

  call(x: tf.Tensor): tf.Tensor {
    checkLastAxis(this, x, { name: 'inFeatures', size: this.inFeatures });
    const values = [x, this.loraA.value, this.loraB.value];
    const [input, a, b] = this.promoteDtype(values, { dtype: this.dtype });
    const adapted = contractLast(contractLast(input!, a!), b!);
    if (this.baseModule === null) return adapted;
    const call = this.baseModule.call.bind(this.baseModule) as AnyFunction as (x: tf.Tensor) => tf.Tensor;
    return tf.add(adapted, call(input!));
  }
}
export interface LoRA extends Attributes<LoRAFields> {}

/** Options of `LoRALinear`. */
export interface LoRALinearOptions
  extends
    LinearOptions,
    Options<{
      /** Default null. */
      loraDtype: DType | null;
      /** Default 'float32'. */
      loraParamDtype: DType;
      /** Default heUniform(). */
      aInitializer: Initializer;
      /** Default zeros. */
      bInitializer: Initializer;
      /** Default LoRAParam. */
      loraParamType: VariableType;
      /** Default the built-in one. */
      loraPromoteDtype: PromoteDtype;
      /** Default {}. */
      aMetadata: VariableMetadata;
      /** Default {}. */
      bMetadata: VariableMetadata;
    }> {
  loraRank: number;
}

/** `Linear` plus a low-rank adapter. */
export class LoRALinear extends Linear {
  readonly lora: LoRA;

  constructor(inFeatures: number, outFeatures: number, options: LoRALinearOptions) {
    super(inFeatures, outFeatures, options);
    const { loraRank, loraDtype: dtype, loraParamDtype: paramDtype, loraPromoteDtype = promoteDtype } = options;
    const { rngs, aInitializer, bInitializer, loraParamType, aMetadata, bMetadata } = options;
    const given = { rngs, aInitializer, bInitializer, loraParamType, aMetadata, bMetadata };
    const own = { dtype, paramDtype, promoteDtype: loraPromoteDtype };
    this.lora = new LoRA(inFeatures, loraRank, outFeatures, { ...given, ...own });
  }

  override call(x: tf.Tensor): tf.Tensor {
    return tf.add(super.call(x), this.lora.call(x));
  }
}
