/** Statements that name other files. */
import type { BindingId, Span } from './type-syntax.js';

interface Node<Kind extends string> {
  readonly kind: Kind;
  readonly span: Span;
}

export interface ImportDeclaration extends Node<'Import'> {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly names: readonly ImportedName[];
}
export interface ImportedName {
  readonly span: Span;
  /** Name in the other module; `*` for the namespace, `default` for the default. */
  readonly imported: string;
  readonly local: string;
  readonly binding: BindingId;
  readonly typeOnly: boolean;
}
export interface ExportNames extends Node<'ExportNames'> {
  /** Null for names of this file. */
  readonly specifier: string | null;
  readonly typeOnly: boolean;
  readonly names: readonly {
    readonly span: Span;
    readonly local: string;
    readonly exported: string;
    readonly binding: BindingId | null;
  }[];
}
/** `export * from '…'`, `export * as name from '…'`. */
export interface ExportAll extends Node<'ExportAll'> {
  readonly specifier: string;
  readonly as: string | null;
  readonly typeOnly: boolean;
}
