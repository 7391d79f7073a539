/** A fact about user code, told with the catalogue's words. Never thrown. */
import type { SourcePath } from './source.js';
import type { Span } from './syntax.js';

export interface Diagnostic {
  /** `L2Nnnn`; its words are in `runtime/catalogue/reasons`. */
  readonly code: string;
  readonly path: SourcePath;
  readonly span: Span;
  /** Values for the `{name}` places in the catalogue's text. */
  readonly data: { readonly [name: string]: string };
}
