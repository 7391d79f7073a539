import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import { expectNear, expectUlps, recording, type RecordedTree, tensorOf } from '../functional/flax-recording.js';
import { tensorSafe } from '../functional/tensor-safe.js';

const recorded = recording('modules.json') as unknown as { readonly [name: string]: RecordedTree };
const lines = recorded['summary'] as unknown as readonly string[];
const key = jax.random.key(0);
const input = () => tensorOf(recorded['input'] as never);

class Scoped extends nn.Module {
  @nn.compactNameScope
  up(x: tf.Tensor): tf.Tensor {
    return new nn.Dense(3).call(x);
  }
  @nn.compactNameScope
  down(x: tf.Tensor): tf.Tensor {
    return new nn.Dense(2).call(new nn.Dense(4).call(x));
  }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return tf.add(this.down(new nn.Dense(3).call(this.up(x))), this.down(this.up(x)));
  }
}

class OverBase extends nn.Module {
  constructor(
    readonly base: nn.Dense,
    readonly rank: number,
  ) {
    super();
  }
  setup() {
    nn.shareScope(this, this.base);
  }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const init = nn.initializers.lecunNormal();
    const a = this.param('A', init, [x.shape.at(-1)!, this.rank]);
    const b = this.param('B', init, [this.rank, this.base.features]);
    return tf.add(this.base.call(x), tf.matMul(tf.matMul(x, a), b));
  }
}
class WithBase extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new OverBase(new nn.Dense(4), 2).call(x);
  }
}
class OverChild extends nn.Module {
  child!: nn.Dense;
  constructor(readonly features: number) {
    super();
  }
  setup() {
    this.child = new nn.Dense(this.features);
    nn.shareScope(this, this.child);
  }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const a = this.param('A', nn.initializers.lecunNormal(), [x.shape.at(-1)!, 2]);
    return tf.add(this.child.call(x), tf.sum(tf.matMul(x, a)));
  }
}
class WithChild extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new OverChild(4).call(x);
  }
}
class Counted extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    x = new nn.BatchNorm({ useRunningAverage: false }).call(new nn.Dense(4).call(x));
    const dense = new nn.Dense(4);
    return dense.call(dense.call(x));
  }
}

describe('scopes against Flax', () => {
  test.each<[string, nn.Layer]>([
    ['compactNameScope', new Scoped()],
    ['shareScope', new WithBase()],
    ['shareScopeChild', new WithChild()],
  ])('%s', (name, module) => {
    const { variables, output } = recorded[name] as unknown as { readonly [part: string]: RecordedTree };
    tensorSafe(() => {
      const [y, mine] = module.initWithOutput(key, [input()]);
      expectUlps(mine, variables!);
      expectNear(y, output!);
      expectNear(module.apply(mine, [input()]), output!);
    });
  });

  test('a method with a name scope is callable from outside, and needs a bound module', () => {
    tensorSafe(() => {
      const module = new Scoped();
      const variables = module.init(key, [input()], { method: 'up' });
      expect(Object.keys(nn.flattenDict(variables.params))).toEqual(['up/Dense_0/kernel', 'up/Dense_0/bias']);
      expect(() => module.up(input())).toThrow(/^Scoped: expected a bound module to run up\(\), got an unbound one\./);
    });
  });
});

describe('runs on shapes', () => {
  test('tabulate shows what Flax shows', () => {
    const table = (text: readonly string[]) =>
      text.filter((line) => /^[┃│]/.test(line)).map((line) => line.split(/[┃│]/).map((cell) => cell.trim()));
    tensorSafe(() => {
      const text = new Counted().tabulate(key, [input()]).split('\n');
      expect(table(text)).toEqual(table(lines));
      expect(text.at(-1)!.trim()).toBe('Total Parameters: 52 (208 B)');
      expect(nn.tabulate(new Counted(), key)([input()])).toBe(text.join('\n'));
    });
  });

  test('tabulate: depth gathers what is below, showRepeated shows each call', () => {
    tensorSafe(() => {
      const flat = new Counted().tabulate(key, [input()], { depth: 0 });
      expect(flat).toContain('44 (176 B)');
      expect(flat).not.toContain('Dense_0');
      const repeated = new Counted().tabulate(key, [input()], { showRepeated: true });
      expect(repeated.match(/Dense_1/g)).toHaveLength(2);
    });
  });

  test('modulePaths gives the modules by path', () => {
    tensorSafe(() => {
      const paths = new Counted().modulePaths(key, [input()]);
      expect(Object.keys(paths).sort()).toEqual(recorded['modulePaths']);
      expect(paths['Dense_1']).toBeInstanceOf(nn.Dense);
      expect(paths['Dense_1']!.scope).toBeNull();
    });
  });

  test('lazyInit makes the variables of init from shapes alone', () => {
    tensorSafe(() => {
      const lazy = new Counted().lazyInit(key, [new jax.ShapeDtypeStruct([2, 3])]);
      const real = new Counted().init(key, [input()]);
      const [a, b] = [nn.flattenDict(lazy), nn.flattenDict(real)];
      expect(Object.keys(a)).toEqual(Object.keys(b));
      for (const path of Object.keys(b)) expect(a[path]!.dataSync()).toEqual(b[path]!.dataSync());
    });
  });

  test('lazyInit refuses variables that depend on the arguments', () => {
    class Copying extends nn.Module {
      @nn.compact
      call(x: tf.Tensor): tf.Tensor {
        const seen = this.variable('cache', 'seen', () => tf.scalar(0));
        seen.value = tf.sum(x);
        return x;
      }
    }
    tensorSafe(() => {
      expect(() => new Copying().lazyInit(key, [new jax.ShapeDtypeStruct([2])])).toThrow(
        /^Copying\.lazyInit: expected variables that depend on shapes alone, got cache\.seen/,
      );
    });
  });
});

test('partitioning: axis names beside the arguments change nothing', () => {
  class Named extends nn.Module {
    @nn.compact
    call(x: tf.Tensor): tf.Tensor {
      const { ones } = nn.initializers;
      const w = nn.partitioning.paramWithAxes('w', ones, [2], { axes: ['embed'] });
      const n = nn.partitioning.variableWithAxes('state', 'n', () => tf.scalar(1), { axes: [], module: this });
      return nn.partitioning.axisRules([['embed', null]], () => tf.add(tf.mul(x, w), n.value));
    }
  }
  tensorSafe(() => {
    const [y, variables] = new Named().initWithOutput(key, [tf.ones([2])]);
    expect([...y.dataSync()]).toEqual([2, 2]);
    expect(Object.keys(nn.flattenDict(variables))).toEqual(['params/w', 'state/n']);
  });
});

test('boxes: a module sees the value, the tree keeps the axis names', () => {
  class Boxed extends nn.Module {
    @nn.compact
    call(x: tf.Tensor): tf.Tensor {
      const w = this.param('w', () => new nn.Partitioned(tf.ones([2]), ['embed']));
      const n = this.variable('state', 'n', () => new nn.Partitioned(tf.scalar(1), []));
      const value = n.value as unknown as tf.Tensor;
      n.value = tf.add(value, 1) as never;
      return tf.mul(tf.mul(x, w as unknown as tf.Tensor), value);
    }
  }
  tensorSafe(() => {
    const model = new Boxed();
    const variables = model.init(key, [tf.ones([2])]);
    expect(variables.params['w']).toBeInstanceOf(nn.Partitioned);
    const [y, { state }] = model.apply(variables, [tf.ones([2])], { mutable: ['state'] });
    expect([...y.dataSync()]).toEqual([2, 2]);
    expect((nn.unbox(state) as unknown as { n: tf.Tensor }).n.dataSync()[0]).toBe(3);
    expect((state as unknown as { n: unknown }).n).toBeInstanceOf(nn.Partitioned);
  });
});
