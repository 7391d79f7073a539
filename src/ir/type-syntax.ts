/** Types as written, names and places. */

/** UTF-16 offsets into the file's text as read (BOM excluded), `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A declared name within one file: `<path>@<offset of the declaring identifier>`. Unique in a project. */
export type BindingId = string;

/** A type as written, with the names it mentions, and as much of its form as analysis asks for. */
export interface TypeNode {
  readonly span: Span;
  readonly text: string;
  readonly form: TypeForm;
  /** Every identifier in the type that refers to a declaration, leftmost part of dotted names. */
  readonly references: readonly TypeReference[];
}
export interface TypeReference {
  readonly name: string;
  readonly span: Span;
  readonly binding: BindingId | null;
}
export type TypeForm =
  | {
      readonly form: 'reference';
      readonly name: string;
      readonly binding: BindingId | null;
      readonly args: readonly TypeNode[];
    }
  | { readonly form: 'array'; readonly element: TypeNode }
  | { readonly form: 'tuple'; readonly elements: readonly TypeNode[] }
  | { readonly form: 'object'; readonly members: readonly TypeMember[] }
  | { readonly form: 'union' | 'intersection'; readonly members: readonly TypeNode[] }
  | { readonly form: 'function' }
  | { readonly form: 'literal'; readonly value: string | number | boolean | null }
  | { readonly form: 'keyword'; readonly name: string }
  | { readonly form: 'other' };
export interface TypeMember {
  readonly name: string;
  readonly optional: boolean;
  readonly type: TypeNode | null;
  readonly span: Span;
}
/** `interface`, `type`, `enum`, `namespace`, `declare module`. */
export interface TypeDeclaration {
  readonly kind: 'TypeDeclaration';
  readonly span: Span;
  readonly declaration: 'interface' | 'type' | 'enum' | 'namespace';
  readonly name: string;
  readonly binding: BindingId | null;
  readonly exported: boolean;
  /** The aliased type, or an interface's members as an object type. */
  readonly type: TypeNode | null;
  /** What an interface extends. */
  readonly heritage: readonly TypeNode[];
  /** Every name mentioned inside. */
  readonly references: readonly TypeReference[];
}
