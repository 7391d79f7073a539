import type { Binary, Conditional, For, ForEach, If } from '../../ir/syntax.js';

/** A branch or loop around a part of a method. */
export type Structure =
  /** `arm` 0 where the test holds, 1 where it does not. */
  | { readonly structure: 'branch'; readonly node: If | Conditional | Binary; readonly arm: 0 | 1 }
  | { readonly structure: 'loop'; readonly node: For | ForEach };
export type Branch = Extract<Structure, { structure: 'branch' }>;
export type Loop = Extract<Structure, { structure: 'loop' }>;

/** The parts of a list that one loop fills, and what is appended behind it. */
export interface ListPlace {
  /** The loop that fills it. */
  readonly loop: Loop['node'];
  /** For a part behind the loop: its position from the end, -1 the last; null for the loop's own part. */
  readonly fromEnd: number | null;
}
