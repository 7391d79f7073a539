import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import type * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import { treeLeaves } from '../../../runtime/core/tree.js';
import { modelSafe } from '../../nnx/model-safe.js';
import { tensorSafe } from '../tensor-safe.js';
import { type Case, inputOf, type RecordedCase, tensorsOf } from './case.js';
import { check } from './errors.js';

type Call = (...args: readonly unknown[]) => unknown;

/** Parameters whose values come from an orthogonal initializer: those of kernels on the carry. */
const isOrthogonal = (path: string): boolean => /\/(h[a-z]*|denseH|dense_h)\/kernel$/.test(path);

/** Initial variables, output, changed collections and gradients of a Linen layer against the recording. */
export function runLinen(layer: string, each: Case, { inputs, linen }: RecordedCase): void {
  tensorSafe(() => {
    const [module, recorded] = [each.linen!(), linen!];
    const call = () => [...inputs.map(inputOf), ...(each.options === undefined ? [] : [each.options()])];
    const keys = { params: jax.random.key(0), dropout: jax.random.key(1) };
    const initial = module.init(keys, call() as never);
    checkInitial(layer, 'Linen', [initial, recorded.variables!], each);
    const variables = tensorsOf(recorded.variables!) as nn.Variables;
    const rngs = each.dropout === undefined ? {} : { rngs: { dropout: jax.random.key(each.dropout) } };
    const run = (params: unknown, first: unknown) => {
      const given = params === undefined ? variables : { ...variables, params };
      const [, ...rest] = call();
      const options = { ...rngs, mutable: each.mutable ?? [] };
      return module.apply(given as never, [first, ...rest] as never, options as never) as readonly [unknown, unknown];
    };
    const [output, updates] = run(variables.params, call()[0]);
    check(layer, 'output, Linen', [output, recorded.output]);
    if (recorded.updates !== undefined) check(layer, 'state, Linen', [updates, recorded.updates]);
    const loss = (params: unknown, first: unknown) => lossOf(run(params, first)[0]);
    check(layer, 'gradient, Linen', [linenGradients(loss, [variables.params ?? {}, call()[0]]), recorded.grads!]);
  });
}

function linenGradients(loss: (params: unknown, first: unknown) => tf.Tensor, args: [unknown, unknown]): object {
  const differentiable = treeLeaves(args[1]).every((leaf) => (leaf as tf.Tensor).dtype === 'float32');
  if (!differentiable) return { params: jax.grad(loss as never)(...(args as never as [])) as unknown };
  const found = jax.grad(loss as never, { argnums: [0, 1] })(...(args as never as [])) as readonly unknown[];
  return { params: found[0], input: found[1] };
}

/** Initial state, output, state afterwards and gradients of an NNX layer against the recording. */
export function runNnx(layer: string, each: Case, { inputs, nnx: recorded }: RecordedCase): void {
  const camel = { camel: true };
  const known = (tree: object) => Object.fromEntries(Object.entries(tree).filter(([name]) => name !== each.extension));
  modelSafe((own) => {
    const module = own(each.nnx!(new nnx.Rngs(0)));
    const makeOptions = each.nnxOptions ?? each.options;
    const call = () => [...inputs.map(inputOf), ...(makeOptions === undefined ? [] : [makeOptions()])];
    const run = (of: nnx.CallableModule) => (of.call as unknown as Call).apply(of, call());
    checkInitial(layer, 'NNX', [known(stateOf(module)), recorded!.state!], each);
    const twin = own(nnx.clone(module));
    const output = run(module);
    check(layer, 'output, NNX', [output, recorded!.output], camel);
    if (recorded!.after !== undefined) check(layer, 'state, NNX', [known(stateOf(module)), recorded!.after], camel);
    if (recorded!.grads === undefined) return;
    const grads = nnx.grad((model: nnx.CallableModule) => lossOf(run(model)))(twin);
    check(layer, 'gradient, NNX', [known(nnx.toPureDict(grads as never)), recorded!.grads], camel);
  });
}

function checkInitial(layer: string, style: 'Linen' | 'NNX', pair: Parameters<typeof check>[2], each: Case): void {
  const camel = style === 'NNX';
  if (each.orthogonal !== true) return check(layer, `initial, ${style}`, pair, { camel });
  check(layer, `initial, ${style}`, pair, { camel, only: (path) => !isOrthogonal(path) });
  check(layer, `orthogonal, ${style}`, pair, { camel, only: isOrthogonal });
}

function stateOf(module: object): object {
  return nnx.toPureDict(nnx.state(module, new nnx.Not(nnx.RngState)));
}

/** Sum of the squares of all floats in an output. */
export function lossOf(output: unknown): tf.Scalar {
  const leaves = treeLeaves(output).filter((leaf): leaf is tf.Tensor => leaf instanceof tf.Tensor);
  const sums = leaves.filter(({ dtype }) => dtype === 'float32').map((leaf) => tf.sum(tf.square(leaf)));
  return sums.reduce((a, b) => tf.add(a, b)) as tf.Scalar;
}
