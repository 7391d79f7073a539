import type { LayerRecord, LayerVariable } from '../record.js';
import { changed, dense, dropped, dtypeOptions, name, parameter, refused, same, statistic } from './options.js';

const variables: readonly LayerVariable[] = [
  ...['query', 'key', 'value'].flatMap((each) => dense(each, { unless: 'useBias' })),
  { ...parameter('query_ln/scale', null, 'queryLn.scale'), unless: 'normalizeQk' },
  { ...parameter('key_ln/scale', null, 'keyLn.scale'), unless: 'normalizeQk' },
  ...dense('out', { unless: 'useBias' }),
  { ...statistic('cache', 'cached_key', 'cachedKey'), unless: 'decode' },
  { ...statistic('cache', 'cached_value', 'cachedValue'), unless: 'decode' },
  { ...statistic('cache', 'cache_index', 'cacheIndex'), unless: 'decode' },
];

const common = {
  nnx: 'MultiHeadAttention',
  attribute: 'attention',
  linenPositional: [{ name: 'numHeads', required: true }],
  nnxLeading: ['numHeads'],
  nnxPositional: [],
  rngs: 'required',
  options: [
    ...dtypeOptions,
    same('qkvFeatures', 'null'),
    same('outFeatures', 'null'),
    same('broadcastDropout', 'true'),
    same('dropoutRate', '0'),
    same('precision', 'null'),
    same('kernelInit', 'initializers.lecunNormal()'),
    same('outKernelInit', 'null'),
    same('biasInit', 'initializers.zerosInit()'),
    same('outBiasInit', 'null'),
    same('useBias', 'true'),
    // Each style hands other options to it.
    refused('attentionFn', 'dotProductAttention'),
    changed('decode', 'false', 'null'),
    same('normalizeQk', 'false'),
    dropped('forceFp32ForSoftmax'),
    same('qkvDotGeneral', 'null'),
    same('outDotGeneral', 'null'),
    same('qkvDotGeneralCls', 'null'),
    same('outDotGeneralCls', 'null'),
    refused('qkAttnWeightsEinsumCls', 'null'),
    refused('attnWeightsValueEinsumCls', 'null'),
    name,
  ],
  mode: { option: 'deterministic', callPosition: null, training: false, onlyWith: 'dropoutRate' },
  methods: [],
  shape: { rule: 'lastAxisOption', option: 'outFeatures' },
  variables,
  streams: ['dropout'],
} as const;

const widths = [
  { name: 'inFeatures', argument: 0, axis: -1 },
  { name: 'inKvFeatures', argument: 1, axis: -1, fallback: [0], option: 'inKvFeatures' },
] as const;

export const attentionLayers: readonly LayerRecord[] = [
  ...['MultiHeadDotProductAttention', 'MultiHeadAttention'].map((linen) => ({
    ...common,
    linen,
    sizeArguments: widths,
    inputs: { least: 1, most: 3 },
    callOptions: ['mask', 'sowWeights'],
  })),
  {
    ...common,
    linen: 'SelfAttention',
    sizeArguments: [{ name: 'inFeatures', argument: 0, axis: -1 }],
    callOptions: ['mask', 'sowWeights'],
  },
];
