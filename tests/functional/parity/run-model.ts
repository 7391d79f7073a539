import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import type * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import * as optax from 'linen2nnx/optax';
import { modelSafe } from '../../nnx/model-safe.js';
import { tensorSafe } from '../tensor-safe.js';
import { inputOf, type InputSpec, type RecordedTree, tensorsOf } from './case.js';
import { check } from './errors.js';
import { lossOf } from './run-case.js';

export interface RecordedModel {
  readonly inputs: readonly InputSpec[];
  readonly linen: { readonly [quantity: string]: RecordedTree };
  readonly nnx: { readonly [quantity: string]: RecordedTree };
}

type Call = (...args: readonly unknown[]) => unknown;
/** Kernels of the recurrence, which start orthogonal. */
const isOrthogonal = (path: string) => /\/h[ifgo]\/kernel$/.test(path);

/** Three steps of gradient descent on a Linen model, its first output, gradients and statistics. */
export function trainLinen(name: string, model: nn.CallableModule, { inputs, linen: recorded }: RecordedModel): void {
  tensorSafe(() => {
    const args = inputs.map(inputOf);
    const [params, dropout, latent] = [0, 1, 2].map((seed) => jax.random.key(seed));
    const initial = model.init({ params: params!, dropout: dropout!, latent: latent! }, args as never);
    checkInitial(name, 'Linen', [initial, recorded['variables']!]);
    let { params: trained, ...rest } = tensorsOf(recorded['variables']!) as {
      params: nn.Params;
      [name: string]: unknown;
    };
    const rngs = { dropout: jax.random.key(7), latent: jax.random.key(8) };
    const step = jax.valueAndGrad(
      (current: nn.Params) => {
        const options = { rngs, mutable: Object.keys(rest) };
        const [output, updates] = model.apply({ params: current, ...rest }, args as never, options as never) as [
          unknown,
          object,
        ];
        return [lossOf(output), [output, updates]] as never as readonly [tf.Scalar, [tf.Tensor, nn.Params]];
      },
      { hasAux: true },
    );
    const losses = [0, 1, 2].map((i) => {
      const [[loss, [output, updates]], grads] = step(trained);
      if (i === 0) {
        check(name, 'output, Linen', [output, recorded['output']!]);
        check(name, 'gradient, Linen', [grads, recorded['grads']!]);
        if (recorded['updates'] !== undefined) check(name, 'state, Linen', [updates, recorded['updates']]);
      }
      rest = { ...rest, ...updates };
      trained = jax.tree.map((p: tf.Tensor, g: tf.Tensor) => tf.sub(p, tf.mul(0.01, g)), trained, grads);
      return loss;
    });
    check(name, 'training, Linen', [
      { losses: tf.stack(losses), trained },
      { losses: recorded['losses']!, trained: recorded['params']! },
    ]);
  });
}

/** Three steps of gradient descent on an NNX model under `nnx.jit`, its first output and gradients. */
export function trainNnx(name: string, make: (rngs: nnx.Rngs) => nnx.CallableModule, each: RecordedModel): void {
  const { inputs, nnx: recorded } = each;
  modelSafe((own) => {
    const model = own(make(new nnx.Rngs(0)));
    const optimizer = own(new nnx.Optimizer(model, optax.sgd(0.01), { wrt: nnx.Param }));
    const args = inputs.map(inputOf);
    checkInitial(name, 'NNX', [stateOf(model), recorded['state']!]);
    const step = (current: nnx.CallableModule) => {
      const [[loss, output], grads] = nnx.valueAndGrad(
        (inner: nnx.CallableModule) => {
          const output = (inner.call as unknown as Call).apply(inner, args) as tf.Tensor;
          return [lossOf(output), output] as const;
        },
        { hasAux: true },
      )(current);
      optimizer.update(current, grads);
      return { loss, output, grads };
    };
    const steps = [0, 1, 2].map(() => step(model));
    check(name, 'output, NNX', [steps[0]!.output, recorded['output']!], { camel: true });
    check(name, 'gradient, NNX', [nnx.toPureDict(steps[0]!.grads as never), recorded['grads']!], { camel: true });
    const losses = tf.stack(steps.map(({ loss }) => loss));
    const after = { losses, after: stateOf(model) };
    check(name, 'training, NNX', [after, { losses: recorded['losses']!, after: recorded['after']! }], { camel: true });
  });
}

function checkInitial(name: string, style: 'Linen' | 'NNX', pair: readonly [unknown, RecordedTree]): void {
  const camel = style === 'NNX';
  check(name, `initial, ${style}`, pair, { camel, only: (path) => !isOrthogonal(path) });
  check(name, `orthogonal, ${style}`, pair, { camel, only: isOrthogonal });
}

function stateOf(model: object): object {
  return nnx.toPureDict(nnx.state(model, new nnx.Not(nnx.RngState)));
}
