/** What a Linen model was really fed, recorded while it ran. Plain data: the recorder lives in `src/verify`. */
import type { ClassId, SiteId } from './project.js';

/** One run that came to its end; runs that threw are dropped before. */
export interface TraceRun {
  /** The sizes it ran at: `sample`, `axis 1 of argument 0 doubled`. */
  readonly label: string;
  /** In order of entry. */
  readonly calls: readonly TracedCall[];
}
export type TracedCall = TracedModule | TracedLayer;

/** A method of a class of the project was entered from outside the instance. */
export interface TracedModule {
  readonly traced: 'module';
  readonly class: ClassId;
  /** Where the instance was built; null for one built outside the project's text. */
  readonly site: SiteId | null;
  /** Index of the innermost module call it ran in; null at the top. */
  readonly within: number | null;
  readonly method: string;
  /** Constructor arguments, by position. */
  readonly built: readonly TracedValue[];
  readonly args: readonly TracedValue[];
}
/** A layer was called. */
export interface TracedLayer {
  readonly traced: 'layer';
  readonly site: SiteId;
  readonly within: number | null;
  /** The size it was fed for each of the record's `sizeArguments`; null where no one number says it. */
  readonly fed: readonly (number | null)[];
}
export type TracedValue =
  | number
  | string
  | boolean
  | null
  | { readonly tensor: readonly number[] }
  | { readonly list: readonly TracedValue[] }
  | { readonly record: { readonly [key: string]: TracedValue } }
  /** A module, a function, anything else. */
  | { readonly other: string };
