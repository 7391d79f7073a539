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

class Storing extends nn.Module {
  seen: tf.Tensor | null = null;
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const y = new nn.Dense(2).call(x);
    this.seen = y;
    return y;
  }
}
class Private extends nn.Module {
  readonly #width = 2;
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new nn.Dense(this.#width).call(x);
  }
}
class Uninitialised extends nn.Module {
  @nn.compact
  call(): tf.Tensor {
    return this.param('w', tf.ones([2]) as never);
  }
}
class Mapping extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const dense = new nn.Dense(2);
    return jax.vmap((row: tf.Tensor) => dense.call(row))(x);
  }
}
class Counter extends nn.Module {
  @nn.compact
  call(carry: tf.Tensor, x: tf.Tensor): [tf.Tensor, tf.Tensor] {
    const count = this.variable('counter', 'count', () => tf.scalar(0));
    if (!this.isInitializing()) count.value = tf.add(count.value, 1);
    return [tf.add(carry, new nn.Dense(3).call(x)), new nn.Dropout(0.5, { deterministic: false }).call(x)];
  }
}
class Scanned extends nn.Module {
  constructor(readonly options: nn.ScanOptions) {
    super();
  }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new (nn.scan(Counter, this.options))().call(tf.zeros([3]), x)[0];
  }
}
class OneBranch extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const dense = (_: OneBranch, x: tf.Tensor): tf.Tensor => new nn.Dense(3).call(x);
    return nn.cond(true, dense, (_, x) => x, this as OneBranch, x);
  }
}
const keys = { params: key, dropout: key };
const shared = { variableBroadcast: ['params', 'counter'], splitRngs: { params: false, dropout: true } };
function sharedCounter(): unknown {
  const model = new Scanned(shared);
  return model.apply(model.init(keys, [x()]), [x()], { mutable: ['counter'], rngs: { dropout: key } });
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
    [
      'a tensor stored in a module',
      () => new Storing().init(key, [x()]),
      /^Storing: expected tensors to be kept in variables, got one stored in the attribute 'seen'\.\n/,
    ],
    [
      'private members',
      () => new Private().init(key, [x()]),
      /^Private: expected a class without #private members, got one that uses them\.\n/,
    ],
    [
      'a parameter made inside a jax transform',
      () => new Mapping().init(key, [x()]),
      /^Dense at Dense_0: expected 'kernel' to be set outside of jax transforms.*\nUse the lifted transform/,
    ],
    [
      'no initializer',
      () => new Uninitialised().init(key, []),
      /^Uninitialised: expected an initializer for parameter 'w', got a tensor\.\n/,
    ],
    [
      'a collection that a scan does not name',
      () => new Scanned({ variableAxes: { params: 0 }, splitRngs: { params: true, dropout: true } }).init(keys, [x()]),
      /^Counter at ScanCounter_0: expected collection 'counter'.*\nName it in the lifted transform: { variableAxes: { counter: 0 } }/,
    ],
    [
      'a stream that a scan does not name',
      () => new Scanned({ ...shared, splitRngs: {} }).init(keys, [x()]),
      /^Dense at ScanCounter_0\.Dense_0: expected a key for stream 'params', got none\.\n.*splitRngs: { params: true }/,
    ],
    [
      'shared parameters from split keys',
      () => new Scanned({ ...shared, splitRngs: { params: true, dropout: true } }).init(keys, [x()]),
      /^nn\.scan of ScanCounter at ScanCounter_0: expected one key for parameters that are shared/,
    ],
    [
      'a shared variable that a step sets',
      sharedCounter,
      /^nn\.scan of ScanCounter at ScanCounter_0: expected shared variables to be left alone, got one that is set\.\n/,
    ],
    [
      'variables of one branch alone',
      () => new OneBranch().init(key, [x()]),
      /^nn\.cond of OneBranch: expected the same variables from every branch/,
    ],
    [
      'nothing to scan',
      () =>
        nn.init((module: Scanned) => nn.scan((_: Scanned, c: null) => [c, null], {})(module, null), new Scanned({}))(
          key,
          [],
        ),
      /^nn\.scan of Scanned: expected { length }, got nothing to take it from\.\n/,
    ],
    [
      'a module to lift',
      () => nn.vmap(new Net() as never, {}),
      /^nn\.vmap: expected a module class or a function of a module, got a module\.\n/,
    ],
    ['something else for keys', () => new Net().init(3 as never, [x()]), /^Net: expected a key, or keys by stream/],
  ])('%s', (_name, run, message) => {
    tensorSafe(() => expect(run).toThrow(message));
  });
});
