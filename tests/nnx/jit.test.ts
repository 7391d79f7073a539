import { describe, expect, jest, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nnx from 'linen2nnx/nnx';
import * as optax from 'linen2nnx/optax';
import { modelSafe } from './model-safe.js';

const values = (x: tf.Tensor) => [...x.dataSync()];

class Net extends nnx.Module {
  readonly linear: nnx.Linear;
  readonly norm: nnx.BatchNorm;
  readonly dropout: nnx.Dropout;
  label = 'a';
  last: unknown = null;

  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear = new nnx.Linear(3, 2, { rngs });
    this.norm = new nnx.BatchNorm(2, { rngs });
    this.dropout = new nnx.Dropout(0.5, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    return this.dropout.call(this.norm.call(this.linear.call(x)));
  }
}

const make = () => new Net({ rngs: new nnx.Rngs(0) });
const x = () =>
  tf.tensor2d([
    [1, 2, 3],
    [3, 1, 0],
  ]);

/** A compiled step that counts how often its function runs. */
function counted(body: (model: Net, x: tf.Tensor) => unknown = (model, x) => model.call(x)) {
  const runs = { traces: 0 };
  const step = nnx.jit((model: Net, x: tf.Tensor) => {
    runs.traces++;
    return body(model, x) as tf.Tensor;
  });
  return Object.assign(runs, { step });
}

describe('nnx.jit', () => {
  test('gives what the same calls give without it, and is traced once', () => {
    modelSafe((own) => {
      const [model, plain] = [own(make()), own(make())];
      const run = counted();
      for (let i = 0; i < 3; i++) {
        expect(values(run.step(model, x()))).toEqual(values(plain.call(x())).map((each) => expect.closeTo(each, 5)));
      }
      expect(run.traces).toBe(1);
      expect([...model.dropout.rngs!.count.value]).toEqual([3]);
      expect(values(model.norm.mean.value)).toEqual(
        values(plain.norm.mean.value).map((each) => expect.closeTo(each, 5)),
      );
    });
  });

  test('another model of the same structure runs the same program; another structure is traced', () => {
    modelSafe((own) => {
      const [model, other] = [own(make()), own(new Net({ rngs: new nnx.Rngs(7) }))];
      const run = counted();
      run.step(model, x());
      const before = values(model.norm.mean.value);
      run.step(other, x());
      expect(run.traces).toBe(1);
      expect(values(model.norm.mean.value)).toEqual(before);
      expect(values(other.norm.mean.value)).not.toEqual(before);
      model.eval();
      run.step(model, x());
      model.train();
      run.step(model, x());
      model.eval();
      run.step(model, x());
      expect(run.traces).toBe(2);
      run.step(model, tf.ones([5, 3]));
      expect(run.traces).toBe(3);
      model.linear.kernel.setMetadata({ note: 1 });
      run.step(model, tf.ones([5, 3]));
      expect(run.traces).toBe(4);
    });
  });

  test('attributes and variables that the function sets are set at every call, also on another model', () => {
    class Growing extends nnx.Module {
      mode = 'new';
      sizes: number[] = [];
      extra: nnx.Variable | null = null;
    }
    const grow = nnx.jit((model: Growing, x: tf.Tensor) => {
      model.mode = 'grown';
      model.sizes.push(x.size);
      model.extra ??= new nnx.Variable<tf.Tensor>(tf.mul(x, 2));
      return model;
    });
    modelSafe((own) => {
      for (const scale of [1, 3]) {
        const model = own(new Growing());
        expect(grow(model, tf.tensor1d([scale]))).toBe(model);
        expect([model.mode, model.sizes, values(model.extra!.value)]).toEqual(['grown', [1], [2 * scale]]);
      }
    });
  });

  test('modules that the function makes are new at every call', () => {
    const build = nnx.jit((rngs: nnx.Rngs) => {
      const linear = new nnx.Linear(2, 2, { rngs });
      return { linear, again: [linear], drop: new nnx.Dropout(0.5, { rngs }) };
    });
    modelSafe((own) => {
      const rngs = new nnx.Rngs(0);
      const [first, second] = [own(build(rngs)), own(build(rngs))];
      const eager = own(new nnx.Linear(2, 2, { rngs: new nnx.Rngs(0) }));
      expect(values(first.linear.kernel.value)).toEqual(values(eager.kernel.value));
      expect(first.again[0]).toBe(first.linear);
      expect(second.linear).not.toBe(first.linear);
      expect(values(second.linear.kernel.value)).not.toEqual(values(first.linear.kernel.value));
      expect([...rngs.default.count.value]).toEqual([6]);
      expect([...second.drop.rngs!.count.value]).toEqual([0]);
    });
  });

  test('streams within: split, scanned, reseeded, drawn from in loops', () => {
    const body = (model: Net, x: tf.Tensor) => {
      const drawn = nnx.splitRngs({ splits: 3 })(
        nnx.vmap((model: Net, x: tf.Tensor) => model.dropout.call(x), {
          inAxes: [
            new nnx.StateAxes([
              [nnx.RngState, 0],
              ['...', null],
            ]),
            null,
          ],
        }),
      )(model, x);
      const [looped] = nnx.foriLoop(0, 2, (_i, [x, model]) => [model.dropout.call(x), model], [x, model] as [
        tf.Tensor,
        Net,
      ]);
      return tf.concat([drawn.reshape([-1]), looped.reshape([-1]), model.dropout.call(x).reshape([-1])]);
    };
    modelSafe((own) => {
      const [model, plain] = [own(make()), own(make())];
      const run = counted(body);
      for (let i = 0; i < 2; i++) expect(values(run.step(model, x()))).toEqual(values(body(plain, x())));
      expect(run.traces).toBe(1);
      expect([...model.dropout.rngs!.count.value]).toEqual([8]);
    });
  });

  test('whole training steps free everything, with the optimizer as an argument', () => {
    modelSafe((own) => {
      const model = own(make());
      const optimizer = own(new nnx.ModelAndOptimizer(model, optax.adam(0.1)));
      const step = nnx.jit((optimizer: nnx.ModelAndOptimizer<Net>, { x }: { x: tf.Tensor }, scale: number) => {
        const lossFn = (model: Net) => tf.mul(scale, tf.mean(tf.square(model.linear.call(x))));
        const [loss, grads] = nnx.valueAndGrad(lossFn)(optimizer.model);
        optimizer.update(grads);
        return loss;
      });
      const batch = { x: x() };
      step(optimizer, batch, 2).dispose();
      const tensors = tf.memory().numTensors;
      const losses = Array.from({ length: 5 }, () => {
        const loss = step(optimizer, batch, 2);
        const [value] = values(loss);
        loss.dispose();
        return value!;
      });
      expect(tf.memory().numTensors).toBe(tensors);
      expect(losses.at(-1)!).toBeLessThan(losses[0]!);
      expect(optimizer.step.value.dataSync()[0]).toBe(6);
    });
  });

  test('within a transform, a capture and as a method it runs as written', () => {
    class Methods extends nnx.Module {
      readonly w = new nnx.Param<tf.Tensor>(tf.scalar(2));
      traces = 0;

      @nnx.jit
      scaled(x: tf.Tensor): tf.Tensor {
        return tf.mul(x, this.w.value);
      }

      @nnx.jit({ staticArgnums: 1 })
      power(x: tf.Tensor, n: number): tf.Tensor {
        let y = x;
        for (let i = 1; i < n; i++) y = tf.mul(y, x);
        return y;
      }

      call(x: tf.Tensor): tf.Tensor {
        this.sow(nnx.Intermediate, 'x', x);
        return this.scaled(x);
      }
    }
    modelSafe((own) => {
      const model = own(new Methods());
      expect(values(model.scaled(tf.scalar(3)))).toEqual([6]);
      expect(values(model.power(tf.scalar(3), 3))).toEqual([27]);
      const run = nnx.jit((model: Methods, x: tf.Tensor) => model.call(x));
      const [y, found] = nnx.capture(run, nnx.Intermediate)(model, tf.scalar(4));
      expect([values(y), (found.x!.value as unknown as tf.Tensor[]).map(values)]).toEqual([[8], [[4]]]);
      const grads = nnx.grad(run)(model, tf.scalar(5));
      expect(values(grads.w!.value)).toEqual([5]);
      const mapped = nnx.vmap(run, { inAxes: [null, 0] });
      expect(values(mapped(model, tf.tensor1d([1, 2])))).toEqual([2, 4]);
    });
  });

  test('mistakes', () => {
    modelSafe((own) => {
      const model = own(make());
      const closedOver = nnx.jit((x: tf.Tensor) => {
        model.norm.mean.value = x;
        return x;
      });
      const message =
        /^BatchStat of shape \[2\]: expected to be set where it was made or passed in, got set within a transform.*\nPass the module/;
      expect(() => closedOver(tf.zeros([2]))).toThrow(message);
      expect(() => jax.jit((x: tf.Tensor) => model.call(x))(x())).toThrow(message);
      expect(() => nnx.vmap(closedOver)(tf.zeros([4, 2]))).toThrow(message);
      const lost =
        /^BatchStat of shape \[2\]: expected to be set where it was made, got set in the copy.*\nThe change would/;
      expect(() => jax.jit((norm: nnx.BatchNorm, x: tf.Tensor) => norm.call(x))(model.norm, tf.ones([4, 2]))).toThrow(
        lost,
      );
      const stream = nnx.state(own(new nnx.Dropout(0.5, { rngs: new nnx.Rngs(0) })));
      expect(() => jax.jit((state: nnx.State) => state)(stream)).toThrow(
        /^jax\.jit at args\[0\]\.rngs\.count\.value: expected tensors, .*got a Uint32Array\.\nThe counters .*`nnx\.jit`/,
      );
      const keeping = nnx.jit((model: Net, x: tf.Tensor) => {
        model.last = tf.add(x, 1);
      });
      expect(() => keeping(model, x())).toThrow(
        /^nnx\.jit at last: expected attributes other than arrays to be set, got a tensor\.\nIt has a value only within/,
      );
      const branching = nnx.jit((model: Net, x: tf.Tensor) => (x.dataSync()[0]! > 0 ? model.call(x) : x));
      expect(() => branching(model, x())).toThrow(/expected a function that is traced, got one that reads the value/);
      model.last = null;
      expect(values(model.call(x()))).toHaveLength(4);
    });
  });

  test('says so when a function is made anew at every call', () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    try {
      tf.tidy(() => {
        for (let i = 0; i < 7; i++) nnx.jit((x: tf.Tensor) => tf.add(x, i))(tf.scalar(1));
      });
      expect(warn).toHaveBeenCalledTimes(1);
      expect(warn.mock.calls[0]![0]).toMatch(
        /^nnx\.jit: expected a compiled function that is called again, got 5 made/,
      );
    } finally {
      warn.mockRestore();
    }
  });
});

describe('derivatives', () => {
  class Poly extends nnx.Module {
    readonly w = new nnx.Param<tf.Tensor>(tf.tensor1d([2, 3]));
    readonly seen = new nnx.Variable<tf.Tensor>(tf.scalar(0, 'int32'));
    call(x: tf.Tensor): tf.Tensor {
      this.seen.value = tf.add(this.seen.value, tf.scalar(1, 'int32'));
      return tf.mul(tf.square(this.w.value), x);
    }
  }
  const run = (model: Poly, x: tf.Tensor) => model.call(x);

  test('vjp gives a State for a module, jvp takes one', () => {
    modelSafe((own) => {
      const model = own(new Poly());
      const [y, pull] = nnx.vjp(run, model, tf.tensor1d([5, 7]));
      const [grads, gx] = pull(tf.tensor1d([1, 10]));
      expect([values(y), values(grads.w!.value), values(gx)]).toEqual([
        [20, 63],
        [20, 420],
        [4, 90],
      ]);
      expect(values(model.seen.value)).toEqual([1]);
      const tangent = { w: new nnx.Param<tf.Tensor>(tf.tensor1d([1, 0])) } as unknown as nnx.State;
      const [out, dy] = nnx.jvp(run, [model, tf.tensor1d([5, 7])], [tangent, tf.tensor1d([0, 1])]);
      expect([values(out), values(dy)]).toEqual([
        [20, 63],
        [20, 9],
      ]);
      tf.dispose(tangent.w!.value);
    });
  });

  test('customVjp takes the gradient of a module as a state', () => {
    modelSafe((own) => {
      const model = own(new Poly());
      const clipped = nnx.customVjp(run);
      expect(() => clipped(model, tf.tensor1d([1, 1]))).toThrow(
        /^nnx\.customVjp: expected a gradient for run, got none/,
      );
      clipped.defvjp(
        (model, x) => [model.call(x), [model.w.value, x]],
        ([w, x]: tf.Tensor[], g) => [{ w: tf.clipByValue(tf.mul(g, tf.mul(w!, x!)), -4, 4) }, null],
      );
      const loss = (model: Poly, x: tf.Tensor) => tf.sum(clipped(model, x));
      const [grads, gx] = nnx.grad(loss, { argnums: [0, 1] })(model, tf.tensor1d([1, 7]));
      expect([values(grads.w!.value), values(gx)]).toEqual([
        [2, 4],
        [0, 0],
      ]);
      expect(values(model.seen.value)).toEqual([1]);
    });
  });
});
