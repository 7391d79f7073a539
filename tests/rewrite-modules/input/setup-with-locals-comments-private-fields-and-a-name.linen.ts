import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export interface Config {
  hidden: number;
  rate: number;
}

export class A<T> extends nn.Module {
  private up!: nn.Dense;
  down!: nn.Dense;
  scale!: tf.Tensor;
  drop!: nn.Dropout;
  doubled!: number;
  tag?: T;

  constructor(readonly config: Config) {
    super();
  }

  // Builds the layers.
  setup(): void {
    const { config } = this;
    const hidden = config.hidden;
    this.doubled = hidden * 2;
    this.up = new nn.Dense(hidden, { name: 'w1' });
    /* the way down */
    this.down = new nn.Dense(this.config.hidden);

    this.scale = this.param('scale', nn.initializers.ones, [hidden]);
    this.drop = new nn.Dropout(this.config.rate);
  }

  call(x: tf.Tensor, { deterministic = true, mask }: { deterministic?: boolean; mask: tf.Tensor }) {
    x = this.drop.call(this.up.call(x), { deterministic });
    return tf.mul(tf.mul(this.down.call(x), this.scale), tf.mul(mask, this.doubled));
  }
}
