import type { ReasonRecord } from '../record.js';

/** 5xx: what verification found. */
export const verificationReasons: readonly ReasonRecord[] = [];
