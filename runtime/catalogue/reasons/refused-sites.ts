import type { ReasonRecord } from '../record.js';

/** 450–499: call sites that are left as they are. */
export const siteRefusals: readonly ReasonRecord[] = [];
