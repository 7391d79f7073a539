import type * as tf from '@tensorflow/tfjs';
import { type KernelRecord, kernels } from './record.js';

/** Kernels that draw numbers from a generator of their own. */
export const random: readonly KernelRecord[] = kernels<'logits', tf.MultinomialAttrs>('Multinomial', {
  pure: false,
  shapes: ({ logits }, { numSamples }) => ({ shape: [logits.shape[0]!, numSamples], dtype: 'int32' }),
});
