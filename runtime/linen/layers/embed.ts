import type * as tf from '@tensorflow/tfjs';
import type { Attributes, Options } from '../../core/tree-typing.js';
import { promoteDtype, type PromoteDtype } from '../../functional/dtype.js';
import { attend, embed } from '../../functional/embedding.js';
import { type Initializer, varianceScaling } from '../../random/initializers.js';
import { Module, type ModuleOptions } from '../module.js';
import { assignFields, dtypeDefaults, type DtypeFields } from './fields.js';

interface EmbedFields extends DtypeFields {
  /** Default varianceScaling(1, 'fan_in', 'normal', { outAxis: 0 }). */
  embeddingInit: Initializer;
  /** Default the built-in one. */
  promoteDtype: PromoteDtype;
}

/** Options of `Embed`. */
export interface EmbedOptions extends ModuleOptions, Options<EmbedFields> {}

/** Lookup table: integers [...] → [..., features]. */
export class Embed extends Module {
  static readonly moduleName: string = 'Embed';
  /** The table: [numEmbeddings, features]. Bound modules only. */
  declare readonly embedding: tf.Tensor;

  constructor(
    readonly numEmbeddings: number,
    readonly features: number,
    options: EmbedOptions = {},
  ) {
    super(options);
    assignFields(this, embedDefaults, options);
  }

  setup(): void {
    const shape = [this.numEmbeddings, this.features];
    Object.assign(this, { embedding: this.param('embedding', this.embeddingInit, shape, this.paramDtype) });
  }

  call(ids: tf.Tensor): tf.Tensor {
    const [table] = this.promoteDtype([this.embedding], { dtype: this.dtype, inexact: false });
    return embed(ids, table!);
  }

  /** Query times table: [..., features] → [..., numEmbeddings]. */
  attend(query: tf.Tensor): tf.Tensor {
    const [input, table] = this.promoteDtype([query, this.embedding], { dtype: this.dtype });
    return attend(input!, table!);
  }
}
export interface Embed extends Attributes<EmbedFields> {}

const embedDefaults: EmbedFields = {
  ...dtypeDefaults,
  embeddingInit: varianceScaling(1, 'fan_in', 'normal', { outAxis: 0 }),
  promoteDtype,
};
