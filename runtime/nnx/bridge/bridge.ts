import type * as linen from '../../linen/module.js';
import type { Module } from '../module.js';
import type { NnxInLinen } from './to-linen.js';
import type { LinenInNnx } from './to-nnx.js';

export { toLinen } from './to-linen.js';
export { lazyInit, toNNX } from './to-nnx.js';
/** A Linen module as an NNX module. */
export type ToNNX<M extends linen.Module = linen.Module> = LinenInNnx<M>;
/** An NNX module as a Linen module. */
export type ToLinen<M = Module> = NnxInLinen<M>;
