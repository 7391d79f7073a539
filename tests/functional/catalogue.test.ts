import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import { layers } from '../../runtime/catalogue/layers.js';
import type { LayerRecord, OptionRecord } from '../../runtime/catalogue/record.js';
import { modelSafe } from '../nnx/model-safe.js';
import { leavesOf } from './parity/case.js';

type Build = new (...args: readonly unknown[]) => object;
type Call = (...args: readonly unknown[]) => unknown;

/** What is passed for a parameter of either constructor. */
const values: { readonly [parameter: string]: unknown } = {
  features: 4,
  kernelSize: [2, 2],
  numHeads: 2,
  rate: 0.5,
  numEmbeddings: 5,
  shape: [6, 4],
  einsumStr: 'ab,bc->ac',
  inFeatures: 6,
  numFeatures: 6,
  inSpace: [5, 4],
};

interface Example {
  readonly inputs?: () => readonly unknown[];
  readonly linenOptions?: object;
  readonly nnxOptions?: object;
}
const image = () => [tf.ones([2, 5, 4, 6])];
const cellOf = (carry: number[], x: number[]) => () => [tf.ones(carry), tf.ones(x)];
const pairCell = { inputs: () => [[tf.ones([2, 4]), tf.ones([2, 4])], tf.ones([2, 6])] };
const attention = {
  inputs: () => [tf.ones([2, 3, 6])],
  linenOptions: { normalizeQk: true, decode: true },
  nnxOptions: { normalizeQk: true, decode: true },
};

/** Inputs [2, 6] and no options where a layer is not listed. */
const examples: { readonly [layer: string]: Example } = {
  Einsum: { linenOptions: { einsumStr: 'ab,bc->ac' }, nnxOptions: { biasShape: [4] } },
  Embed: { inputs: () => [tf.tensor1d([1, 2], 'int32')] },
  Conv: { inputs: image },
  ConvTranspose: { inputs: image },
  ConvLocal: { inputs: image },
  BatchNorm: { linenOptions: { useRunningAverage: false } },
  GroupNorm: { linenOptions: { numGroups: 2 }, nnxOptions: { numGroups: 2 } },
  MultiHeadDotProductAttention: attention,
  MultiHeadAttention: attention,
  SelfAttention: attention,
  LSTMCell: pairCell,
  OptimizedLSTMCell: pairCell,
  GRUCell: { inputs: cellOf([2, 4], [2, 6]) },
  MGUCell: { inputs: cellOf([2, 4], [2, 6]) },
  SimpleCell: { inputs: cellOf([2, 4], [2, 6]) },
  ConvLSTMCell: { inputs: () => [[tf.ones([2, 5, 4, 4]), tf.ones([2, 5, 4, 4])], tf.ones([2, 5, 4, 6])] },
  RNN: { inputs: () => [tf.ones([2, 3, 6])] },
  Bidirectional: { inputs: () => [tf.ones([2, 3, 6])] },
  SpectralNorm: { inputs: () => [tf.ones([2, 6]), { updateStats: true }] },
  Dropout: { linenOptions: { deterministic: true } },
};

const modules = {
  linen: (parameter: string): unknown => {
    if (parameter === 'cell') return new nn.SimpleCell(4);
    if (parameter.endsWith('Rnn')) return new nn.RNN(new nn.SimpleCell(4));
    return parameter === 'layers' ? [new nn.Dense(4)] : new nn.Dense(4);
  },
  nnx: (parameter: string, rngs: nnx.Rngs): unknown => {
    if (parameter === 'cell') return new nnx.SimpleCell(6, 4, { rngs });
    if (parameter.endsWith('Rnn')) return new nnx.RNN(new nnx.SimpleCell(6, 4, { rngs }));
    return new nnx.Linear(6, 4, { rngs });
  },
};

function buildLinen(record: LayerRecord): nn.CallableModule {
  const Layer = (nn as unknown as { readonly [name: string]: Build })[record.linen]!;
  const positional = record.linenPositional.map(({ name }) => values[name] ?? modules.linen(name));
  return new Layer(...positional, examples[record.linen]?.linenOptions ?? {}) as nn.CallableModule;
}

function buildNnx(record: LayerRecord, rngs: nnx.Rngs): nnx.CallableModule {
  const Layer = (nnx as unknown as { readonly [name: string]: Build })[record.nnx!]!;
  const sizes = record.sizeArguments.filter(({ option }) => option === undefined).map(({ name }) => values[name]);
  const leading = (record.nnxLeading ?? []).map((name) => values[name]);
  const given = record.modules?.map(({ parameter }) => modules.nnx(parameter, rngs)) ?? [];
  const positional = record.nnxPositional.map((name) => values[name]);
  const all =
    record.linen === 'ConvLocal'
      ? [values['inSpace'], ...sizes, 4, [2, 2]]
      : [...leading, ...sizes, ...given, ...positional];
  const changed = record.options.filter(isChanged).map(({ nnx: name, linenDefault }) => [name, literal(linenDefault!)]);
  const options = { ...Object.fromEntries(changed), ...examples[record.linen]?.nnxOptions };
  const last = record.rngs === 'none' ? options : { ...options, rngs };
  return new Layer(...all, ...(record.linen === 'Sequential' ? [] : [last])) as nnx.CallableModule;
}

const isChanged = (option: OptionRecord) => option.linenDefault !== null && option.linenDefault !== option.nnxDefault;
/** Options that only our NNX has: Linen always does so. */
const isExtension = (option: OptionRecord) => ['candidateBias', 'inPlace'].includes(option.linen);
/** Options of which only a variable's value is left. */
const isInitial = (name: string) => ['candidateBias', 'negativeSlopeInit'].includes(name);
const literal = (text: string): unknown => JSON.parse(text.replace(/'/g, '"'));

/** Literal defaults can be compared as they are. */
function expectDefault(module: object, name: string, text: string | null, given: object | undefined): void {
  if (text === null || /[a-z]\(|^[a-z]+Fn|^(tanh|sigmoid|dotProductAttention)$/.test(text)) return;
  if (given !== undefined && Object.hasOwn(given, name)) return;
  const value = (module as { readonly [name: string]: unknown })[name];
  expect({ name, value }).toEqual({ name, value: text === '{ params: false }' ? { params: false } : literal(text) });
}

const inputsOf = ({ linen }: LayerRecord) => (examples[linen]?.inputs ?? (() => [tf.ones([2, 6])]))();

/** Paths of the variables that a record names, those of modules handed in left out. */
const pathsOf = (record: LayerRecord, style: 'linen' | 'nnx'): string[] =>
  record.variables
    .flatMap((each) =>
      style === 'nnx'
        ? [each.nnx.replaceAll('.', '/')]
        : (each.parts ?? [each.linen]).map((path) => `${each.collection}/${path}`),
    )
    .sort();

const convertible = layers.filter((record) => record.modules === undefined && record.variables.length > 0);

describe('each record of a layer is true of both styles', () => {
  beforeAll(() => tf.setBackend('cpu'));

  test('every layer has one', () => {
    const isLayer = (value: unknown) => typeof value === 'function' && value.prototype instanceof nn.Module;
    const classes = Object.entries(nn).filter(([name, value]) => isLayer(value) && name !== 'RNNCellBase');
    expect(classes.map(([name]) => name).sort()).toEqual(layers.map(({ linen }) => linen).sort());
  });

  test.each(layers.map((record) => [record.linen, record] as const))(
    '%s: options and variables in Linen',
    (_, record) => {
      modelSafe(() => {
        const module = buildLinen(record);
        const given = examples[record.linen]?.linenOptions;
        for (const option of record.options.filter((each) => !isExtension(each) && each.linen !== 'name')) {
          expect({ option: option.linen, known: Object.hasOwn(module, option.linen) }).toEqual({
            option: option.linen,
            known: true,
          });
          expectDefault(module, option.linen, option.linenDefault, given);
        }
        const keys = { params: jax.random.key(0), dropout: jax.random.key(1) };
        const variables = module.init(keys, [...inputsOf(record)] as never);
        if (record.modules !== undefined) return;
        expect([...leavesOf(variables).keys()].map((path) => path.slice(1)).sort()).toEqual(pathsOf(record, 'linen'));
      });
    },
  );

  test.each(layers.map((record) => [record.linen, record] as const))(
    '%s: options and variables in NNX',
    (_, record) => {
      modelSafe((own) => {
        const module = own(buildNnx(record, new nnx.Rngs(0)));
        const changed = new Set(record.options.filter(isChanged).map((each) => each.nnx));
        for (const { becomes, nnx: name, nnxDefault } of record.options) {
          if (becomes === 'dropped' || becomes === 'refused' || isInitial(name!)) continue;
          expect({ option: name, known: name! in module }).toEqual({ option: name, known: true });
          if (!changed.has(name)) expectDefault(module, name!, nnxDefault, examples[record.linen]?.nnxOptions);
        }
        if (record.linen.endsWith('Attention')) (module as nnx.MultiHeadAttention).initCache([2, 3, 6]);
        const call = module.call as unknown as Call;
        if (!record.linen.endsWith('Attention')) call.apply(module, [...inputsOf(record)]);
        if (record.modules !== undefined) return;
        const state = nnx.toPureDict(nnx.state(module, new nnx.Not(nnx.RngState)));
        expect([...leavesOf(state).keys()].map((path) => path.slice(1)).sort()).toEqual(pathsOf(record, 'nnx'));
      });
    },
  );

  test.each(convertible.map((record) => [record.linen, record] as const))(
    '%s: variables carried over by it give the same output',
    (_, record) => {
      modelSafe((own) => {
        const [linen, inNnx] = [buildLinen(record), own(buildNnx(record, new nnx.Rngs(1)))];
        const keys = { params: jax.random.key(0), dropout: jax.random.key(1) };
        const initial = linen.init(keys, [...inputsOf(record)] as never);
        let seed = 0;
        // Not what the initializers give, so that each variable has its say.
        const variables = jax.tree.map(
          (leaf: tf.Tensor) => tf.add(leaf, jax.random.uniform(jax.random.key(seed++), leaf.shape)),
          initial,
        );
        const leaves = leavesOf(variables) as Map<string, tf.Tensor>;
        if (record.linen.endsWith('Attention')) (inNnx as nnx.MultiHeadAttention).initCache([2, 3, 6]);
        for (const each of record.variables) {
          const parts = (each.parts ?? [each.linen]).map((path) => leaves.get(`/${each.collection}/${path}`)!);
          setVariable(inNnx, each.nnx, parts.length === 1 ? tf.clone(parts[0]!) : tf.concat(parts, -1));
        }
        if (record.linen.endsWith('Attention')) return;
        const options = { mutable: ['batch_stats'] };
        const [expected] = linen.apply(variables, [...inputsOf(record)] as never, options) as readonly unknown[];
        const actual = (inNnx.call as unknown as Call).apply(inNnx, [...inputsOf(record)]);
        const [a, b] = [expected, actual].map((output) => [...leavesOf(output).values()] as tf.Tensor[]);
        a!.forEach((tensor, i) => expect(tf.max(tf.abs(tf.sub(tensor, b![i]!))).dataSync()[0]).toBeLessThan(2e-6));
      });
    },
  );
});

function setVariable(module: object, path: string, value: tf.Tensor): void {
  const variable = path
    .split('.')
    .reduce<unknown>((at, name) => (at as { readonly [name: string]: unknown })[name], module);
  (variable as nnx.Variable).value = value;
}
