/** A small causal transformer with BatchNorm and a tied head, in both styles, for the seeded bugs. */
import { planOf, submodule, trainingFlag } from './guide-pair.js';

export const towerLinen = `import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class Layer extends nn.Module {
  constructor(readonly features: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    const size = x.shape[1]!;
    let h = new nn.LayerNorm().call(x);
    const q = new nn.Dense(this.features, { name: 'q' }).call(h);
    const k = new nn.Dense(this.features, { name: 'k' }).call(h);
    const v = new nn.Dense(this.features, { name: 'v' }).call(h);
    let scores = tf.matMul(q, k, false, true);
    scores = tf.div(scores, Math.sqrt(this.features));
    const mask = tf.sub(tf.linalg.bandPart(tf.ones([size, size]), -1, 0), 1);
    scores = tf.add(scores, tf.mul(mask, 1e9));
    h = tf.matMul(tf.softmax(scores), v);
    h = new nn.Dense(this.features, { name: 'o' }).call(h);
    x = tf.add(x, h);
    h = new nn.LayerNorm().call(x);
    h = new nn.Dense(2 * this.features).call(h);
    h = nn.gelu(h);
    h = new nn.Dense(this.features).call(h);
    h = new nn.Dropout(0.1).call(h, { deterministic: !training });
    return tf.add(x, h);
  }
}

export class Tower extends nn.Module {
  constructor(
    readonly vocab: number,
    readonly features: number,
  ) {
    super();
  }

  @nn.compact
  call(ids: tf.Tensor, training: boolean): [tf.Tensor, tf.Tensor] {
    const embed = new nn.Embed(this.vocab, this.features, { name: 'embed' });
    const pos = this.param('pos', nn.initializers.normal(0.02), [16, this.features]);
    let x = embed.call(ids);
    x = tf.add(x, tf.slice(pos, [0, 0], [x.shape[1]!, this.features]));
    x = new Layer(this.features).call(x, training);
    const aux = tf.mean(tf.square(x));
    x = new Layer(this.features).call(x, training);
    x = new nn.BatchNorm().call(x, { useRunningAverage: !training });
    return [embed.attend(x), aux];
  }
}
`;

export const towerNnx = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nnx from 'linen2nnx/nnx';

export class Layer extends nnx.Module {
  readonly norm: nnx.LayerNorm;
  readonly q: nnx.Linear;
  readonly k: nnx.Linear;
  readonly v: nnx.Linear;
  readonly o: nnx.Linear;
  readonly norm2: nnx.LayerNorm;
  readonly linear: nnx.Linear;
  readonly linear2: nnx.Linear;
  readonly dropout: nnx.Dropout;

  constructor(readonly features: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.norm = new nnx.LayerNorm(features, { rngs });
    this.q = new nnx.Linear(features, features, { rngs });
    this.k = new nnx.Linear(features, features, { rngs });
    this.v = new nnx.Linear(features, features, { rngs });
    this.o = new nnx.Linear(features, features, { rngs });
    this.norm2 = new nnx.LayerNorm(features, { rngs });
    this.linear = new nnx.Linear(features, 2 * features, { rngs });
    this.linear2 = new nnx.Linear(2 * features, features, { rngs });
    this.dropout = new nnx.Dropout(0.1, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    const size = x.shape[1]!;
    let h = this.norm.call(x);
    const q = this.q.call(h);
    const k = this.k.call(h);
    const v = this.v.call(h);
    let scores = tf.matMul(q, k, false, true);
    scores = tf.div(scores, Math.sqrt(this.features));
    const mask = tf.sub(tf.linalg.bandPart(tf.ones([size, size]), -1, 0), 1);
    scores = tf.add(scores, tf.mul(mask, 1e9));
    h = tf.matMul(tf.softmax(scores), v);
    h = this.o.call(h);
    x = tf.add(x, h);
    h = this.norm2.call(x);
    h = this.linear.call(h);
    h = nnx.gelu(h);
    h = this.linear2.call(h);
    h = this.dropout.call(h);
    return tf.add(x, h);
  }
}

export class Tower extends nnx.Module {
  readonly embed: nnx.Embed;
  readonly pos: nnx.Param;
  readonly layer: Layer;
  readonly layer2: Layer;
  readonly norm: nnx.BatchNorm;

  constructor(vocab: number, readonly features: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.embed = new nnx.Embed(vocab, features, { rngs });
    this.pos = new nnx.Param(nnx.initializers.normal(0.02)(rngs.params(), [16, features]));
    this.layer = new Layer(features, { rngs });
    this.layer2 = new Layer(features, { rngs });
    this.norm = new nnx.BatchNorm(features, { rngs });
  }

  call(ids: tf.Tensor): [tf.Tensor, tf.Tensor] {
    let x = this.embed.call(ids);
    x = tf.add(x, tf.slice(this.pos.value, [0, 0], [x.shape[1]!, this.features]));
    x = this.layer.call(x);
    const aux = tf.mean(tf.square(x));
    x = this.layer2.call(x);
    x = this.norm.call(x);
    return [this.embed.attend(x), aux];
  }
}
`;

const layer = 'src/tower.ts#Layer';
const dense = (name: string) => submodule(name, name, 'layer:Dense');
const common = { sizes: [], flag: trainingFlag, streams: ['dropout'], modes: ['deterministic', 'useRunningAverage'] };

export const towerPlans = [
  planOf({
    ...common,
    class: layer,
    fields: ['features'],
    modules: [
      submodule('LayerNorm_0', 'norm', 'layer:LayerNorm'),
      ...['q', 'k', 'v', 'o'].map(dense),
      submodule('LayerNorm_1', 'norm2', 'layer:LayerNorm'),
      submodule('Dense_0', 'linear', 'layer:Dense'),
      submodule('Dense_1', 'linear2', 'layer:Dense'),
      submodule('Dropout_0', 'dropout', 'layer:Dropout'),
    ],
  }),
  planOf({
    ...common,
    class: 'src/tower.ts#Tower',
    fields: ['vocab', 'features'],
    modules: [
      submodule('embed', 'embed', 'layer:Embed'),
      submodule('Layer_0', 'layer', layer),
      submodule('Layer_1', 'layer2', layer),
      submodule('BatchNorm_0', 'norm', 'layer:BatchNorm'),
    ],
    variables: [
      { collection: 'params', linen: 'pos', nnx: 'pos', variable: 'Param', axis: { op: 'none' }, initialValue: null },
    ],
  }),
];
