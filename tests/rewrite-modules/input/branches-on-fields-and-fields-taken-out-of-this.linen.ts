import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class Block extends nn.Module {
  constructor(
    readonly features: number,
    readonly useNorm = true,
    readonly rank: number | null = null,
  ) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, train: boolean): tf.Tensor {
    if (this.useNorm) {
      x = new nn.LayerNorm().call(x);
    }
    const y = this.rank !== null ? new nn.Dense(this.rank, { name: 'low' }).call(x) : x;
    const width = this.features * 2;
    let out: tf.Tensor;
    if (this.useNorm) {
      out = new nn.Dense(width, { useBias: false, name: 'up' }).call(y);
    } else {
      out = new nn.Dense(width, { name: 'up' }).call(y);
    }
    // Without a norm there is nothing to drop.
    if (!this.useNorm) return out;
    return new nn.Dropout(0.5).call(out, { deterministic: !train });
  }
}

export class Fields extends nn.Module {
  readonly useBias: boolean;
  w1!: nn.Dense;

  constructor(
    readonly config: { width: number },
    options: { useBias?: boolean } = {},
  ) {
    super();
    this.useBias = options.useBias ?? true;
  }

  setup() {
    const { config, useBias } = this;
    this.w1 = new nn.Dense(config.width, { useBias });
  }

  call(x: tf.Tensor): tf.Tensor {
    return this.w1.call(x);
  }
}
