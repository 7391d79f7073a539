import type * as tf from '@tensorflow/tfjs';
import type { Attributes, Options } from '../../core/tree-typing.js';
import { attend, embed } from '../../functional/embedding.js';
import { type Initializer, varianceScaling } from '../../random/initializers.js';
import { Module } from '../module.js';
import type { VariableMetadata } from '../variable.js';
import type { Param } from '../variable-types.js';
import { checkLastAxis } from './checks.js';
import { assignFields, dtypeDefaults, type DtypeFields, parameter, type RngsOption } from './fields.js';

interface EmbedFields extends DtypeFields {
  /** Default varianceScaling(1, 'fan_in', 'normal', { outAxis: 0 }). */
  embeddingInit: Initializer;
}

/** Options of `Embed`; dtype defaults to that of the table. */
export interface EmbedOptions
  extends RngsOption, Options<EmbedFields & { /** Default {}. */ embeddingMetadata: VariableMetadata }> {}

/** Lookup table: integers [...] → [..., features]. */
export class Embed extends Module {
  /** [numEmbeddings, features]. */
  readonly embedding: Param;

  constructor(
    readonly numEmbeddings: number,
    readonly features: number,
    options: EmbedOptions,
  ) {
    super();
    assignFields(this, embedDefaults, options);
    this.embedding = parameter(options.rngs, {
      init: this.embeddingInit,
      shape: [numEmbeddings, features],
      dtype: this.paramDtype,
      metadata: options.embeddingMetadata,
    });
    if (options.dtype === undefined || options.dtype === null)
      Object.assign(this, { dtype: this.embedding.value.dtype });
  }

  call(ids: tf.Tensor): tf.Tensor {
    const [table] = this.promoteDtype([this.embedding.value], { dtype: this.dtype, inexact: false });
    return embed(ids, table!);
  }

  /** Query times table: [..., features] → [..., numEmbeddings]. */
  attend(query: tf.Tensor): tf.Tensor {
    checkLastAxis(this, query, { name: 'features', size: this.features });
    const [input, table] = this.promoteDtype([query, this.embedding.value], { dtype: this.dtype });
    return attend(input!, table!);
  }
}
export interface Embed extends Attributes<EmbedFields> {}

const embedDefaults: EmbedFields = {
  ...dtypeDefaults,
  embeddingInit: varianceScaling(1, 'fan_in', 'normal', { outAxis: 0 }),
};
