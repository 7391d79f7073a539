import type { FunctionRecord } from './record.js';

const logits = { wants: 'logits' } as const;
const classes = { wants: 'classes', of: 0 } as const;
const like = { wants: 'like', of: 0 } as const;

const optax = (name: string, second: FunctionRecord['arguments'][number]): FunctionRecord => ({
  module: 'linen2nnx/optax',
  name,
  arguments: [logits, second],
});

/** Functions whose arguments tell what kind of tensor they want. */
export const functions: readonly FunctionRecord[] = [
  optax('softmaxCrossEntropyWithIntegerLabels', classes),
  optax('softmaxCrossEntropy', like),
  optax('sigmoidBinaryCrossEntropy', like),
  optax('l2Loss', like),
  optax('squaredError', like),
  optax('huberLoss', like),
];
