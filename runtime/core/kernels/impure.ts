import type * as tf from '@tensorflow/tfjs';
import { type KernelRecord, kernels } from './record.js';

/** Kernels that draw numbers from a generator of their own. */
export const random: readonly KernelRecord[] = kernels<'logits', tf.MultinomialAttrs>('Multinomial', {
  pure: false,
  shapes: ({ logits }, { numSamples }) => ({ shape: [logits.shape[0]!, numSamples], dtype: 'int32' }),
});

/** Kernels by which the examples of a `vmap` see one another: they run at its level only. */
export const collectives: readonly KernelRecord[] = [
  ...kernels<'x'>('Collective', { pure: false, shapes: ({ x }) => x }),
  ...kernels<never>('AxisIndex', { pure: false, shapes: () => ({ shape: [], dtype: 'int32' }) }),
];
