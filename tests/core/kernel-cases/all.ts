import type { KernelCase } from './case.js';
import { elementwise } from './elementwise.js';
import { images } from './images.js';
import { layout } from './layout.js';
import { products } from './products.js';
import { reductions } from './reductions.js';

/** Example inputs of every kernel that has a record. */
export const kernelCases: readonly KernelCase[] = [...elementwise, ...reductions, ...layout, ...products, ...images];
