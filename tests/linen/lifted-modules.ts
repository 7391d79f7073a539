import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';

/** The modules of fixtures/flax/record-lifted.py. */
export function noise(module: nn.Module): tf.Tensor {
  return jax.random.uniform(module.makeRng('noise'), []);
}

class Block extends nn.Module {
  constructor(readonly features: number) {
    super();
  }
  @nn.compact
  call(x: tf.Tensor, _: null): [tf.Tensor, null] {
    x = new nn.Dense(this.features).call(x);
    x = new nn.Dropout(0.5, { deterministic: !this.hasRng('dropout') }).call(x);
    return [tf.tanh(x), null];
  }
}

class Cell extends nn.Module {
  @nn.compact
  call(carry: tf.Tensor, x: tf.Tensor): [tf.Tensor, tf.Tensor] {
    const h = tf.tanh(new nn.Dense(3).call(tf.concat([carry, x], -1)));
    return [h, tf.mul(2, h)];
  }
}

class Noisy extends nn.Module {
  constructor(options: nn.ModuleOptions = {}) {
    super(options);
  }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    x = tf.add(x, noise(this));
    return tf.add(new nn.Dense(3).call(x), noise(this));
  }
}

export class Stack extends nn.Module {
  constructor(readonly options: nn.ScanOptions) {
    super();
  }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const Body = nn.scan(Block, this.options);
    const [y] = new Body(3).call(x, null);
    return new nn.Dense(2).call(y);
  }
}

export class OverTime extends nn.Module {
  constructor(readonly options: nn.ScanOptions) {
    super();
  }
  @nn.compact
  call(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
    return new (nn.scan(Cell, this.options))().call(tf.zeros([2, 3]), x);
  }
}

class NoisyBody extends nn.Module {
  @nn.compact
  call(carry: tf.Tensor, _: null): [tf.Tensor, tf.Tensor] {
    return [new Noisy().call(carry), noise(this)];
  }
}

export class NoisyScan extends nn.Module {
  constructor(readonly options: nn.ScanOptions) {
    super();
  }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor[] {
    const before = noise(this);
    const body = new (nn.scan(NoisyBody, { length: 3, ...this.options }))();
    const [y, first] = body.call(x, null);
    const [z, second] = body.call(y, null);
    return [z, first, second, before, noise(this)];
  }
}

class CountingCell extends nn.Module {
  @nn.compact
  call(carry: tf.Tensor, x: tf.Tensor): [tf.Tensor, tf.Tensor] {
    const count = this.variable('counter', 'count', () => tf.scalar(0));
    count.value = tf.add(count.value, 1);
    const y = new nn.BatchNorm({ useRunningAverage: false, momentum: 0.5 }).call(tf.add(x, carry));
    this.sow('intermediates', 'h', y);
    return [tf.add(carry, count.value), y];
  }
}

export class Counting extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
    const Body = nn.scan(CountingCell, {
      variableCarry: 'counter',
      variableAxes: { batch_stats: 0, intermediates: 0, params: 1 },
      splitRngs: { params: true },
      reverse: true,
    });
    return new Body().call(tf.scalar(0), x);
  }
}

export class Decorated extends nn.Module {
  @nn.scan({
    variableBroadcast: 'params',
    variableAxes: { intermediates: 1 },
    splitRngs: { params: false, noise: true },
    inAxes: [1, nn.broadcast],
    outAxes: [1, 0],
  })
  @nn.compact
  call(carry: tf.Tensor, x: tf.Tensor, scale: number): [tf.Tensor, [tf.Tensor, tf.Tensor]] {
    const h = tf.mul(tf.tanh(new nn.Dense(3).call(tf.concat([carry, x], -1))), scale);
    this.sow('intermediates', 'h', h);
    return [h, [tf.add(h, noise(this)), tf.sum(h)]];
  }
}

export class FunctionForm extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
    x = new nn.Dense(3).call(x);
    const scan = nn.scan(
      (_: FunctionForm, carry: tf.Tensor, x: tf.Tensor) => [tf.add(new nn.Dense(3).call(carry), x), tf.sum(carry)],
      { variableBroadcast: 'params', splitRngs: { params: false }, length: 2 },
    );
    const [carry, sums] = scan(this, x, tf.ones([2, 2, 3]));
    return [new nn.Dense(3).call(carry), sums];
  }
}

export class FunctionStack extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
    const body = (_: FunctionStack, carry: tf.Tensor, __: null): [tf.Tensor, tf.Tensor] => [
      tf.tanh(new nn.Dense(3).call(carry)),
      tf.sum(carry),
    ];
    return nn.scan(body, { variableAxes: { params: 0 }, splitRngs: { params: true }, length: 2 })(this, x, null);
  }
}

class SharedField extends nn.Module {
  constructor(readonly inner: nn.Layer) {
    super();
  }
  @nn.compact
  call(carry: tf.Tensor, x: tf.Tensor): [tf.Tensor, null] {
    return [tf.tanh(tf.add(this.inner.call(carry), new nn.Dense(3).call(x))), null];
  }
}

export class Shared extends nn.Module {
  @nn.compact
  call(x: tf.Tensor, xs: tf.Tensor): tf.Tensor {
    const dense = new nn.Dense(3);
    x = dense.call(x);
    const Scan = nn.scan(SharedField, { variableBroadcast: 'params', splitRngs: { params: false } });
    return new Scan(dense).call(x, xs)[0];
  }
}

class SetupBody extends nn.Module {
  first!: nn.Dense;
  layers!: nn.Dense[];
  setup() {
    this.first = new nn.Dense(3);
    this.layers = [new nn.Dense(3), new nn.Dense(3)];
  }
  call(carry: tf.Tensor, _: null): [tf.Tensor, null] {
    let x = this.first.call(carry);
    for (const layer of this.layers) x = tf.tanh(layer.call(x));
    return [x, null];
  }
}

export class InSetup extends nn.Module {
  stack!: SetupBody;
  setup() {
    const Body = nn.scan(SetupBody, { variableAxes: { params: 0 }, splitRngs: { params: true }, length: 2 });
    this.stack = new Body();
  }
  call(x: tf.Tensor): tf.Tensor {
    return this.stack.call(x, null)[0];
  }
}

class NoisyLayer extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    x = new nn.Dense(3).call(x);
    x = new nn.BatchNorm({ useRunningAverage: false, momentum: 0.5 }).call(x);
    return new nn.Dropout(0.5, { deterministic: !this.hasRng('dropout') }).call(x);
  }
}

export class Ensemble extends nn.Module {
  constructor(readonly options: nn.VmapOptions) {
    super();
  }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new (nn.vmap(NoisyLayer, this.options))().call(x);
  }
}

export class VmapFunction extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const f = nn.vmap((_: VmapFunction, x: tf.Tensor, y: number) => tf.mul(new nn.Dense(2).call(x), y), {
      variableAxes: { params: 1 },
      splitRngs: { params: true },
      inAxes: [0, null],
      outAxes: 1,
    });
    return f(this, x, 2);
  }
}

class Gated extends nn.Module {
  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    return new nn.Dropout(0.5).call(tf.tanh(new nn.Dense(3).call(x)), { deterministic: !training });
  }
}

export class Rematted extends nn.Module {
  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new (nn.remat(Gated, { staticArgnums: [2] }))().call(x, training);
    x = nn.remat((_: Rematted, x: tf.Tensor) => new nn.Dense(3).call(x))(this, x);
    return new nn.Dense(2).call(x);
  }
}

class RematBody extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return tf.tanh(new nn.Dense(3).call(x));
  }
}

export class RematStack extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new (nn.rematScan(RematBody, [2, 3]))().call(x);
  }
}

export class ScannedRemat extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const Body = nn.scan(nn.remat(Block, { preventCse: false }), {
      variableAxes: { params: 0 },
      splitRngs: { params: true, dropout: true },
      length: 3,
    });
    return new Body(3).call(x, null)[0];
  }
}

export class Jitted extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    x = new nn.Dense(3).call(x);
    const layer = new (nn.jit(Noisy))();
    x = layer.call(layer.call(x));
    x = nn.jit((_: Jitted, x: tf.Tensor) => new nn.Dense(3).call(x))(this, x);
    return tf.add(x, noise(this));
  }
}

export class Folded extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new (nn.foldRngs(Noisy))().call(x);
  }
}

export class Mapped extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const transpose = (variables: nn.Variables): nn.VariablesInput =>
      jax.tree.map((p: tf.Tensor) => tf.transpose(p), variables);
    const Tied = nn.mapVariables(nn.Dense, 'params', { transInFn: transpose, transOutFn: transpose, init: true });
    return new Tied(4, { useBias: false }).call(x);
  }
}

export class Branches extends nn.Module {
  constructor(readonly index: number) {
    super();
  }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const first = (_: Branches, x: tf.Tensor): tf.Tensor => new Noisy({ name: 'shared' }).call(x);
    const second = (module: Branches, x: tf.Tensor): tf.Tensor =>
      tf.add(tf.mul(2, new Noisy({ name: 'shared' }).call(x)), noise(module));
    x = nn.cond(this.index === 0, first, second, this as Branches, x);
    x = nn.switch(tf.scalar(this.index, 'int32'), [second, first, second], this as Branches, x);
    return tf.add(x, noise(this));
  }
}

export class Looped extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const advance = (module: Looped, value: tf.Tensor): tf.Tensor => {
      const count = module.variable('counter', 'count', () => tf.scalar(0, 'int32'));
      count.value = tf.add(count.value, tf.scalar(1, 'int32'));
      return tf.add(new nn.Dense(3, { name: 'dense' }).call(value), noise(module));
    };
    x = advance(this, x);
    if (this.isMutableCollection('params')) return x;
    const holds = (module: Looped): tf.Tensor => tf.less(module.getVariable('counter', 'count')!, 4);
    return nn.whileLoop(holds, advance, this as Looped, x, {
      carryVariables: 'counter',
      splitRngs: { noise: true, params: false },
    });
  }
}

export class Derivatives extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): unknown {
    type Dense = (module: Derivatives, x: tf.Tensor, y: tf.Tensor) => tf.Tensor;
    const dense: Dense = (_, x, y) => tf.mul(tf.tanh(new nn.Dense(3, { name: 'dense' }).call(x)), y);
    const total: Dense = (module, x, y) => tf.sum(dense(module, x, y));
    const y: tf.Tensor = tf.fill([3], 2);
    if (this.isInitializing()) return dense(this, x, y);
    const [out, pull] = nn.vjp(dense, this as Derivatives, [x, y]);
    const [variables, gx, gy] = pull(tf.onesLike(out));
    const moving = { params: jax.tree.map((p: tf.Tensor) => tf.onesLike(p), variables.params) };
    const [, tangent] = nn.jvp(dense, this as Derivatives, [x, y], [tf.onesLike(x), tf.zerosLike(y)], moving);
    const [value, grads] = nn.valueAndGrad(total, this as Derivatives, [x, y]);
    const withAux = (module: Derivatives, x: tf.Tensor, y: tf.Tensor): [tf.Tensor, { y: tf.Tensor }] => [
      total(module, x, y),
      { y },
    ];
    const [[, aux], auxGrads] = nn.valueAndGrad(withAux, this as Derivatives, [x, y], { hasAux: true });
    const grad = nn.grad(total, this as Derivatives, [x, y]);
    return { out, params: variables.params, x: gx, y: gy, tangent, value, grads, grad, aux, auxGrads };
  }
}

export class SignedDense extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    const f = (_: SignedDense, x: tf.Tensor): tf.Tensor => new nn.Dense(3).call(x);
    const signed = nn.customVjp(
      f,
      (module, x) => nn.vjp(f, module, [x]),
      (pull, cotangent) => {
        const [variables, gx] = pull(cotangent);
        return [jax.tree.map((p: tf.Tensor) => tf.sign(p), variables), gx];
      },
    );
    return signed(this, x);
  }
}

class StackCell extends nn.Module {
  @nn.compact
  call(carry: tf.Tensor, x: tf.Tensor): [tf.Tensor, null] {
    const Inner = nn.scan(Block, { variableAxes: { params: 0 }, splitRngs: { params: true }, length: 2 });
    return [new Inner(3).call(tf.add(carry, x), null)[0], null];
  }
}

export class ManyScans extends nn.Module {
  @nn.compact
  call(x: tf.Tensor, xs: tf.Tensor): [tf.Tensor, tf.Tensor] {
    const Many = nn.vmap(Stack, {
      variableAxes: { params: 0 },
      splitRngs: { params: true },
      inAxes: null,
      axisSize: 2,
    });
    const y = new Many({ variableAxes: { params: 0 }, splitRngs: { params: true }, length: 2 }).call(x);
    const Outer = nn.scan(StackCell, { variableBroadcast: 'params', splitRngs: { params: false } });
    return [y, new Outer().call(x, xs)[0]];
  }
}
