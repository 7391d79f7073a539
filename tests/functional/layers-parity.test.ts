import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import { statistics } from '../../runtime/functional/normalization.js';
import { expectNear, expectUlps, recording, type RecordedTree, tensorOf, tensorsIn } from './flax-recording.js';
import { modelSafe } from '../nnx/model-safe.js';
import { tensorSafe } from './tensor-safe.js';

const recorded = recording('layers.json') as unknown as { readonly [part: string]: RecordedTree };
const images = () => tensorOf(recorded['images'] as never);
const key = jax.random.key(0);

const convolutions: { readonly [name: string]: nn.ConvOptions & { kernelSize: number[] } } = {
  same: { kernelSize: [3, 3] },
  strided: { kernelSize: [3, 2], strides: [2, 3] },
  valid: { kernelSize: [3, 3], padding: 'VALID', useBias: false },
  pairs: {
    kernelSize: [3, 3],
    padding: [
      [1, 2],
      [0, 1],
    ],
    strides: 2,
  },
  amount: { kernelSize: [3, 3], padding: 1 },
  dilated: { kernelSize: [2, 3], kernelDilation: [2, 1], strides: [1, 2] },
  inputDilated: { kernelSize: [3, 3], inputDilation: 2, padding: 1 },
  grouped: { kernelSize: [3, 3], featureGroupCount: 2 },
  depthwise: { kernelSize: [3, 3], featureGroupCount: 4 },
  circular: { kernelSize: [3, 4], padding: 'CIRCULAR' },
  reflect: { kernelSize: [3, 4], padding: 'REFLECT' },
};

describe.each(['cpu', 'wasm'])('further layers against Flax on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  test.each(Object.entries(convolutions))('Conv %s: parameters, output, the same in NNX', (name, options) => {
    const { variables, output } = recorded['conv']![name]!;
    const { kernelSize, ...rest } = options;
    modelSafe((own) => {
      const x = images();
      const layer = new nn.Conv(8, kernelSize, rest);
      const mine = layer.init(key, [x]);
      expectUlps(mine, variables!);
      expectNear(layer.apply(mine, [x]), output!);
      const conv = own(new nnx.Conv(4, 8, kernelSize, { ...rest, rngs: new nnx.Rngs(0) }));
      nnx.update(conv, mine.params as unknown as nnx.PureDict);
      expect(conv.call(x).dataSync()).toEqual(layer.apply(mine, [x]).dataSync());
    });
  });

  test('a causal convolution over time, extra and missing batch axes', () => {
    const { series, variables, output } = recorded['causal']!;
    tensorSafe(() => {
      const x = tensorOf(series!);
      const layer = new nn.Conv(8, 3, { padding: 'CAUSAL', kernelDilation: 2 });
      const mine = tensorsIn(variables!) as nn.Variables;
      expectNear(layer.apply(mine, [x]), output!);
      expect(layer.apply(mine, [tf.expandDims(x, 0)]).shape).toEqual([1, ...x.shape.slice(0, 2), 8]);
      expect(layer.apply(mine, [tf.squeeze(tf.slice(x, 0, 1), [0])]).shape).toEqual([x.shape[1], 8]);
    });
  });

  test('NNX Conv draws as Flax', () => {
    const { state, output } = recorded['nnxConv']!;
    modelSafe((own) => {
      const conv = own(new nnx.Conv(4, 8, [3, 3], { rngs: new nnx.Rngs(0) }));
      expectUlps(nnx.toPureDict(nnx.state(conv)), state!);
      expectNear(conv.call(images()), output!);
    });
  });

  test.each<[string, () => nn.Layer, (rngs: nnx.Rngs) => nnx.Layer]>([
    ['rms', () => new nn.RMSNorm(), (rngs) => new nnx.RMSNorm(4, { rngs })],
    ['group', () => new nn.GroupNorm({ numGroups: 2 }), (rngs) => new nnx.GroupNorm(4, { numGroups: 2, rngs })],
    [
      'groupSize',
      () => new nn.GroupNorm({ numGroups: null, groupSize: 2, useBias: false }),
      (rngs) => new nnx.GroupNorm(4, { numGroups: null, groupSize: 2, useBias: false, rngs }),
    ],
  ])('%s normalisation in both styles', (name, makeLinen, makeNnx) => {
    const { variables, output } = recorded['norms']![name]!;
    modelSafe((own) => {
      const layer = makeLinen();
      const mine = layer.init(key, [images()]);
      expectUlps(mine, variables!);
      expectNear(layer.apply(mine, [images()]), output!);
      expect(
        own(makeNnx(new nnx.Rngs(0)))
          .call(images())
          .dataSync(),
      ).toEqual(layer.apply(mine, [images()]).dataSync());
    });
  });

  test('pools', () => {
    const pools = recorded['pools']!;
    tensorSafe(() => {
      const same = { strides: [2, 2], padding: 'SAME' } as const;
      expectNear(nn.avgPool(images(), [2, 3]), pools['avg']!);
      expectNear(nn.avgPool(images(), [3, 3], same), pools['avgSame']!);
      expectNear(nn.avgPool(images(), [3, 3], { ...same, countIncludePad: false }), pools['avgCount']!);
      expectNear(nn.maxPool(images(), [2, 2], { strides: [2, 2] }), pools['max']!);
      expectNear(nn.maxPool(images(), [3, 2], { strides: [2, 1], padding: 'SAME' }), pools['maxSame']!);
      const padding = [
        [1, 0],
        [0, 1],
      ] as const;
      expectNear(nnx.minPool(images(), [2, 2], { padding }), pools['min']!);
    });
  });

  test('one module called twice: shared parameters, draws go on', () => {
    class Noisy extends nn.Module {
      @nn.compact
      call(x: tf.Tensor): tf.Tensor {
        return new nn.Dropout(0.5, { deterministic: false }).call(new nn.Dense(6).call(x));
      }
    }
    class Twice extends nn.Module {
      @nn.compact
      call(x: tf.Tensor): tf.Tensor {
        const noisy = new Noisy();
        return noisy.call(noisy.call(x));
      }
    }
    const { variables, output } = recorded['twice']!;
    tensorSafe(() => {
      const x = jax.random.normal(jax.random.key(7), [8, 6]);
      const model = new Twice();
      const mine = model.init({ params: key, dropout: jax.random.key(1) }, [x]);
      expectUlps(mine, variables!);
      expectNear(model.apply(mine, [x], { rngs: { dropout: jax.random.key(2) } }), output!);
    });
  });

  test('the fast variance is never negative', () => {
    tensorSafe(() => {
      const values = Array.from({ length: 50 }, (_, i) => 1000.1 + i * 37.7);
      const variances = values.map((value) => statistics(tf.fill([333], value), { axes: [0] }).variance.dataSync()[0]!);
      expect(Math.min(...variances)).toBe(0);
    });
  });
});

describe('gradients of convolutions against Flax (cpu: stock wasm has no kernel gradient)', () => {
  beforeAll(() => tf.setBackend('cpu'));

  test.each(Object.entries(convolutions))('%s', (name, { kernelSize, ...rest }) => {
    const { variables, grads } = recorded['conv']![name]!;
    tensorSafe(() => {
      const layer = new nn.Conv(8, kernelSize, rest);
      const loss = (params: nn.Params, x: tf.Tensor) => tf.sum(tf.square(layer.apply({ params }, [x])));
      const { params } = tensorsIn(variables!) as nn.Variables;
      const [parameters, input] = jax.grad(loss, { argnums: [0, 1] })(params, images());
      expectNear({ params: parameters, images: input }, grads!, 1e-4);
    });
  });
});
