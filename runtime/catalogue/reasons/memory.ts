import type { ReasonRecord } from '../record.js';

/** 7xx: memory. */
export const memoryReasons: readonly ReasonRecord[] = [
  {
    code: 'L2N701',
    name: 'program-leaks',
    severity: 'error',
    what: '{subject} keeps {count} tensors more after each call.',
    why: 'The old version kept none. In a training loop the memory would run full.',
    fix: 'Look for a value that is held after the call: an old `.value`, a metric, a closure.',
    before: null,
    after: null,
  },
];
