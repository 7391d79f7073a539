import type { LayerRecord, OptionRecord } from './record.js';

const same = (linen: string, initial: string | null): OptionRecord => ({
  linen,
  becomes: 'same',
  nnx: linen,
  linenDefault: initial,
  nnxDefault: initial,
});
const dropped = (linen: string): OptionRecord => ({
  linen,
  becomes: 'dropped',
  nnx: null,
  linenDefault: null,
  nnxDefault: null,
});
/** Consumed by the converter (names become attributes, modes follow `train()`). */
const name = dropped('name');

const linearOptions: readonly OptionRecord[] = [
  same('useBias', 'true'),
  same('dtype', 'null'),
  same('paramDtype', "'float32'"),
  same('precision', 'null'),
  same('kernelInit', 'initializers.lecunNormal()'),
  same('biasInit', 'initializers.zerosInit()'),
  name,
];
const normOptions: readonly OptionRecord[] = [
  same('dtype', 'null'),
  same('paramDtype', "'float32'"),
  same('useBias', 'true'),
  same('useScale', 'true'),
  same('biasInit', 'initializers.zerosInit()'),
  same('scaleInit', 'initializers.onesInit()'),
  same('useFastVariance', 'true'),
  name,
];

/** The layers, by Linen name. `reference` of every value: Flax 0.12. */
export const layers: readonly LayerRecord[] = [
  {
    linen: 'Dense',
    nnx: 'Linear',
    attribute: 'linear',
    linenPositional: [{ name: 'features', required: true }],
    sizeArguments: [{ name: 'inFeatures', argument: 0, axis: -1 }],
    nnxPositional: ['features'],
    rngs: 'required',
    options: linearOptions,
    mode: null,
    callOptions: [],
    methods: [],
    shape: { rule: 'lastAxis', parameter: 'features' },
    variables: [
      { collection: 'params', linen: 'kernel', nnx: 'kernel', unless: null, drawsKey: true },
      { collection: 'params', linen: 'bias', nnx: 'bias', unless: 'useBias', drawsKey: true },
    ],
    streams: [],
  },
  {
    linen: 'Embed',
    nnx: 'Embed',
    attribute: 'embed',
    linenPositional: [
      { name: 'numEmbeddings', required: true },
      { name: 'features', required: true },
    ],
    sizeArguments: [],
    nnxPositional: ['numEmbeddings', 'features'],
    rngs: 'required',
    options: [
      same('dtype', 'null'),
      same('paramDtype', "'float32'"),
      same('embeddingInit', "initializers.varianceScaling(1, 'fan_in', 'normal', { outAxis: 0 })"),
      name,
    ],
    mode: null,
    callOptions: [],
    methods: ['attend'],
    shape: { rule: 'append', parameter: 'features' },
    variables: [{ collection: 'params', linen: 'embedding', nnx: 'embedding', unless: null, drawsKey: true }],
    streams: [],
  },
  {
    linen: 'BatchNorm',
    nnx: 'BatchNorm',
    attribute: 'norm',
    linenPositional: [],
    sizeArguments: [{ name: 'numFeatures', argument: 0, axis: { option: 'axis', default: -1 } }],
    nnxPositional: [],
    rngs: 'required',
    options: [
      same('axis', '-1'),
      same('momentum', '0.99'),
      same('epsilon', '1e-5'),
      same('axisName', 'null'),
      dropped('forceFloat32Reductions'),
      ...normOptions,
    ],
    mode: { option: 'useRunningAverage', callPosition: null, training: false },
    callOptions: ['mask'],
    methods: [],
    shape: { rule: 'same' },
    variables: [
      { collection: 'params', linen: 'scale', nnx: 'scale', unless: 'useScale', drawsKey: true },
      { collection: 'params', linen: 'bias', nnx: 'bias', unless: 'useBias', drawsKey: true },
      { collection: 'batch_stats', linen: 'mean', nnx: 'mean', unless: null, drawsKey: false },
      { collection: 'batch_stats', linen: 'var', nnx: 'var', unless: null, drawsKey: false },
    ],
    streams: [],
  },
  {
    linen: 'LayerNorm',
    nnx: 'LayerNorm',
    attribute: 'norm',
    linenPositional: [],
    sizeArguments: [{ name: 'numFeatures', argument: 0, axis: -1 }],
    nnxPositional: [],
    rngs: 'required',
    options: [
      same('epsilon', '1e-6'),
      { linen: 'reductionAxes', becomes: 'refused', nnx: null, linenDefault: '-1', nnxDefault: '-1' },
      { linen: 'featureAxes', becomes: 'refused', nnx: null, linenDefault: '-1', nnxDefault: '-1' },
      ...normOptions,
    ],
    mode: null,
    callOptions: ['mask'],
    methods: [],
    shape: { rule: 'same' },
    variables: [
      { collection: 'params', linen: 'scale', nnx: 'scale', unless: 'useScale', drawsKey: true },
      { collection: 'params', linen: 'bias', nnx: 'bias', unless: 'useBias', drawsKey: true },
    ],
    streams: [],
  },
  {
    linen: 'Dropout',
    nnx: 'Dropout',
    attribute: 'dropout',
    linenPositional: [{ name: 'rate', required: true }],
    sizeArguments: [],
    nnxPositional: ['rate'],
    rngs: 'required',
    options: [same('broadcastDims', '[]'), same('rngCollection', "'dropout'"), name],
    mode: { option: 'deterministic', callPosition: null, training: false },
    callOptions: [],
    methods: [],
    shape: { rule: 'same' },
    variables: [],
    streams: ['dropout'],
  },
];

/** The record of a Linen layer. */
export function layerByLinenName(linenName: string): LayerRecord | undefined {
  return layers.find((record) => record.linen === linenName);
}
