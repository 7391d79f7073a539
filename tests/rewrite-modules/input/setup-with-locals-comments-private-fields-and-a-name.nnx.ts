import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

export interface Config {
  hidden: number;
  rate: number;
}

export class A<T> extends nnx.Module {
  private readonly up: nnx.Linear;
  readonly down: nnx.Linear;
  readonly scale: nnx.Param;
  readonly drop: nnx.Dropout;
  doubled!: number;
  tag?: T;

  constructor(inFeatures: number, config: Config, { rngs }: { rngs: nnx.Rngs }) {
    super();
    // Builds the layers.
    const hidden = config.hidden;
    this.doubled = hidden * 2;
    this.up = new nnx.Linear(inFeatures, hidden, { rngs });
    /* the way down */
    this.down = new nnx.Linear(config.hidden, config.hidden, { rngs });

    this.scale = new nnx.Param(nnx.initializers.ones(rngs.params(), [hidden]));
    this.drop = new nnx.Dropout(config.rate, { rngs });
  }

  call(x: tf.Tensor, { mask }: { mask: tf.Tensor }) {
    x = this.drop.call(this.up.call(x));
    return tf.mul(tf.mul(this.down.call(x), this.scale.value), tf.mul(mask, this.doubled));
  }
}
