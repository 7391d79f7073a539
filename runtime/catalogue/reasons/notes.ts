import type { ReasonRecord } from '../record.js';

/** 6xx: what a person should know about a conversion. */
export const noteReasons: readonly ReasonRecord[] = [];
