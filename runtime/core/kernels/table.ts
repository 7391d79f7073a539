import { convolutions } from './convolutions.js';
import { elementwise } from './elementwise.js';
import { images } from './images.js';
import { indexing } from './indexing.js';
import { layout } from './layout.js';
import { products } from './products.js';
import { collectives, random } from './impure.js';
import type { KernelRecord } from './record.js';
import { reductions } from './reductions.js';

const families = [elementwise, reductions, layout, indexing, products, convolutions, images, random, collectives];

/** What is known of each kernel, by its name. */
export const kernelTable: ReadonlyMap<string, KernelRecord> = new Map(
  families.flat().map((record) => [record.kernelName, record]),
);
