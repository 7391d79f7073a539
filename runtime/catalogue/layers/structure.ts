import type { LayerRecord } from '../record.js';
import { name, same } from './options.js';

/** Layers without weights of their own. */
export const structureLayers: readonly LayerRecord[] = [
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
  {
    linen: 'Sequential',
    nnx: 'Sequential',
    attribute: 'sequential',
    linenPositional: [{ name: 'layers', required: true }],
    sizeArguments: [],
    // An array becomes arguments.
    nnxPositional: [],
    rngs: 'none',
    options: [name],
    mode: null,
    callOptions: [],
    methods: [],
    shape: { rule: 'fold' },
    variables: [],
    streams: [],
    modules: [{ parameter: 'layers', linen: 'layers_{i}', nnx: 'layers[{i}]' }],
  },
];
