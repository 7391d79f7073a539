/**
 * `linen2nnx/testing`: tools for the tests of a project that moves from Linen to NNX. Keys recorded while the old
 * version runs are given to the new one, and jest matchers compare tensors and trees.
 */
export { type KeyMapping, type RecordedKey, recordKeys, replayKeys } from './key-replay.js';
export { transplant } from './transplant.js';
export { type MatcherResult, matchers } from './matchers.js';
export { verifyUnits } from './verify-units.js';
export type { VerifyOptions, VerifyProgress, VerifyRequest } from './request.js';
