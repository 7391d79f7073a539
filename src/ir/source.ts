/** One file as read: its lowered statements, its names, its comments, and how its bytes were laid out. */
import type { BindingId, Span, Statement } from './syntax.js';

/** Project-relative path with forward slashes; the identity of a file in every record. */
export type SourcePath = string;

/** A file as it lies on the disk. */
export interface SourceFile {
  readonly path: SourcePath;
  readonly bytes: Uint8Array;
}

export interface SourceModel {
  readonly path: SourcePath;
  /** Decoded text, BOM removed, line ends as in the file. All spans index it. */
  readonly text: string;
  /** Git blob hash of the bytes on disk. */
  readonly blob: string;
  readonly layout: SourceLayout;
  readonly body: readonly Statement[];
  readonly bindings: { readonly [id: BindingId]: Binding };
  readonly comments: readonly Comment[];
  /** Parse errors. A file with any is reported and left alone. */
  readonly errors: readonly { readonly span: Span; readonly message: string }[];
}

/** What must survive a write. */
export interface SourceLayout {
  readonly bom: boolean;
  readonly eol: '\n' | '\r\n';
  readonly mixedEol: boolean;
  readonly finalNewline: boolean;
  readonly shebang: string | null;
  readonly language: 'ts' | 'tsx' | 'mts' | 'cts' | 'js' | 'jsx' | 'mjs' | 'cjs';
}

export interface Comment {
  readonly span: Span;
  readonly form: 'line' | 'block';
  /** Without the comment marks. */
  readonly text: string;
}

/** A declared name and every place it is used. */
export interface Binding {
  readonly id: BindingId;
  readonly name: string;
  readonly path: SourcePath;
  readonly declared:
    'import' | 'const' | 'let' | 'var' | 'function' | 'class' | 'parameter' | 'catch' | 'type' | 'enum' | 'namespace';
  /** The declaring identifier. */
  readonly span: Span;
  /** Span of the innermost function, method or file that owns the scope. */
  readonly functionScope: Span;
  readonly exported: boolean;
  readonly import: ImportOrigin | null;
  /** Reads, as values or types, in text order; the declaration excluded. */
  readonly reads: readonly Span[];
  /** Assignments after the declaration, in text order. */
  readonly writes: readonly Span[];
}

export interface ImportOrigin {
  readonly specifier: string;
  /** Name there; `*` for the namespace, `default` for the default. */
  readonly imported: string;
  readonly typeOnly: boolean;
  /** The project file it resolves to; null for a package. */
  readonly source: SourcePath | null;
}
