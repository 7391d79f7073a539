import type { ReasonRecord } from '../record.js';

/** 1xx: patterns of the Linen style. */
export const legacyReasons: readonly ReasonRecord[] = [];
