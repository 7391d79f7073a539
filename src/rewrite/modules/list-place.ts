import type { For, ForEach } from '../../ir/syntax.js';

/** The parts of a list that one loop fills, and what is appended behind it. */
export interface ListPlace {
  /** The loop that fills it. */
  readonly loop: For | ForEach;
  /** For a part behind the loop: its position from the end, -1 the last; null for the loop's own part. */
  readonly fromEnd: number | null;
}
