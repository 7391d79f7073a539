import type { CollectionRecord } from './record.js';

/** Linen collections and their Variable classes; any other collection gets a subclass of its own. */
export const collections: readonly CollectionRecord[] = [
  { collection: 'params', variable: 'Param', trainable: true, made: 'constructor' },
  { collection: 'batch_stats', variable: 'BatchStat', trainable: false, made: 'constructor' },
  { collection: 'cache', variable: 'Cache', trainable: false, made: 'initCache' },
  { collection: 'intermediates', variable: 'Intermediate', trainable: false, made: 'constructor' },
  { collection: 'perturbations', variable: 'Perturbation', trainable: false, made: 'constructor' },
];
