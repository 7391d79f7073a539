import { beforeAll, describe, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { recordingOf, type Cases, type Recording } from './parity/case.js';
import { attentionCases } from './parity/attention-cases.js';
import { convCases } from './parity/conv-cases.js';
import { outsideTable } from './parity/errors.js';
import { linearCases } from './parity/linear-cases.js';
import { normCases } from './parity/norm-cases.js';
import { recurrentCases } from './parity/recurrent-cases.js';
import { linenModels } from './parity/linen-models.js';
import { nnxModels } from './parity/nnx-models.js';
import { structureCases } from './parity/structure-cases.js';
import { runLinen, runNnx } from './parity/run-case.js';
import { decodeLayer, decodeModel, type RecordedSteps } from './parity/run-decoding.js';
import { languageModels, type RecordedExample, runLanguageModel, runVae } from './parity/run-examples.js';
import { type RecordedModel, trainLinen, trainNnx } from './parity/run-model.js';
import { compareWithPage } from './parity/table.js';

const families: readonly (readonly [family: string, cases: Cases])[] = [
  ['linear', linearCases],
  ['structure', structureCases],
  ['conv', convCases],
  ['norm', normCases],
  ['attention', attentionCases],
  ['recurrent', recurrentCases],
];

describe.each(families)('%s layers against Flax', (family, cases) => {
  beforeAll(() => tf.setBackend('cpu'));

  const recording = recordingOf<Recording>(`layers-${family}.json`);
  const names = Object.entries(recording)
    .filter(([layer]) => layer in cases)
    .flatMap(([layer, all]) => Object.keys(all).map((each) => [layer, each]));
  test.each(names as [string, string][])('%s: %s', (layer, configuration) => {
    const [each, recorded] = [cases[layer]![configuration]!, recording[layer]![configuration]!];
    if (recorded.linen !== undefined) runLinen(layer, each, recorded);
    if (recorded.nnx !== undefined) runNnx(layer, each, recorded);
  });
});

describe('whole models against Flax', () => {
  beforeAll(() => tf.setBackend('cpu'));

  const recording = recordingOf<{ readonly [model: string]: RecordedModel & RecordedSteps }>('models.json');

  test.each(Object.keys(linenModels))('%s: initialises, trains', (name) => {
    trainLinen(name, linenModels[name]!(), recording[name]!);
    trainNnx(name, nnxModels[name]!, recording[name]!);
  });

  test('attention and a transformer decode with a cache', () => {
    const layers = recordingOf<{ readonly decoding: { readonly steps: RecordedSteps } }>('layers-attention.json');
    decodeLayer(layers.decoding.steps);
    decodeModel(recording['transformer, decoding']!);
  });
});

describe('example programs against Flax', () => {
  beforeAll(() => tf.setBackend('cpu'));

  const recording = recordingOf<{ readonly [program: string]: RecordedExample }>('examples.json');
  test('vae', () => runVae(recording['vae']!));
  test.each(Object.keys(languageModels))('%s', (program) => runLanguageModel(program, recording[program]!));
});

describe('on wasm', () => {
  beforeAll(() => tf.setBackend('wasm'));

  test.each([
    ['linear', 'DenseGeneral', 'batch axis'],
    ['conv', 'Conv', '3-D strided'],
    ['conv', 'ConvTranspose', 'circular, transposed'],
    ['conv', 'ConvLocal', '2-D strided'],
    ['norm', 'SpectralNorm', 'update'],
    ['attention', 'MultiHeadAttention', 'normalised'],
    ['attention', 'MultiHeadAttention', 'dropout of each head'],
    ['recurrent', 'RNN', 'lengths, reversed, order kept'],
  ] as const)('%s: %s, %s', (family, layer, configuration) => {
    const each = new Map(families).get(family)![layer]![configuration]!;
    const recorded = recordingOf<Recording>(`layers-${family}.json`)[layer]![configuration]!;
    outsideTable(() => {
      runLinen(layer, each, recorded);
      if (recorded.nnx !== undefined) runNnx(layer, each, recorded);
    });
  });
});

test('the errors are those of docs/parity.md', () => compareWithPage());
