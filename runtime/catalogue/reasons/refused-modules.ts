import type { ReasonRecord } from '../record.js';

/** 400–449: module classes that are left as they are. */
export const moduleRefusals: readonly ReasonRecord[] = [];
