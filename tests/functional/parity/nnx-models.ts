import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nnx from 'linen2nnx/nnx';

// The NNX models of fixtures/flax/record-models.py.

class Mlp extends nnx.Module {
  readonly first: nnx.Linear;
  readonly dropout: nnx.Dropout;
  readonly second: nnx.Linear;

  constructor(rngs: nnx.Rngs) {
    super();
    this.first = new nnx.Linear(6, 8, { rngs });
    this.dropout = new nnx.Dropout(0.5, { rngs });
    this.second = new nnx.Linear(8, 3, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    return this.second.call(this.dropout.call(nnx.gelu(this.first.call(x))));
  }
}

class Cnn extends nnx.Module {
  readonly conv1: nnx.Conv;
  readonly norm1: nnx.BatchNorm;
  readonly conv2: nnx.Conv;
  readonly norm2: nnx.BatchNorm;
  readonly head: nnx.Linear;

  constructor(rngs: nnx.Rngs) {
    super();
    this.conv1 = new nnx.Conv(2, 4, [3, 3], { useBias: false, rngs });
    this.norm1 = new nnx.BatchNorm(4, { momentum: 0.9, rngs });
    this.conv2 = new nnx.Conv(4, 6, [3, 3], { strides: 2, useBias: false, rngs });
    this.norm2 = new nnx.BatchNorm(6, { momentum: 0.9, rngs });
    this.head = new nnx.Linear(6, 3, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    x = nnx.relu(this.norm1.call(this.conv1.call(x)));
    x = nnx.relu(this.norm2.call(this.conv2.call(x)));
    x = nnx.avgPool(x, [2, 2], { strides: [2, 2], padding: 'SAME' });
    return this.head.call(tf.mean(x, [1, 2]));
  }
}

class Seq2Seq extends nnx.Module {
  readonly embed: nnx.Embed;
  readonly encoder: nnx.RNN<nnx.LSTMCarry, true>;
  readonly decoder: nnx.RNN<nnx.LSTMCarry>;
  readonly logits: nnx.Linear;

  constructor(rngs: nnx.Rngs) {
    super();
    this.embed = new nnx.Embed(7, 5, { rngs });
    this.encoder = new nnx.RNN(new nnx.LSTMCell(5, 6, { rngs }), { returnCarry: true });
    this.decoder = new nnx.RNN(new nnx.LSTMCell(5, 6, { rngs }));
    this.logits = new nnx.Linear(6, 7, { rngs });
  }

  call(source: tf.Tensor, target: tf.Tensor): tf.Tensor {
    const seqLengths = tf.tensor1d([4, 2], 'int32');
    const [carry] = this.encoder.call(this.embed.call(source), { seqLengths });
    return this.logits.call(this.decoder.call(this.embed.call(target), { initialCarry: carry }));
  }
}

class Block extends nnx.Module {
  readonly norm1: nnx.LayerNorm;
  readonly attention: nnx.MultiHeadAttention;
  readonly norm2: nnx.LayerNorm;
  readonly up: nnx.Linear;
  readonly down: nnx.Linear;

  constructor(rngs: nnx.Rngs) {
    super();
    this.norm1 = new nnx.LayerNorm(8, { rngs });
    this.attention = new nnx.MultiHeadAttention(2, 8, { decode: false, rngs });
    this.norm2 = new nnx.LayerNorm(8, { rngs });
    this.up = new nnx.Linear(8, 16, { rngs });
    this.down = new nnx.Linear(16, 8, { rngs });
  }

  call(x: tf.Tensor, mask: tf.Tensor | null): tf.Tensor {
    x = tf.add(x, this.attention.call(this.norm1.call(x), { mask }));
    return tf.add(x, this.down.call(nnx.gelu(this.up.call(this.norm2.call(x)))));
  }
}

/** `start` is the place of the first token, which while decoding is the only one. */
export class Transformer extends nnx.Module {
  readonly embed: nnx.Embed;
  readonly places: nnx.Param;
  readonly blocks: Block[];
  readonly norm: nnx.LayerNorm;

  constructor(rngs: nnx.Rngs) {
    super();
    this.embed = new nnx.Embed(9, 8, { rngs });
    this.places = new nnx.Param(nnx.initializers.normal(0.02)(rngs.params(), [4, 8]));
    this.blocks = [new Block(rngs), new Block(rngs)];
    this.norm = new nnx.LayerNorm(8, { rngs });
  }

  call(tokens: tf.Tensor, start = 0, decode = false): tf.Tensor {
    let x = tf.add(this.embed.call(tokens), tf.slice(this.places.value, [start, 0], [tokens.shape[1]!, 8]));
    const mask = decode ? null : nnx.makeCausalMask(tokens);
    for (const block of this.blocks) x = block.call(x, mask);
    return this.embed.attend(this.norm.call(x));
  }
}

class Vae extends nnx.Module {
  readonly fc1: nnx.Linear;
  readonly mean: nnx.Linear;
  readonly logvar: nnx.Linear;
  readonly fc3: nnx.Linear;
  readonly fc4: nnx.Linear;
  readonly latent: nnx.RngStream;

  constructor(rngs: nnx.Rngs) {
    super();
    this.fc1 = new nnx.Linear(8, 6, { rngs });
    this.mean = new nnx.Linear(6, 2, { rngs });
    this.logvar = new nnx.Linear(6, 2, { rngs });
    this.fc3 = new nnx.Linear(2, 6, { rngs });
    this.fc4 = new nnx.Linear(6, 8, { rngs });
    this.latent = rngs.stream('latent').fork();
  }

  call(x: tf.Tensor): [reconstruction: tf.Tensor, mean: tf.Tensor, logvar: tf.Tensor] {
    const h = nnx.relu(this.fc1.call(x));
    const [mean, logvar] = [this.mean.call(h), this.logvar.call(h)];
    const noise = jax.random.normal(this.latent(), mean.shape);
    const z = tf.add(mean, tf.mul(noise, tf.exp(tf.mul(0.5, logvar))));
    return [this.fc4.call(nnx.relu(this.fc3.call(z))), mean, logvar];
  }
}

export const nnxModels: { readonly [model: string]: (rngs: nnx.Rngs) => nnx.CallableModule } = {
  MLP: (rngs) => new Mlp(rngs),
  'CNN with BatchNorm': (rngs) => new Cnn(rngs),
  'LSTM sequence to sequence': (rngs) => new Seq2Seq(rngs),
  transformer: (rngs) => new Transformer(rngs),
  VAE: (rngs) => new Vae(rngs),
};
