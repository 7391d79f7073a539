import type { LayerRecord } from '../record.js';
import { added, changed, dense, dtypeOptions, fused, name, parameter, refused, same } from './options.js';

const cell = {
  attribute: 'cell',
  linenPositional: [{ name: 'features', required: true }],
  sizeArguments: [{ name: 'inFeatures', argument: 1, axis: -1 }],
  nnxPositional: ['features'],
  rngs: 'required',
  mode: null,
  inputs: { least: 2, most: 2 },
  callOptions: [],
  methods: [],
  shape: { rule: 'cell', parameter: 'features' },
  streams: [],
} as const;

const weightOptions = [
  same('activationFn', 'tanh'),
  same('kernelInit', 'initializers.lecunNormal()'),
  same('recurrentKernelInit', 'initializers.orthogonal()'),
  same('carryInit', null),
  name,
];
const gatedOptions = [
  ...dtypeOptions,
  same('gateFn', 'sigmoid'),
  same('biasInit', 'initializers.zerosInit()'),
  ...weightOptions,
];

const sequence = {
  attribute: 'rnn',
  sizeArguments: [],
  nnxPositional: [],
  rngs: 'none',
  mode: null,
  methods: [],
  variables: [],
  streams: [],
} as const;
const sequenceCall = ['initialCarry', 'seqLengths', 'returnCarry', 'timeMajor', 'reverse', 'keepOrder'];

export const recurrentLayers: readonly LayerRecord[] = [
  {
    ...cell,
    linen: 'LSTMCell',
    nnx: 'LSTMCell',
    options: gatedOptions,
    variables: [
      ...dense('ii', { bias: false }),
      ...dense('if', { nnx: 'if_', bias: false }),
      ...dense('ig', { bias: false }),
      ...dense('io', { bias: false }),
      ...['hi', 'hf', 'hg', 'ho'].flatMap((each) => dense(each)),
    ],
  },
  {
    ...cell,
    linen: 'OptimizedLSTMCell',
    nnx: 'OptimizedLSTMCell',
    options: gatedOptions,
    variables: [
      fused(['ii', 'if', 'ig', 'io'], 'kernel', 'denseI'),
      fused(['hi', 'hf', 'hg', 'ho'], 'kernel', 'denseH'),
      fused(['hi', 'hf', 'hg', 'ho'], 'bias', 'denseH'),
    ],
  },
  {
    ...cell,
    linen: 'GRUCell',
    nnx: 'GRUCell',
    // Linen's cell always has the bias of the candidate; for NNX it is an extension.
    options: [...gatedOptions, added('candidateBias', 'true', 'false')],
    variables: [
      fused(['ir', 'iz', 'in'], 'kernel', 'denseI'),
      fused(['ir', 'iz', 'in'], 'bias', 'denseI'),
      fused(['hr', 'hz', 'hn'], 'kernel', 'denseH'),
      parameter('hn/bias', null, 'hnBias'),
    ],
  },
  {
    ...cell,
    linen: 'MGUCell',
    nnx: 'MGUCell',
    options: [
      ...dtypeOptions,
      same('gateFn', 'sigmoid'),
      same('forgetBiasInit', 'initializers.onesInit()'),
      same('activationBiasInit', 'initializers.zerosInit()'),
      same('resetGate', 'true'),
      ...weightOptions,
    ],
    variables: [
      ...dense('if', { nnx: 'if_' }),
      ...dense('in', { nnx: 'in_' }),
      ...dense('hf', { bias: false }),
      ...dense('hn', { unless: 'resetGate' }),
    ],
  },
  {
    ...cell,
    linen: 'SimpleCell',
    nnx: 'SimpleCell',
    options: [
      changed('dtype', 'null', "'float32'"),
      same('paramDtype', "'float32'"),
      same('biasInit', 'initializers.zerosInit()'),
      same('residual', 'false'),
      ...weightOptions,
    ],
    variables: [...dense('i', { nnx: 'denseI' }), ...dense('h', { nnx: 'denseH', bias: false })],
  },
  {
    ...cell,
    linen: 'ConvLSTMCell',
    nnx: 'ConvLSTMCell',
    linenPositional: [
      { name: 'features', required: true },
      { name: 'kernelSize', required: true },
    ],
    nnxPositional: ['features', 'kernelSize'],
    options: [
      ...dtypeOptions,
      same('strides', 'null'),
      same('padding', "'SAME'"),
      same('useBias', 'true'),
      same('carryInit', null),
      name,
    ],
    variables: [...dense('ih', { unless: 'useBias' }), ...dense('hh', { unless: 'useBias' })],
  },
  {
    ...sequence,
    linen: 'RNN',
    nnx: 'RNN',
    linenPositional: [{ name: 'cell', required: true }],
    options: [
      same('timeMajor', 'false'),
      same('returnCarry', 'false'),
      same('reverse', 'false'),
      same('keepOrder', 'false'),
      same('unroll', '1'),
      // NNX says the same by Variable types, not by collections.
      refused('variableAxes', '{}'),
      refused('variableBroadcast', "'params'"),
      refused('variableCarry', 'false'),
      refused('splitRngs', '{ params: false }'),
      name,
    ],
    callOptions: sequenceCall,
    shape: { rule: 'sequence', directions: 1 },
    modules: [{ parameter: 'cell', linen: 'cell', nnx: 'cell' }],
  },
  {
    ...sequence,
    linen: 'Bidirectional',
    nnx: 'Bidirectional',
    linenPositional: [
      { name: 'forwardRnn', required: true },
      { name: 'backwardRnn', required: true },
    ],
    options: [same('mergeFn', null), same('timeMajor', 'false'), same('returnCarry', 'false'), name],
    callOptions: ['initialCarry', 'seqLengths', 'returnCarry', 'timeMajor'],
    shape: { rule: 'sequence', directions: 2 },
    modules: [
      { parameter: 'forwardRnn', linen: 'forward_rnn', nnx: 'forwardRnn' },
      { parameter: 'backwardRnn', linen: 'backward_rnn', nnx: 'backwardRnn' },
    ],
  },
];
