import { inspect } from 'node:util';

/** The check cannot go on; not a difference. `code` is of the catalogue. */
export class Unverified extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** The new version threw where the old one had run. */
    readonly onlyNew = false,
  ) {
    super(message);
  }
}

/** What was thrown, in words, non-errors included. */
export function thrownText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : `threw ${inspect(thrown)}, which is not an Error`;
}

/** The code for something thrown while user code is loaded or run. */
export function thrownCode(thrown: unknown, otherwise: string): string {
  const code: unknown = Object(thrown).code;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' ? 'L2N525' : otherwise;
}
