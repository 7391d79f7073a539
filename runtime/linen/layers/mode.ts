import { mistake } from '../../functional/mistake.js';
import { whoIs } from '../module-state.js';
import type { Module } from '../module.js';

/** The mode flag, given in exactly one place: the constructor or the call. Flax `merge_param`. */
export function modeOf(
  layer: Module,
  option: string,
  [constructed, called]: readonly [boolean | null, boolean | null | undefined],
): boolean {
  const given = [constructed, called ?? null].filter((flag) => flag !== null);
  if (given.length === 1) return given[0]!;
  const neither = given.length === 0;
  throw mistake(
    whoIs(layer),
    `expected ${option} in the constructor or in the call, got it in ${neither ? 'neither' : 'both'}.`,
    neither ? `Pass it in the call: call(x, { ${option}: true }).` : 'Leave it out of one of them.',
  );
}
