import type { Case, ClassJob } from '../job.js';
import type { Context } from './context.js';
import type { LinenInstance, NnxModel } from './pair.js';

/** Both versions, and how to call them. */
export interface Pair {
  readonly context: Context;
  readonly job: ClassJob;
  readonly sample: Case;
  readonly linen: LinenInstance;
  /** Filled with the old classes that ran. */
  readonly ran: Set<unknown>;
  /** A new NNX model as constructed, for its structure. */
  readonly bare: () => NnxModel;
  /** A new NNX model with the old one's weights. */
  readonly fresh: () => NnxModel;
}
