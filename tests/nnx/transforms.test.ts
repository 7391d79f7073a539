import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nnx from 'linen2nnx/nnx';
import { modelSafe } from './model-safe.js';

class Counting extends nnx.Module {
  readonly n = new nnx.Variable<tf.Tensor>(tf.scalar(0));
  readonly w = new nnx.Param<tf.Tensor>(tf.tensor1d([0, 1, 2]));
}
const values = (x: tf.Tensor) => [...x.dataSync()];
const paramsAt = (axis: number) =>
  new nnx.StateAxes([
    [nnx.Param, axis],
    ['...', nnx.Carry],
  ]);

describe('scan', () => {
  test('slices along an axis, carries by filter, stacks what is set', () => {
    modelSafe((own) => {
      const model = own(new Counting());
      const step = nnx.scan(
        (carry: tf.Tensor, model: Counting) => {
          model.n.value = tf.add(model.n.value, model.w.value);
          model.w.value = tf.mul(model.w.value, 2);
          return tf.add(carry, model.n.value);
        },
        { inAxes: [nnx.Carry, paramsAt(0)], outAxes: nnx.Carry },
      );
      expect(values(step(tf.scalar(0), model))).toEqual([4]);
      expect(values(model.n.value)).toEqual([3]);
      expect(values(model.w.value)).toEqual([0, 2, 4]);
    });
  });

  test('with null every step gets the same variables, and what it sets is dropped', () => {
    modelSafe((own) => {
      const model = own(new Counting());
      const step = nnx.scan(
        (carry: tf.Tensor, model: Counting, x: tf.Tensor) => {
          model.n.value = tf.add(model.n.value, 1);
          return [tf.add(carry, model.n.value), tf.mul(model.n.value, x)];
        },
        { inAxes: [nnx.Carry, null, 0], outAxes: [nnx.Carry, 0] },
      );
      const [carry, ys] = step(tf.scalar(0), model, tf.tensor1d([1, 2, 3]));
      expect([values(carry), values(ys), values(model.n.value)]).toEqual([[3], [1, 2, 3], [0]]);
    });
  });

  test('axes other than 0, reverse, trees, results that variables have', () => {
    modelSafe((own) => {
      const model = own(new Counting());
      model.w.value = tf.tensor2d([
        [1, 2, 3],
        [4, 5, 6],
      ]);
      const step = nnx.scan(
        (model: Counting, { a }: { a: tf.Tensor }, carry: tf.Tensor) => {
          const old = model.w.value;
          model.w.value = tf.add(old, a);
          return [{ old, now: model.w.value }, tf.add(tf.mul(carry, 10), tf.sum(old))];
        },
        { inAxes: [paramsAt(1), 0, nnx.Carry], outAxes: [-1, nnx.Carry], reverse: true },
      );
      const [{ old, now }, carry] = step(model, { a: tf.tensor1d([1, 2, 3]) }, tf.scalar(0));
      expect([old.shape, values(old)]).toEqual([
        [2, 3],
        [1, 2, 3, 4, 5, 6],
      ]);
      expect(values(now)).toEqual([2, 4, 6, 5, 7, 9]);
      expect(values(model.w.value)).toEqual(values(now));
      expect(values(carry)).toEqual([975]);
    });
  });

  test('gradients go through every step to stacked parameters', () => {
    modelSafe((own) => {
      const model = own(new Counting());
      const run = nnx.scan((x: tf.Tensor, model: Counting) => tf.add(tf.mul(x, model.w.value), 1), {
        inAxes: [nnx.Carry, paramsAt(0)],
        outAxes: nnx.Carry,
      });
      // ((x w0 + 1) w1 + 1) w2 + 1 at w = [0, 1, 2], x = 3.
      const grads = nnx.grad((model: Counting) => run(tf.scalar(3), model))(model);
      expect(values(grads.w!.value)).toEqual([6, 2, 2]);
      tf.dispose(grads.w!.value);
    });
  });

  test('mistakes', () => {
    modelSafe((own) => {
      const model = own(new Counting());
      const carryOnly = { inAxes: [nnx.Carry, 0], outAxes: nnx.Carry } as const;
      expect(() => nnx.scan((c: tf.Tensor) => c, { inAxes: [0], outAxes: nnx.Carry })).toThrow(
        /^nnx\.scan: expected nnx\.Carry once in inAxes and outAxes, or in neither, got 0 in inAxes and 1/,
      );
      expect(() => nnx.scan((c: tf.Tensor, _m: Counting) => c, carryOnly)(tf.scalar(0), model)).toThrow(
        /^nnx\.scan at \[1\]\.n: expected axis 0, got shape \[\]\.\nGive an axis/,
      );
      const noAxis = { inAxes: [nnx.Carry, new nnx.StateAxes([[nnx.Param, 0]])], outAxes: nnx.Carry } as const;
      expect(() => nnx.scan((c: tf.Tensor, _m: Counting) => c, noAxis)(tf.scalar(0), model)).toThrow(
        /^nnx\.scan at \[1\]\.n: expected a filter of StateAxes that takes in Variable, got none/,
      );
      const twice = nnx.scan((c: tf.Tensor, _a: Counting, _b: Counting) => c, {
        inAxes: [nnx.Carry, null, 0],
        outAxes: nnx.Carry,
      });
      expect(() => twice(tf.scalar(0), model, model)).toThrow(
        /^nnx\.scan at \[2\]\.n: expected one axis for each variable, got null at \[1\]\.n and 0 here/,
      );
      const built = nnx.scan((m: Counting) => [new Counting(), tf.sum(m.w.value)] as never, {
        inAxes: [nnx.Carry],
        outAxes: [nnx.Carry, 0],
        length: 2,
      });
      expect(() => built(model)).toThrow(
        /^nnx\.scan.*: expected (no new module in the carry|the modules of the carry)/,
      );
    });
  });
});

describe('streams', () => {
  test('splitRngs around a function splits, then restores keys and counters past the draw', () => {
    const rngs = new nnx.Rngs(0, { params: 1 });
    const seen = nnx.splitRngs({ splits: 3, only: 'params' })((rngs: nnx.Rngs) => [
      rngs.params.key.value.shape,
      rngs.params.count.shape,
      rngs.default.key.value.shape,
    ])(rngs);
    expect(seen).toEqual([[3], [3], []]);
    expect([rngs.params.key.value.shape, [...rngs.params.count.value], [...rngs.default.count.value]]).toEqual([
      [],
      [1],
      [0],
    ]);
  });

  test('splitRngs on a node until restoreRngs; forkRngs; one slice keeps its axis', () => {
    const rngs = new nnx.Rngs(0);
    const before = rngs.default.key.value;
    const backups = nnx.splitRngs(rngs, { splits: 1 });
    expect([rngs.default.key.value.shape, rngs.default.count.shape, backups.size]).toEqual([[1], [1], 1]);
    nnx.restoreRngs(backups);
    expect(rngs.default.key.value).toBe(before);
    const squeezed = nnx.splitRngs(rngs, { splits: 1, squeeze: true });
    expect(rngs.default.key.value.shape).toEqual([]);
    nnx.restoreRngs(squeezed);
    const drawn = nnx.forkRngs()((rngs: nnx.Rngs) => [...rngs.default.count.value])(rngs);
    expect([drawn, [...rngs.default.count.value]]).toEqual([[0], [3]]);
    expect(() => nnx.restoreRngs({ size: 1 })).toThrow(/^nnx\.restoreRngs: expected what nnx\.splitRngs/);
    expect(() => nnx.splitRngs(new nnx.Rngs(0).split(2), { splits: 3 })).toThrow(
      /^nnx\.splitRngs at default: expected a stream of one key, or of keys of shape \[3\], got shape \[2\]/,
    );
  });

  test('split by filter, broadcast, draws of stacked streams', () => {
    const rngs = new nnx.Rngs({ params: 1, dropout: 2 }).split([
      ['params', 3],
      ['...', null],
    ]);
    expect([rngs.params.key.value.shape, rngs.dropout.key.value.shape]).toEqual([[3], []]);
    const stacked = new nnx.Rngs(0).split(2).default;
    const single = [0, 1].map((i) => jax.random.foldIn((stacked.key.value as jax.KeyArray)[i]!, 0));
    expect([...(stacked() as jax.KeyArray)].map(String)).toEqual(single.map(String));
    expect(new nnx.Rngs(0).broadcast([2, 2]).default.key.value.shape).toEqual([2, 2]);
  });
});

describe('control flow', () => {
  test('cond and switch set what the branch taken sets', () => {
    modelSafe((own) => {
      const model = own(new Counting());
      const add = (by: number) => (model: Counting, x: tf.Tensor) => {
        model.n.value = tf.add(model.n.value, by);
        return tf.add(x, model.n.value);
      };
      const stay = (_model: Counting, x: tf.Tensor) => x;
      expect(values(nnx.cond(tf.scalar(true), add(10), stay, model, tf.scalar(1)))).toEqual([11]);
      expect(values(nnx.cond(false, add(10), stay, model, tf.scalar(1)))).toEqual([1]);
      expect(values(nnx.switch(7, [stay, add(5)], model, tf.scalar(0)))).toEqual([15]);
      expect(values(model.n.value)).toEqual([15]);
    });
  });

  test('loops carry modules', () => {
    modelSafe((own) => {
      const model = own(new Counting());
      const [x, same] = nnx.foriLoop(
        0,
        3,
        (i, [x, model]) => {
          model.n.value = tf.add(model.n.value, i);
          return [tf.mul(x, 2), model];
        },
        [tf.scalar(1), model] as [tf.Tensor, Counting],
      );
      expect([values(x), values(model.n.value), same === model]).toEqual([[8], [3], true]);
      nnx.whileLoop(
        (model: Counting) => tf.less(model.n.value, 10),
        (model: Counting) => {
          model.n.value = tf.mul(model.n.value, 2);
          return model;
        },
        model,
      );
      expect(values(model.n.value)).toEqual([12]);
      expect(() => nnx.foriLoop(0, 1, () => [own(new Counting())], [model])).toThrow(
        /^nnx\.foriLoop: expected the modules of the value to be returned as they came in/,
      );
    });
  });

  test('one variable may be set to the value of another', () => {
    modelSafe((own) => {
      const [a, b] = [own(new Counting()), own(new Counting())];
      b.n.value = tf.scalar(4);
      nnx.cond(
        true,
        (a: Counting, b: Counting) => {
          a.n.value = b.n.value;
        },
        () => undefined,
        a,
        b,
      );
      nnx
        .grad((b: Counting, a: Counting) => {
          a.w.value = b.w.value;
          return tf.sum(b.w.value);
        })(b, a)
        .w!.value.dispose();
      b.n.value = tf.scalar(5);
      b.w.value = tf.zeros([3]);
      expect([values(a.n.value), values(a.w.value)]).toEqual([[4], [0, 1, 2]]);
    });
  });

  test('evalShape builds modules of shapes and leaves variables alone', () => {
    modelSafe((own) => {
      const abstract = nnx.evalShape(() => new nnx.Linear(1000, 2000, { rngs: new nnx.Rngs(0) }));
      expect(abstract).toBeInstanceOf(nnx.Linear);
      expect(abstract.kernel.value).toEqual(new jax.ShapeDtypeStruct([1000, 2000]));
      const model = own(new Counting());
      const shape = nnx.evalShape(
        (model: Counting, x: tf.Tensor, linear: nnx.Linear) => {
          model.n.value = tf.add(model.n.value, 1);
          return linear.call(tf.mul(x, model.w.value));
        },
        model,
        new jax.ShapeDtypeStruct([4, 3]),
        nnx.evalShape(() => new nnx.Linear(3, 7, { rngs: new nnx.Rngs(0) })),
      );
      expect(shape).toEqual(new jax.ShapeDtypeStruct([4, 7]));
      expect(values(model.n.value)).toEqual([0]);
    });
  });
});

describe('metadata', () => {
  test('initial metadata, axis names around vmap', () => {
    modelSafe((own) => {
      const kernelInit = nnx.withPartitioning(nnx.initializers.ones, ['in', 'out']);
      const create = nnx.vmap(
        (rngs: nnx.Rngs) => new nnx.Linear(2, 3, { kernelInit, kernelMetadata: { note: 1 }, rngs }),
        { transformMetadata: { [nnx.PARTITION_NAME]: 'layers' } },
      );
      const model = own(nnx.splitRngs({ splits: 2 })(create)(new nnx.Rngs(0)));
      expect(model.kernel.getMetadata()).toEqual({ note: 1, outSharding: ['layers', 'in', 'out'] });
      const inside = nnx.transformMetadata((model: nnx.Linear) => model.kernel.getMetadata('outSharding'), {
        partition: 'layers',
      });
      expect([inside(model), model.kernel.getMetadata('outSharding')]).toEqual([
        ['in', 'out'],
        ['layers', 'in', 'out'],
      ]);
      nnx.setMetadata(model, { seen: true }, { only: new nnx.PathContains('bias') });
      expect([model.bias.hasMetadata('seen'), model.kernel.hasMetadata('seen')]).toEqual([true, false]);
    });
  });
});
