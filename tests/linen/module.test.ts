import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import { type Observer, withObserver } from '../../runtime/core/observer.js';
import { tensorSafe } from '../functional/tensor-safe.js';

const key = jax.random.key(0);
const paths = (tree: object) => Object.keys(nn.flattenDict(tree)).sort();

describe('names', () => {
  test('automatic names count by class, skip named ones, and start again in each call', () => {
    class Net extends nn.Module {
      @nn.compact
      call(x: tf.Tensor): tf.Tensor {
        x = new nn.Dense(2).call(x);
        x = new nn.Dense(2, { name: 'mine' }).call(x);
        return new nn.Dense(2).call(x);
      }
    }
    class Twice extends nn.Module {
      @nn.compact
      call(x: tf.Tensor): tf.Tensor {
        const net = new Net();
        return net.call(net.call(x));
      }
    }
    tensorSafe(() => {
      const { params } = new Twice().init(key, [tf.ones([1, 2])]);
      expect(Object.keys(params.Net_0!)).toEqual(['Dense_0', 'mine', 'Dense_1']);
      expect(Object.keys(params)).toEqual(['Net_0']);
    });
  });

  test('setup: attributes, arrays, records; a module assigned twice is one', () => {
    class Net extends nn.Module {
      stem!: nn.Dense;
      blocks!: nn.Dense[];
      heads!: { a: nn.Dense; b: nn.Dense };
      alias!: nn.Dense;
      named!: nn.Dense;
      setup() {
        this.stem = new nn.Dense(2);
        this.blocks = [new nn.Dense(2), new nn.Dense(2)];
        this.heads = { a: new nn.Dense(1), b: new nn.Dense(1) };
        this.alias = this.stem;
        this.named = new nn.Dense(2, { name: 'chosen' });
      }
      call(x: tf.Tensor): tf.Tensor {
        x = this.alias.call(this.stem.call(x));
        for (const block of this.blocks) x = block.call(x);
        x = this.named.call(x);
        return tf.add(this.heads.a.call(x), this.heads.b.call(x));
      }
    }
    tensorSafe(() => {
      const { params } = new Net().init(key, [tf.ones([1, 2])]);
      expect(Object.keys(params)).toEqual(['stem', 'blocks_0', 'blocks_1', 'chosen', 'heads_a', 'heads_b']);
    });
  });

  test('fields: modules from outside take the field name and are shared; modules from inside stay where they are', () => {
    class Wrapper extends nn.Module {
      constructor(
        readonly inner: nn.Layer,
        readonly layers: readonly nn.Layer[] = [],
      ) {
        super();
      }
      @nn.compact
      call(x: tf.Tensor): tf.Tensor {
        x = this.inner.call(x);
        for (const layer of this.layers) x = layer.call(x);
        return x;
      }
    }
    class Outer extends nn.Module {
      @nn.compact
      call(x: tf.Tensor): tf.Tensor {
        return new Wrapper(new nn.Dense(3)).call(x);
      }
    }
    tensorSafe(() => {
      const dense = new nn.Dense(2);
      const { params } = new Wrapper(dense, [new nn.Dense(2), dense]).init(key, [tf.ones([1, 2])]);
      expect(Object.keys(params)).toEqual(['inner', 'layers_0']);
      expect(dense.scope).toBeNull();
      expect(paths(new Outer().init(key, [tf.ones([1, 2])]).params)).toEqual(['Dense_0/bias', 'Dense_0/kernel']);
    });
  });

  test('static moduleName is the automatic name, and is not inherited', () => {
    class Named extends nn.Module {
      static readonly moduleName: string = 'Stable';
      @nn.compact
      call(x: tf.Tensor): tf.Tensor {
        return new nn.Dense(1).call(x);
      }
    }
    class Child extends Named {}
    class Outer extends nn.Module {
      @nn.compact
      call(x: tf.Tensor): tf.Tensor {
        return new Child().call(new Named().call(x));
      }
    }
    tensorSafe(() => {
      expect(Object.keys(new Outer().init(key, [tf.ones([1, 1])]).params)).toEqual(['Stable_0', 'Child_0']);
    });
  });
});

describe('compact', () => {
  const expected = ['Dense_0/bias', 'Dense_0/kernel'];

  test('as a wrapper', () => {
    class Net extends nn.Module {
      constructor(readonly features: number) {
        super();
      }
      call = nn.compact(function (this: Net, x: tf.Tensor): tf.Tensor {
        return new nn.Dense(this.features).call(x);
      });
    }
    tensorSafe(() => {
      const x = tf.ones([1, 2]);
      const variables = new Net(3).init(key, [x]);
      expect(paths(variables.params)).toEqual(expected);
      expect(new Net(3).apply(variables, [x]).shape).toEqual([1, 3]);
    });
  });

  test('as a legacy decorator', () => {
    class Net extends nn.Module {
      call(x: tf.Tensor): tf.Tensor {
        return new nn.Dense(3).call(x);
      }
    }
    const legacy: (target: object, name: string, descriptor: object) => PropertyDescriptor = nn.compact as never;
    const { call } = Object.getOwnPropertyDescriptors(Net.prototype);
    Object.defineProperty(Net.prototype, 'call', legacy(Net.prototype, 'call', call));
    tensorSafe(() => expect(paths(new Net().init(key, [tf.ones([1, 2])]).params)).toEqual(expected));
  });

  test('through super, and from a helper method', () => {
    class Base extends nn.Module {
      @nn.compact
      call(x: tf.Tensor): tf.Tensor {
        return this.block(x);
      }
      block(x: tf.Tensor): tf.Tensor {
        return new nn.Dense(2).call(x);
      }
    }
    class Derived extends Base {
      @nn.compact
      override call(x: tf.Tensor): tf.Tensor {
        return new nn.Dense(2, { name: 'last' }).call(super.call(x));
      }
    }
    tensorSafe(() => {
      expect(Object.keys(new Derived().init(key, [tf.ones([1, 2])]).params)).toEqual(['Dense_0', 'last']);
    });
  });

  test('nowrap leaves a method callable unbound', () => {
    class Net extends nn.Module {
      constructor(readonly width: number) {
        super();
      }
      @nn.nowrap
      shape(batch: number): number[] {
        return [batch, this.width];
      }
      call(x: tf.Tensor): tf.Tensor {
        return x;
      }
    }
    expect(new Net(3).shape(2)).toEqual([2, 3]);
  });
});

class Services extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const w = this.param('w', nn.initializers.ones, [x.shape.at(-1)!]);
    const count = this.variable('counter', 'count', () => tf.scalar(0, 'int32'));
    if (!this.isInitializing()) count.value = tf.add(count.value, tf.scalar(1, 'int32'));
    const h = this.perturb('p', tf.mul(x, w));
    this.sow('intermediates', 'h', h);
    this.sow('losses', 'total', h, { reduceFn: (sum: number, v: tf.Tensor) => sum + v.size, initFn: () => 0 });
    return h;
  }
}

describe('services', () => {
  test('sow, perturb, capture, mutable in all its forms', () => {
    tensorSafe(() => {
      const x = tf.ones([1, 2]);
      const model = new Services();
      const variables = model.init(key, [x]);
      expect(Object.keys(variables).sort()).toEqual(['counter', 'losses', 'params', 'perturbations']);
      const { params, counter, perturbations } = variables;
      const names = (mutable: nn.CollectionFilter) =>
        Object.keys((model.apply({ params, counter }, [x], { mutable }) as unknown as [tf.Tensor, object])[1]).sort();
      expect(names(['counter', 'intermediates'])).toEqual(['counter', 'intermediates']);
      expect(names(new Set(['counter', 'losses']))).toEqual(['counter', 'losses']);
      expect(names(new nn.DenyList(['params', 'perturbations']))).toEqual(['counter', 'intermediates', 'losses']);
      const [y, all] = model.apply({ params, counter }, [x], { mutable: true });
      expect(all.counter!.count!.dataSync()[0]).toBe(1);
      const [, caught] = model.apply({ params, counter }, [x], {
        mutable: ['counter', 'intermediates'],
        captureIntermediates: true,
      });
      const [first] = caught.intermediates.__call__!;
      expect(first!.shape).toEqual([1, 2]);
      const shifted = { p: tf.ones([1, 2]) };
      const [moved] = model.apply({ params, counter, perturbations: shifted }, [x], { mutable: ['counter'] });
      expect(moved.dataSync()).toEqual(tf.add(y, 1).dataSync());
      expect(Object.keys(perturbations)).toEqual(['p']);
    });
  });

  test('updates leave the variables that were passed in as they were', () => {
    tensorSafe(() => {
      const model = new Services();
      const variables = model.init(key, [tf.ones([1, 2])]);
      const before = variables.counter!.count;
      const [, updates] = model.apply(variables, [tf.ones([1, 2])], { mutable: ['counter'] });
      expect(variables.counter!.count).toBe(before);
      expect(updates.counter.count).not.toBe(before);
    });
  });

  test('bind, unbind, clone', () => {
    class Net extends nn.Module {
      encoder!: nn.Dense;
      constructor(readonly width: number) {
        super();
      }
      setup() {
        this.encoder = new nn.Dense(this.width);
      }
      call(x: tf.Tensor): tf.Tensor {
        return this.encoder.call(x);
      }
    }
    tensorSafe(() => {
      const x = tf.ones([1, 2]);
      const model = new Net(3);
      const variables = model.init(key, [x]);
      const [encoder, own] = model.bind(variables).encoder.unbind();
      expect(encoder.scope).toBeNull();
      expect(encoder.apply(own, [x]).dataSync()).toEqual(model.apply(variables, [x]).dataSync());
      expect(model.clone({ width: 5 }).init(key, [x]).params.encoder!.kernel!.shape).toEqual([2, 5]);
      expect(model.encoder).toBeUndefined();
    });
  });

  test('interceptors wrap each method, the last added innermost', () => {
    const order: string[] = [];
    const log = (name: string) => (next: (...args: unknown[]) => unknown, args: unknown[]) => {
      order.push(name);
      return next(...args);
    };
    tensorSafe(() => {
      const layer = new nn.Dense(2);
      nn.interceptMethods(log('outer'), () =>
        nn.interceptMethods(log('inner'), () => layer.init(key, [tf.ones([1, 2])])),
      );
      expect(order).toEqual(['outer', 'inner']);
    });
  });

  test('a copy of a bound module that has run setup starts afresh', () => {
    class Net extends nn.Module {
      inner!: nn.Dense;
      constructor(readonly given: nn.Dense) {
        super();
      }
      setup() {
        this.inner = new nn.Dense(2);
      }
      call(x: tf.Tensor): tf.Tensor {
        return this.inner.call(this.given.call(x));
      }
    }
    tensorSafe(() => {
      const x = tf.ones([1, 2]);
      const given = new nn.Dense(2);
      const model = new Net(given);
      const bound = model.bind(model.init(key, [x]));
      const y = bound.call(x);
      const [module, variables] = bound.unbind();
      expect(module.given).toBe(given);
      expect(module.inner).toBeUndefined();
      expect(module.apply(variables, [x]).dataSync()).toEqual(y.dataSync());
    });
  });

  test('observers see calls with paths, modes and keys, and may replace keys', () => {
    class Net extends nn.Module {
      @nn.compact
      call(x: tf.Tensor): tf.Tensor {
        return new nn.Dropout(0.5, { deterministic: false }).call(new nn.Dense(4).call(x));
      }
    }
    tensorSafe(() => {
      const x = tf.ones([1, 4]);
      const model = new Net();
      const variables = model.init({ params: key, dropout: key }, [x]);
      const seen: unknown[] = [];
      const observer: Observer = {
        call: ({ path, method }) => seen.push([...path!, method].join('.')),
        mode: ({ option, value }) => seen.push(`${option} ${value}`),
        key: ({ path, stream, index }) => {
          seen.push([path, stream, index]);
          return jax.random.key(5);
        },
      };
      const run = (seed: number) =>
        withObserver(observer, () => model.apply(variables, [x], { rngs: { dropout: jax.random.key(seed) } }));
      expect(run(1).dataSync()).toEqual(run(2).dataSync());
      const first = ['Dense_0.call', 'deterministic false', [['Dropout_0'], 'dropout', 0], 'Dropout_0.call', 'call'];
      expect(seen.slice(0, 5)).toEqual(first);
    });
  });
});
