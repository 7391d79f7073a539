import type { LayerRecord } from '../record.js';
import { matmulOptions, parameter, same } from './options.js';

const common = {
  attribute: 'conv',
  linenPositional: [
    { name: 'features', required: true },
    { name: 'kernelSize', required: true },
  ],
  sizeArguments: [{ name: 'inFeatures', argument: 0, axis: -1 }],
  nnxPositional: ['features', 'kernelSize'],
  rngs: 'required',
  mode: null,
  callOptions: [],
  methods: [],
  variables: [parameter('kernel'), parameter('bias', 'useBias')],
  streams: [],
} as const;

const windowOptions = [
  ...matmulOptions,
  same('padding', "'SAME'"),
  same('mask', 'null'),
  same('preferredElementType', 'null'),
];
const convOptions = [
  ...windowOptions,
  same('strides', '1'),
  same('inputDilation', '1'),
  same('kernelDilation', '1'),
  same('featureGroupCount', '1'),
];

export const convolutionLayers: readonly LayerRecord[] = [
  {
    ...common,
    linen: 'Conv',
    nnx: 'Conv',
    options: convOptions,
    shape: { rule: 'window', parameter: 'features', kernel: 'kernelSize', transpose: false },
  },
  {
    ...common,
    linen: 'ConvTranspose',
    nnx: 'ConvTranspose',
    options: [
      ...windowOptions,
      same('strides', 'null'),
      same('kernelDilation', 'null'),
      same('transposeKernel', 'false'),
    ],
    shape: { rule: 'window', parameter: 'features', kernel: 'kernelSize', transpose: true },
  },
  {
    ...common,
    linen: 'ConvLocal',
    nnx: 'ConvLocal',
    // Its weights belong to positions: the whole space of the input comes first, which no rule of sizes gives.
    nnxPositional: ['inSpace', 'features', 'kernelSize'],
    options: convOptions.filter(({ linen }) => linen !== 'featureGroupCount'),
    shape: { rule: 'window', parameter: 'features', kernel: 'kernelSize', transpose: false },
  },
];
