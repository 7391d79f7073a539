import type { ReasonRecord } from '../record.js';

/** 3xx: input sizes that could not be found or proved. */
export const sizeReasons: readonly ReasonRecord[] = [];
