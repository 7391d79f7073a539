import type { CollectionRecord } from './record.js';

/** Linen collections and their Variable classes; any other collection gets a subclass of its own. */
export const collections: readonly CollectionRecord[] = [
  { collection: 'params', variable: 'Param', trainable: true },
  { collection: 'batch_stats', variable: 'BatchStat', trainable: false },
  { collection: 'cache', variable: 'Cache', trainable: false },
  { collection: 'intermediates', variable: 'Intermediate', trainable: false },
  { collection: 'perturbations', variable: 'Perturbation', trainable: false },
];
