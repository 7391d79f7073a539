/** Collecting why something cannot be converted. */
import type { Diagnostic } from '../ir/diagnostic.js';
import type { SourcePath } from '../ir/source.js';
import type { Span } from '../ir/syntax.js';

/** Gathers diagnostics of one subject; `sound` while there are none. */
export interface Refusals {
  readonly found: Diagnostic[];
  add(code: string, span: Span, data: { readonly [name: string]: string }): void;
}

/** An empty collection; `base` data is part of every diagnostic. */
export function collectRefusals(path: SourcePath, base: { readonly [name: string]: string }): Refusals {
  const found: Diagnostic[] = [];
  return {
    found,
    add: (code, { start, end }, data) => {
      if (found.some((each) => each.code === code && each.span.start === start)) return;
      found.push({ code, path, span: { start, end }, data: { ...base, ...data } });
    },
  };
}
