import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

export class Block extends nnx.Module {
  readonly norm: nnx.LayerNorm | null;
  readonly low: nnx.Linear | null;
  readonly up: nnx.Linear;
  readonly dropout: nnx.Dropout | null;

  constructor(
    inFeatures: number,
    features: number,
    readonly useNorm = true,
    readonly rank: number | null = null,
    { rngs }: { rngs: nnx.Rngs },
  ) {
    super();
    this.norm = useNorm ? new nnx.LayerNorm(inFeatures, { rngs }) : null;
    this.low = rank !== null ? new nnx.Linear(inFeatures, rank, { rngs }) : null;
    const width = features * 2;
    this.up = useNorm
      ? new nnx.Linear(rank ?? inFeatures, width, { useBias: false, rngs })
      : new nnx.Linear(rank ?? inFeatures, width, { rngs });
    this.dropout = !useNorm ? null : new nnx.Dropout(0.5, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    if (this.useNorm) {
      x = this.norm!.call(x);
    }
    const y = this.rank !== null ? this.low!.call(x) : x;
    let out: tf.Tensor;
    if (this.useNorm) {
      out = this.up.call(y);
    } else {
      out = this.up.call(y);
    }
    // Without a norm there is nothing to drop.
    if (!this.useNorm) return out;
    return this.dropout!.call(out);
  }
}

export class Fields extends nnx.Module {
  readonly useBias: boolean;
  readonly w1: nnx.Linear;

  constructor(
    inFeatures: number,
    readonly config: { width: number },
    options: { useBias?: boolean } = {},
    { rngs }: { rngs: nnx.Rngs },
  ) {
    super();
    this.useBias = options.useBias ?? true;
    const { useBias } = this;
    this.w1 = new nnx.Linear(inFeatures, config.width, { useBias, rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    return this.w1.call(x);
  }
}
