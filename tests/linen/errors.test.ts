import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import { tensorSafe } from '../functional/tensor-safe.js';

const key = jax.random.key(0);

class Net extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new nn.Dense(2).call(x);
  }
}
class Clash extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new nn.Dense(2, { name: 'a' }).call(new nn.Dense(2, { name: 'a' }).call(x));
  }
}
class Plain extends nn.Module {
  call(x: tf.Tensor): tf.Tensor {
    return new nn.Dense(2).call(x);
  }
}
class TwoCompact extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return x;
  }
  @nn.compact
  encode(x: tf.Tensor): tf.Tensor {
    return x;
  }
}
class Shaped extends nn.Module {
  constructor(readonly size: number) {
    super();
  }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return tf.add(x, this.param('w', nn.initializers.zeros, [this.size]));
  }
}

const x = () => tf.ones([1, 3]);

describe('mistakes are told with place, shapes and a way out', () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      'a wrong last axis',
      () => new Net().apply(new Net().init(key, [x()]), [tf.ones([8, 5])]),
      /^Dense at Dense_0: expected last axis 3, got shape \[8, 5\]\.\nIts kernel has shape \[3, 2\]\./,
    ],
    ['a missing collection', () => new Net().apply({}, [x()]), /^Dense at Dense_0: expected collection 'params'/],
    [
      'a missing parameter',
      () => new Net().apply({ params: { other: tf.ones([1]) } }, [x()]),
      /^Dense at Dense_0: expected 'kernel' in collection 'params', got none\.\n/,
    ],
    [
      'an immutable collection',
      () =>
        new nn.BatchNorm({ useRunningAverage: false }).apply(
          new nn.BatchNorm().init(key, [x(), { useRunningAverage: true }]),
          [x()],
        ),
      /^BatchNorm: expected collection 'batch_stats' to be mutable to set 'mean'\.\n.*mutable: \['batch_stats'\]/,
    ],
    [
      'a missing stream',
      () => new nn.Dropout(0.5, { deterministic: false }).apply({}, [x()]),
      /^Dropout: expected a key for stream 'dropout', got none\.\nPass it: { rngs: { dropout: key } }\./,
    ],
    ['a name used twice', () => new Clash().init(key, [x()]), /^Clash: expected a free name for its Dense, got 'a'/],
    ['an unbound module', () => new Net().call(x()), /^Net: expected a bound module for the compact method call\(\)/],
    ['two compact methods', () => new TwoCompact(), /^TwoCompact: expected one method under @nn\.compact, got 2: /],
    [
      'no compact method',
      () => new Plain().init(key, [x()]),
      /^Plain: expected submodules in setup\(\) or in a method/,
    ],
    [
      'a parameter of another shape',
      () => new Shaped(4).apply(new Shaped(3).init(key, [x()]), [x()]),
      /^Shaped: expected parameter 'w' of shape \[4\], got \[3\]\.\n/,
    ],
    [
      'a mode given twice',
      () => new nn.Dropout(0.5, { deterministic: true }).apply({}, [x(), { deterministic: true }]),
      /^Dropout: expected deterministic in the constructor or in the call, got it in both\.\n/,
    ],
    [
      'a mode never given',
      () => new nn.BatchNorm().init(key, [x()]),
      /^BatchNorm: expected useRunningAverage in the constructor or in the call, got it in neither\.\n/,
    ],
    ['params in params', () => new Net().apply({ params: { params: {} } }, [x()]), /^Net: expected { params: … } once/],
    [
      'no such method',
      () => new Net().apply({}, [x()], { method: 'decode' as never }),
      /^Net: expected a method or submodule 'decode'/,
    ],
    ['float ids', () => new nn.Embed(3, 2).init(key, [x()]), /^Embed: expected int32 ids, got float32\.\n/],
    ['something else for keys', () => new Net().init(3 as never, [x()]), /^Net: expected a key, or keys by stream/],
  ])('%s', (_name, run, message) => {
    tensorSafe(() => expect(run).toThrow(message));
  });
});
