import type { ReasonRecord } from '../record.js';

/** 2xx: hazards in NNX code. */
export const hazardReasons: readonly ReasonRecord[] = [];
