import type { LayerRecord } from '../record.js';
import {
  added,
  dropped,
  dtypeOptions,
  name,
  normOptions,
  parameter,
  refused,
  same,
  scaleOptions,
  statistic,
} from './options.js';

const scaleAndBias = [parameter('scale', 'useScale'), parameter('bias', 'useBias')];
const common = {
  attribute: 'norm',
  linenPositional: [],
  sizeArguments: [{ name: 'numFeatures', argument: 0, axis: -1 }],
  nnxPositional: [],
  rngs: 'required',
  mode: null,
  callOptions: ['mask'],
  methods: [],
  shape: { rule: 'same' },
  streams: [],
} as const;
/** NNX has one axis of features; where Linen has several, its parameters have another shape. */
const axes = [refused('reductionAxes', '-1'), refused('featureAxes', '-1')];

const wrapper = {
  attribute: 'norm',
  linenPositional: [{ name: 'layerInstance', required: true }],
  sizeArguments: [],
  nnxPositional: [],
  rngs: 'required',
  mode: null,
  methods: [],
  shape: { rule: 'wrapped' },
  streams: [],
  variables: [],
  modules: [{ parameter: 'layerInstance', linen: 'layer_instance', nnx: 'layerInstance' }],
} as const;

export const normLayers: readonly LayerRecord[] = [
  {
    ...common,
    linen: 'BatchNorm',
    nnx: 'BatchNorm',
    sizeArguments: [{ name: 'numFeatures', argument: 0, axis: { option: 'axis', default: -1 } }],
    options: [same('axis', '-1'), same('momentum', '0.99'), same('epsilon', '1e-5'), ...normOptions],
    mode: { option: 'useRunningAverage', callPosition: null, training: false },
    variables: [...scaleAndBias, statistic('batch_stats', 'mean'), statistic('batch_stats', 'var')],
  },
  {
    ...common,
    linen: 'LayerNorm',
    nnx: 'LayerNorm',
    options: [same('epsilon', '1e-6'), ...axes, ...normOptions],
    variables: scaleAndBias,
  },
  {
    ...common,
    linen: 'RMSNorm',
    nnx: 'RMSNorm',
    options: [same('epsilon', '1e-6'), ...axes, ...scaleOptions],
    variables: [parameter('scale', 'useScale')],
  },
  {
    ...common,
    linen: 'GroupNorm',
    nnx: 'GroupNorm',
    options: [
      same('numGroups', '32'),
      same('groupSize', 'null'),
      same('epsilon', '1e-6'),
      same('reductionAxes', 'null'),
      ...normOptions,
    ],
    variables: scaleAndBias,
  },
  {
    ...common,
    linen: 'InstanceNorm',
    nnx: 'InstanceNorm',
    options: [same('epsilon', '1e-6'), refused('featureAxes', '-1'), ...normOptions],
    variables: scaleAndBias,
  },
  {
    ...wrapper,
    linen: 'WeightNorm',
    nnx: 'WeightNorm',
    callOptions: [],
    options: [
      ...dtypeOptions,
      same('epsilon', '1e-12'),
      same('useScale', 'true'),
      same('scaleInit', 'initializers.onesInit()'),
      same('featureAxes', '-1'),
      // Linen: parts of paths. NNX: a filter.
      refused('variableFilter', "['kernel']"),
      // Linen leaves the layer's own weights alone.
      added('inPlace', 'false', 'true'),
      name,
    ],
  },
  {
    ...wrapper,
    linen: 'SpectralNorm',
    nnx: 'SpectralNorm',
    callOptions: ['updateStats'],
    options: [
      ...dtypeOptions,
      same('nSteps', '1'),
      same('epsilon', '1e-12'),
      same('errorOnNonMatrix', 'false'),
      dropped('collectionName'),
      added('inPlace', 'false', 'true'),
      name,
    ],
  },
];
