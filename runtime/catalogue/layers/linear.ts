import type { LayerRecord } from '../record.js';
import { matmulOptions, name, parameter, refused, same } from './options.js';

const kernelAndBias = [parameter('kernel'), parameter('bias', 'useBias')];
const plain = { mode: null, callOptions: [], methods: [], streams: [], rngs: 'required' } as const;

export const linearLayers: readonly LayerRecord[] = [
  {
    ...plain,
    linen: 'Dense',
    nnx: 'Linear',
    attribute: 'linear',
    linenPositional: [{ name: 'features', required: true }],
    sizeArguments: [{ name: 'inFeatures', argument: 0, axis: -1 }],
    nnxPositional: ['features'],
    options: [...matmulOptions, same('dotGeneral', 'null'), refused('dotGeneralCls', 'null')],
    shape: { rule: 'lastAxis', parameter: 'features' },
    variables: kernelAndBias,
  },
  {
    ...plain,
    linen: 'DenseGeneral',
    nnx: 'LinearGeneral',
    attribute: 'linear',
    linenPositional: [{ name: 'features', required: true }],
    sizeArguments: [{ name: 'inFeatures', argument: 0, axis: { option: 'axis', default: -1 } }],
    nnxPositional: ['features'],
    options: [
      ...matmulOptions,
      same('axis', '-1'),
      // NNX wants their sizes beside them.
      refused('batchDims', '[]'),
      same('dotGeneral', 'null'),
      same('dotGeneralCls', 'null'),
    ],
    shape: { rule: 'general', parameter: 'features' },
    variables: kernelAndBias,
  },
  {
    ...plain,
    linen: 'Einsum',
    nnx: 'Einsum',
    attribute: 'einsum',
    linenPositional: [{ name: 'shape', required: true }],
    sizeArguments: [],
    // The equation comes first, and the bias has a shape in place of a switch.
    nnxPositional: ['einsumStr', 'shape'],
    options: [
      ...matmulOptions.filter((each) => each.linen !== 'useBias'),
      refused('useBias', 'true'),
      refused('einsumStr', 'null'),
      same('preferredElementType', 'null'),
    ],
    callOptions: ['einsumStr'],
    shape: { rule: 'einsum' },
    variables: kernelAndBias,
  },
  {
    ...plain,
    linen: 'Embed',
    nnx: 'Embed',
    attribute: 'embed',
    linenPositional: [
      { name: 'numEmbeddings', required: true },
      { name: 'features', required: true },
    ],
    sizeArguments: [],
    nnxPositional: ['numEmbeddings', 'features'],
    options: [
      // NNX takes the dtype of the table, which is the joint dtype of the computation.
      same('dtype', null),
      same('paramDtype', "'float32'"),
      same('embeddingInit', "initializers.varianceScaling(1, 'fan_in', 'normal', { outAxis: 0 })"),
      same('promoteDtype', null),
      name,
    ],
    methods: ['attend'],
    shape: { rule: 'append', parameter: 'features' },
    variables: [parameter('embedding')],
  },
  {
    ...plain,
    linen: 'PReLU',
    nnx: 'PReLU',
    attribute: 'prelu',
    linenPositional: [],
    sizeArguments: [],
    nnxPositional: [],
    rngs: 'none',
    options: [same('paramDtype', "'float32'"), same('negativeSlopeInit', '0.01'), name],
    shape: { rule: 'same' },
    variables: [parameter('negative_slope', null, 'negativeSlope')],
  },
];
