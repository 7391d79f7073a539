import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import { withObserver } from '../../runtime/core/observer.js';
import { tensorSafe } from '../functional/tensor-safe.js';

const key = jax.random.key(0);
const layers = { variableAxes: { params: 0 }, splitRngs: { params: true }, length: 2 };
type Step = (carry: tf.Tensor, x: null) => [tf.Tensor, null];

class Block extends nn.Module {
  static readonly width = 3;
  constructor(options: nn.ModuleOptions = {}) {
    super(options);
  }
  @nn.compact
  call(x: tf.Tensor, _: null): [tf.Tensor, null] {
    return [tf.tanh(new nn.Dense(Block.width).call(x)), null];
  }
  @nn.nowrap
  start(batch: number): tf.Tensor {
    return tf.zeros([batch, Block.width]);
  }
}
class FieldBlock extends nn.Module {
  static readonly moduleName = 'Block';
  readonly call: Step = nn.compact(function (this: FieldBlock, x: tf.Tensor, _: null): [tf.Tensor, null] {
    return [tf.tanh(new nn.Dense(3).call(x)), null];
  });
}
/** A model that runs one step, of whatever class. */
class Runs extends nn.Module {
  constructor(readonly make: () => nn.Module & { call: Step }) {
    super();
  }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return this.make().call(x, null)[0];
  }
}

function flat(module: nn.CallableModule, args: readonly unknown[] = [tf.ones([2, 3])]): { [path: string]: number[] } {
  const { params } = module.init(key, args as never);
  return Object.fromEntries(Object.entries(nn.flattenDict(params)).map(([path, x]) => [path, [...x.dataSync()]]));
}

describe('the forms of a lifted transform', () => {
  test('a method that is a field is lifted as one of the class', () => {
    tensorSafe(() => {
      const fields = flat(new Runs(() => new (nn.scan(FieldBlock, layers))()));
      expect(Object.keys(fields)).toEqual(['ScanBlock_0/Dense_0/bias', 'ScanBlock_0/Dense_0/kernel']);
      expect(fields).toEqual(flat(new Runs(() => new (nn.scan(Block, layers))())));
    });
  });

  test('decorators: standard, legacy, wrapper, bare', () => {
    class Standard extends nn.Module {
      @nn.scan(layers)
      @nn.compact
      call(x: tf.Tensor, _: null): [tf.Tensor, null] {
        return [tf.tanh(new nn.Dense(3).call(x)), null];
      }
    }
    class Legacy extends nn.Module {
      call(x: tf.Tensor, _: null): [tf.Tensor, null] {
        return [tf.tanh(new nn.Dense(3).call(x)), null];
      }
    }
    const plain = Object.getOwnPropertyDescriptor(Legacy.prototype, 'call') as TypedPropertyDescriptor<Step>;
    const compact = nn.compact(Legacy.prototype, 'call', plain);
    const scanned = nn.scan(layers)(Legacy.prototype, 'call', compact);
    Object.defineProperty(Legacy.prototype, 'call', nn.remat(Legacy.prototype, 'call', scanned));
    class Wrapper extends nn.Module {
      readonly call: Step = nn.scan(layers)(
        nn.compact(function (this: Wrapper, x: tf.Tensor, _: null): [tf.Tensor, null] {
          return [tf.tanh(new nn.Dense(3).call(x)), null];
        }),
      ) as Step;
    }
    class Bare extends nn.Module {
      @nn.remat
      @nn.scan(layers)
      @nn.compact
      call(x: tf.Tensor, _: null): [tf.Tensor, null] {
        return [tf.tanh(new nn.Dense(3).call(x)), null];
      }
    }
    tensorSafe(() => {
      const args = [tf.ones([2, 3]), null];
      const standard = flat(new Standard(), args);
      expect(Object.keys(standard)).toEqual(['Dense_0/bias', 'Dense_0/kernel']);
      for (const other of [new Legacy(), new Wrapper(), new Bare()]) expect(flat(other, args)).toEqual(standard);
    });
  });

  test('a lifted class keeps its statics, its other methods, its name and its kind', () => {
    const Lifted = nn.remat(Block);
    class Further extends Lifted {
      twice(x: tf.Tensor): tf.Tensor {
        return this.call(this.call(x, null)[0], null)[0];
      }
    }
    class Net extends nn.Module {
      @nn.compact
      call(x: tf.Tensor): tf.Tensor {
        return tf.add(new Further({ name: 'chosen' }).twice(x), new Lifted().call(x, null)[0]);
      }
    }
    tensorSafe(() => {
      expect(Lifted.width).toBe(3);
      expect(Lifted.name).toBe('CheckpointBlock');
      expect(new Lifted()).toBeInstanceOf(Block);
      expect(new Lifted().start(2).shape).toEqual([2, 3]);
      const paths = ['chosen/Dense_0/kernel', 'chosen/Dense_0/bias'];
      expect(Object.keys(flat(new Net())).slice(0, 2)).toEqual(paths);
      expect(Object.keys(flat(new Net()))[2]).toBe('CheckpointBlock_0/Dense_0/kernel');
    });
  });

  test('methods: those that are named run under the transform', () => {
    class Coder extends nn.Module {
      dense!: nn.Dense;
      setup() {
        this.dense = new nn.Dense(3);
      }
      call(x: tf.Tensor): tf.Tensor {
        return this.decode(this.encode(x));
      }
      encode(x: tf.Tensor): tf.Tensor {
        return this.dense.call(x);
      }
      decode(x: tf.Tensor): tf.Tensor {
        return this.dense.call(x);
      }
    }
    const Many = nn.vmap(Coder, { variableAxes: { params: 0 }, splitRngs: { params: true }, methods: ['encode'] });
    tensorSafe(() => {
      const x = tf.ones([4, 2, 3]);
      const { params } = new Many().init(key, [x], { method: 'encode' });
      expect(params.dense!.kernel!.shape).toEqual([4, 3, 3]);
      expect(new Many().apply({ params }, [x], { method: 'encode' }).shape).toEqual([4, 2, 3]);
      expect(() => new Many().apply({ params }, [x], { method: 'decode' })).toThrow(/Dense at dense/);
    });
  });

  test('modules may be arguments, in trees too', () => {
    class Net extends nn.Module {
      @nn.compact
      call(x: tf.Tensor): tf.Tensor {
        const heads = { a: new nn.Dense(3), b: [new nn.Dense(3)] };
        const run = nn.remat((_: Net, given: typeof heads, x: tf.Tensor) =>
          tf.add(given.a.call(x), given.b[0]!.call(x)),
        );
        return run(this, heads, x);
      }
    }
    class Plain extends nn.Module {
      @nn.compact
      call(x: tf.Tensor): tf.Tensor {
        const heads = [new nn.Dense(3), new nn.Dense(3)];
        return tf.add(heads[0]!.call(x), heads[1]!.call(x));
      }
    }
    tensorSafe(() => expect(flat(new Net())).toEqual(flat(new Plain())));
  });

  test('intermediates are captured in each step; observers see calls with their paths', () => {
    tensorSafe(() => {
      const model = new Runs(
        () => new (nn.scan(Block, { ...layers, variableAxes: { params: 0, intermediates: 0 } }))(),
      );
      const x = tf.ones([2, 3]);
      const { params } = model.init(key, [x]);
      const seen = new Set<string>();
      const [, { intermediates }] = withObserver({ call: ({ path }) => seen.add(path!.join('.')) }, () =>
        model.apply({ params }, [x], { captureIntermediates: true, mutable: ['intermediates'] }),
      );
      expect(intermediates.ScanBlock_0!.Dense_0!.__call__![0]!.shape).toEqual([2, 2, 3]);
      expect([...seen]).toEqual(['ScanBlock_0.Dense_0', 'ScanBlock_0', '']);
    });
  });

  test('dataTransform changes what the body sees', () => {
    tensorSafe(() => {
      const halved = (variables: nn.Variables): nn.VariablesInput =>
        jax.tree.map((p: tf.Tensor) => tf.mul(p, 0), variables);
      const make = (options: nn.ScanOptions) => new Runs(() => new (nn.scan(Block, { ...layers, ...options }))());
      const { params } = make({}).init(key, [tf.ones([2, 3])]);
      const y = make({ dataTransform: halved }).apply({ params }, [tf.ones([2, 3])]);
      expect([...y.dataSync()].every((value) => value === 0)).toBe(true);
    });
  });
});
