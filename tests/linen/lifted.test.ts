import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import { expectNear, expectUlps, recording, type RecordedTree, tensorOf } from '../functional/flax-recording.js';
import { tensorSafe } from '../functional/tensor-safe.js';
import * as modules from './lifted-modules.js';

const recorded = recording('lifted.json') as unknown as { readonly [name: string]: RecordedTree };
const { key } = jax.random;
const initKeys = { params: key(0), dropout: key(1), noise: key(4) };
const applyKeys = { dropout: key(2), noise: key(3) };
const layers = { variableAxes: { params: 0 }, splitRngs: { params: true, dropout: true }, length: 3 };
const time = { variableBroadcast: 'params', splitRngs: { params: false }, inAxes: 1 };
const split = { params: true, dropout: true };

type Inputs = { readonly x: tf.Tensor; readonly xs: tf.Tensor; readonly time: tf.Tensor };
type Case = readonly [name: string, module: nn.CallableModule, args: (inputs: Inputs) => readonly unknown[]];
const ofX = ({ x }: Inputs) => [x];
const ofXs = ({ xs }: Inputs) => [xs];
const ofTime = ({ time }: Inputs) => [time];

const cases: readonly Case[] = [
  ['layers', new modules.Stack(layers), ofX],
  ['layersOneTrace', new modules.Stack({ ...layers, checkConstancyInvariants: false }), ofX],
  ['layersSameKey', new modules.Stack({ ...layers, splitRngs: { params: false, dropout: false } }), ofX],
  ['layersAxis', new modules.Stack({ ...layers, variableAxes: { params: -1 } }), ofX],
  [
    'layersShared',
    new modules.Stack({ variableBroadcast: 'params', splitRngs: { params: false, dropout: true }, length: 3 }),
    ofX,
  ],
  ['time', new modules.OverTime({ ...time, outAxes: 1 }), ofTime],
  ['timeReversed', new modules.OverTime({ ...time, reverse: true, unroll: 2 }), ofTime],
  ['noise', new modules.NoisyScan({ variableAxes: { params: 0 }, splitRngs: { params: true, noise: true } }), ofX],
  [
    'noiseShared',
    new modules.NoisyScan({ variableBroadcast: 'params', splitRngs: { params: false, noise: false } }),
    ofX,
  ],
  ['decorated', new modules.Decorated(), ({ x, time }) => [x, time, 0.5]],
  ['functionForm', new modules.FunctionForm(), ofX],
  ['functionStack', new modules.FunctionStack(), ofX],
  ['shared', new modules.Shared(), ({ x, xs }) => [x, xs]],
  ['inSetup', new modules.InSetup(), ofX],
  [
    'ensemble',
    new modules.Ensemble({ variableAxes: { params: 0, batch_stats: 0 }, splitRngs: split, inAxes: null, axisSize: 3 }),
    ({ xs }) => [tf.reshape(xs, [8, 3])],
  ],
  [
    'ensembleMapped',
    new modules.Ensemble({ variableAxes: { params: 1, batch_stats: 0 }, splitRngs: split, outAxes: 2 }),
    ofXs,
  ],
  [
    'ensembleShared',
    new modules.Ensemble({
      variableAxes: { params: null, batch_stats: 0 },
      splitRngs: { params: false, dropout: true },
    }),
    ofXs,
  ],
  ['vmapFunction', new modules.VmapFunction(), ofXs],
  ['remat', new modules.Rematted(), ({ x }) => [x, true]],
  ['rematScan', new modules.RematStack(), ofX],
  ['scannedRemat', new modules.ScannedRemat(), ofX],
  ['jit', new modules.Jitted(), ofX],
  ['foldRngs', new modules.Folded(), ofX],
  ['mapVariables', new modules.Mapped(), ofX],
  ['branchFirst', new modules.Branches(0), ofX],
  ['branchSecond', new modules.Branches(1), ofX],
  ['branchThird', new modules.Branches(2), ofX],
  ['whileLoop', new modules.Looped(), ofX],
  ['derivatives', new modules.Derivatives(), ofX],
  ['customVjp', new modules.SignedDense(), ofX],
  ['nested', new modules.ManyScans(), ({ x, xs }) => [x, xs]],
];

function inputs(): Inputs {
  const { x, xs } = recorded['inputs']!;
  const steps = tensorOf(xs!);
  return { x: tensorOf(x!), xs: steps, time: tf.transpose(steps, [1, 0, 2]) };
}

function squares(tree: unknown): tf.Tensor {
  const floats = jax.tree.leaves(tree as jax.Tree).filter((leaf) => leaf.dtype === 'float32');
  return floats.map((leaf) => tf.sum(tf.square(leaf))).reduce((a, b) => tf.add(a, b));
}

describe('lifted transforms against Flax', () => {
  test.each(cases)('%s: initial variables, outputs, updates, compiled gradients', (name, module, args) => {
    const { variables, output, updates, grads } = recorded[name] as unknown as {
      readonly [part: string]: RecordedTree;
    };
    tensorSafe(() => {
      const given = args(inputs()) as never;
      const mine = module.init(initKeys, given);
      expectUlps(mine, variables!);
      const run = (params: nn.Params) =>
        module.apply({ ...mine, params }, given, {
          rngs: applyKeys,
          mutable: ['batch_stats', 'counter', 'intermediates'],
        }) as unknown as [output: unknown, updates: nn.Variables];
      const [y, changed] = run(mine.params);
      expectNear(y, output!);
      expectNear(changed, updates!);
      if (grads === undefined) return;
      const gradient = jax.grad((params: nn.Params) => squares(run(params)[0]));
      expectNear(jax.jit(gradient)(mine.params), grads, 5e-4);
    });
  });

  test('counting: carried, stacked and sown collections', () => {
    const { output, updates } = recorded['counting'] as unknown as { readonly [part: string]: RecordedTree };
    tensorSafe(() => {
      const counter = { ScanCountingCell_0: { count: tf.scalar(0) } };
      const [y, changed] = new modules.Counting().apply({ counter }, [inputs().xs], {
        rngs: key(0),
        mutable: ['params', 'batch_stats', 'counter', 'intermediates'],
      });
      expectNear(y, output!);
      expectNear(changed, updates!);
    });
  });

  test('a compiled init makes the same variables', () => {
    const { variables } = recorded['nested'] as unknown as { readonly variables: RecordedTree };
    tensorSafe(() => {
      const model = new modules.ManyScans();
      expectUlps(
        jax.jit((x: tf.Tensor, xs: tf.Tensor) => model.init(initKeys, [x, xs]))(inputs().x, inputs().xs),
        variables,
      );
    });
  });

  test('remat keeps no intermediates for the backward pass', () => {
    class Deep extends nn.Module {
      constructor(readonly layers: number) {
        super();
      }
      @nn.compact
      call(x: tf.Tensor): tf.Tensor {
        for (let i = 0; i < this.layers; i++) x = tf.tanh(new nn.Dense(3).call(x));
        return x;
      }
    }
    const kept = (model: Deep) =>
      tf.tidy(() => {
        const { x } = inputs();
        const variables = model.init(initKeys, [x]);
        const before = tf.memory().numTensors;
        jax.vjp((variables: nn.Variables) => model.apply(variables, [x]), variables);
        return tf.memory().numTensors - before;
      });
    const perLayer = (make: (layers: number) => Deep) => (kept(make(8)) - kept(make(4))) / 4;
    // Kernel and bias, as the pullback's inputs and as what the body is run on again.
    expect(perLayer((layers) => new (nn.remat(Deep))(layers))).toBe(4);
    expect(perLayer((layers) => new Deep(layers))).toBeGreaterThan(4);
  });
});
