import { elementwise } from './elementwise.js';
import { layout } from './layout.js';
import { products } from './products.js';
import type { KernelRecord } from './record.js';
import { reductions } from './reductions.js';

/** What is known of each kernel, by its name. */
export const kernelTable: ReadonlyMap<string, KernelRecord> = new Map(
  [...elementwise, ...reductions, ...layout, ...products].map((record) => [record.kernelName, record]),
);
