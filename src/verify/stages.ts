/** The battery's stages: their names, and which of them this version runs. */
import type { Stage } from '../ir/report.js';

export const stageNames: { readonly [stage in Stage]: string } = {
  0: 'provenance',
  1: 'structure',
  2: 'evaluation forward',
  3: 'training forward, same keys',
  4: 'state after the call',
  5: 'sown values and auxiliary losses',
  6: 'gradient of each parameter',
  7: 'optimizer steps',
  8: 'resume from a checkpoint',
  9: 'other methods',
  10: 'call sites as programs',
  11: 'across backends',
};

/** Stages that this version does not run. They are listed as skipped, and are no part of the verdict. */
export const stagesNotBuilt: { readonly [stage: number]: string } = {
  5: 'sown values are not compared by this version',
  8: 'checkpoints are not part of this version',
  11: 'each backend is checked on its own, not one against the other',
};

/** The catalogue's code for a difference that a stage finds. */
export const stageCodes: { readonly [stage: number]: string } = {
  0: 'L2N501',
  1: 'L2N502',
  2: 'L2N503',
  3: 'L2N504',
  4: 'L2N505',
  5: 'L2N506',
  6: 'L2N507',
  7: 'L2N508',
  8: 'L2N509',
  9: 'L2N510',
  10: 'L2N511',
};
