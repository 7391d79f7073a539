import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';

// The Linen models of fixtures/flax/record-models.py.

class Mlp extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    x = new nn.Dense(8).call(x);
    x = new nn.Dropout(0.5, { deterministic: false }).call(nn.gelu(x));
    return new nn.Dense(3).call(x);
  }
}

class Cnn extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    for (const [features, strides] of [[4, 1] as const, [6, 2] as const]) {
      x = new nn.Conv(features, [3, 3], { strides, useBias: false }).call(x);
      x = nn.relu(new nn.BatchNorm({ useRunningAverage: false, momentum: 0.9 }).call(x));
    }
    x = nn.avgPool(x, [2, 2], { strides: [2, 2], padding: 'SAME' });
    return new nn.Dense(3).call(tf.mean(x, [1, 2]));
  }
}

class Seq2Seq extends nn.Module {
  embed!: nn.Embed;
  encoder!: nn.RNN<nn.LSTMCarry, true>;
  decoder!: nn.RNN<nn.LSTMCarry>;
  logits!: nn.Dense;

  setup(): void {
    this.embed = new nn.Embed(7, 5);
    this.encoder = new nn.RNN(new nn.LSTMCell(6), { returnCarry: true });
    this.decoder = new nn.RNN(new nn.LSTMCell(6));
    this.logits = new nn.Dense(7);
  }

  call(source: tf.Tensor, target: tf.Tensor): tf.Tensor {
    const seqLengths = tf.tensor1d([4, 2], 'int32');
    const [carry] = this.encoder.call(this.embed.call(source), { seqLengths });
    return this.logits.call(this.decoder.call(this.embed.call(target), { initialCarry: carry }));
  }
}

class Block extends nn.Module {
  constructor(readonly decode: boolean) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, mask: tf.Tensor | null): tf.Tensor {
    const attention = new nn.MultiHeadAttention(2, { decode: this.decode });
    x = tf.add(x, attention.call(new nn.LayerNorm().call(x), { mask }));
    const y = new nn.Dense(16).call(new nn.LayerNorm().call(x));
    return tf.add(x, new nn.Dense(8).call(nn.gelu(y)));
  }
}

/** `start` is the place of the first token, which while decoding is the only one. */
export class Transformer extends nn.Module {
  constructor(readonly decode = false) {
    super();
  }

  @nn.compact
  call(tokens: tf.Tensor, start = 0): tf.Tensor {
    const embed = new nn.Embed(9, 8);
    const places = this.param('places', nn.initializers.normal(0.02), [4, 8]);
    let x = tf.add(embed.call(tokens), tf.slice(places, [start, 0], [tokens.shape[1]!, 8]));
    const mask = this.decode ? null : nn.makeCausalMask(tokens);
    for (let i = 0; i < 2; i++) x = new Block(this.decode).call(x, mask);
    return embed.attend(new nn.LayerNorm().call(x));
  }
}

class Vae extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): [reconstruction: tf.Tensor, mean: tf.Tensor, logvar: tf.Tensor] {
    const h = nn.relu(new nn.Dense(6, { name: 'fc1' }).call(x));
    const mean = new nn.Dense(2, { name: 'fc2_mean' }).call(h);
    const logvar = new nn.Dense(2, { name: 'fc2_logvar' }).call(h);
    const noise = jax.random.normal(this.makeRng('latent'), mean.shape);
    const z = tf.add(mean, tf.mul(noise, tf.exp(tf.mul(0.5, logvar))));
    const decoded = nn.relu(new nn.Dense(6, { name: 'fc3' }).call(z));
    return [new nn.Dense(8, { name: 'fc4' }).call(decoded), mean, logvar];
  }
}

export const linenModels: { readonly [model: string]: () => nn.CallableModule } = {
  MLP: () => new Mlp(),
  'CNN with BatchNorm': () => new Cnn(),
  'LSTM sequence to sequence': () => new Seq2Seq(),
  transformer: () => new Transformer(),
  VAE: () => new Vae(),
};
