/** The battery's stages: their names, order and codes. */
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

/** Stages of a class, in order; a program has stage 10. */
export const classStages: readonly Stage[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11];

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
  11: 'L2N515',
};
