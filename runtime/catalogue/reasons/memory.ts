import type { ReasonRecord } from '../record.js';

/** 7xx: memory. */
export const memoryReasons: readonly ReasonRecord[] = [];
