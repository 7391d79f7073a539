/** Which declaration a name means: lexical scopes of one file, filled while reading and settled at its end. */
import { dictionary } from '../ir/dictionary.js';
import type { Binding, ImportOrigin, SourcePath } from '../ir/source.js';
import type { BindingId, Span } from '../ir/syntax.js';

export type Declared = Binding['declared'];

/** The names of one file while it is read. */
export interface Names {
  readonly path: SourcePath;
  scope: Scope;
  readonly bindings: Map<BindingId, Draft>;
  readonly uses: Use[];
}
export interface Scope {
  readonly parent: Scope | null;
  /** Where a `var` lands. */
  readonly holdsVar: boolean;
  /** The parameters of the function whose body this is. */
  readonly parameters: Scope | null;
  readonly functionSpan: Span;
  /** Made with the first name: most scopes have none. */
  values: Map<string, Draft> | null;
  types: Map<string, Draft> | null;
}
export interface Draft {
  readonly id: BindingId;
  readonly name: string;
  readonly path: SourcePath;
  readonly declared: Declared;
  readonly span: Span;
  readonly functionScope: Span;
  exported: boolean;
  readonly import: ImportOrigin | null;
  readonly reads: Span[];
  readonly writes: Span[];
}
/** A mention of a name; `targets` are the nodes that want to know its declaration. */
export interface Use {
  readonly name: string;
  readonly span: Span;
  readonly scope: Scope;
  readonly as: 'value' | 'type' | 'either';
  readonly read: boolean;
  readonly write: boolean;
  /** Named in an `export { … }`. */
  readonly exports: boolean;
  readonly targets: { binding: BindingId | null }[];
}

export function startNames(path: SourcePath, file: Span): Names {
  return { path, scope: makeScope(null, file, true, null), bindings: new Map(), uses: [] };
}

/** Runs `read` inside a block scope. */
export function inScope<T>(names: Names, read: () => T): T {
  return within(names, makeScope(names.scope, names.scope.functionSpan, false, null), read);
}

/** Runs `read` inside the scope of a function's parameters. */
export function inFunction<T>(names: Names, span: Span, read: () => T): T {
  return within(names, makeScope(names.scope, span, true, null), read);
}

/** Runs `read` inside the scope of a function's body; call it within `inFunction`. */
export function inBody<T>(names: Names, read: () => T): T {
  return within(names, makeScope(names.scope, names.scope.functionSpan, true, names.scope), read);
}

function within<T>(names: Names, scope: Scope, read: () => T): T {
  const outer = names.scope;
  names.scope = scope;
  try {
    return read();
  } finally {
    names.scope = outer;
  }
}

function makeScope(parent: Scope | null, functionSpan: Span, holdsVar: boolean, parameters: Scope | null): Scope {
  return { parent, holdsVar, parameters, functionSpan, values: null, types: null };
}

/** What declares a name, besides the name and its place. */
export interface Declaration {
  readonly declared: Declared;
  readonly exported?: boolean;
  readonly import?: ImportOrigin;
  /** A repeated `var` with a value assigns to the first. */
  readonly assigns?: boolean;
}

/** Declares a name in the scope it belongs to; a second declaration of the same thing gives the first one's id. */
export function declare(names: Names, name: string, span: Span, how: Declaration): BindingId {
  const scope = how.declared === 'var' ? varScope(names.scope) : names.scope;
  const spaces = spacesOf(how.declared);
  const earlier = findEarlier(scope, name, how.declared, spaces);
  if (earlier !== null) {
    if (how.exported === true) earlier.exported = true;
    if (how.assigns === true) earlier.writes.push(span);
    if (spaces.types && scope.types?.has(name) !== true) (scope.types ??= new Map()).set(name, earlier);
    return earlier.id;
  }
  const draft = makeDraft(names, name, span, { how, scope });
  names.bindings.set(draft.id, draft);
  if (spaces.values) (scope.values ??= new Map()).set(name, draft);
  if (spaces.types && (how.declared !== 'type' || scope.types?.has(name) !== true)) {
    (scope.types ??= new Map()).set(name, draft);
  }
  return draft.id;
}

function makeDraft(names: Names, name: string, span: Span, where: { how: Declaration; scope: Scope }): Draft {
  const { how, scope } = where;
  return {
    id: `${names.path}@${span.start}`,
    name,
    path: names.path,
    declared: how.declared,
    span,
    functionScope: scope.functionSpan,
    exported: how.exported === true,
    import: how.import ?? null,
    reads: [],
    writes: [],
  };
}

function spacesOf(declared: Declared): { values: boolean; types: boolean } {
  switch (declared) {
    case 'type':
      return { values: false, types: true };
    case 'import':
    case 'class':
    case 'enum':
    case 'namespace':
      return { values: true, types: true };
    default:
      return { values: true, types: false };
  }
}

function findEarlier(scope: Scope, name: string, declared: Declared, spaces: { values: boolean }): Draft | null {
  if (spaces.values) {
    const here = scope.values?.get(name);
    if (here !== undefined) return here;
    return declared === 'var' ? (scope.parameters?.values?.get(name) ?? null) : null;
  }
  return scope.types?.get(name) ?? null;
}

function varScope(scope: Scope): Scope {
  let each = scope;
  while (!each.holdsVar && each.parent !== null) each = each.parent;
  return each;
}

/** Notes a mention of a name; its node learns the declaration when the file is settled. */
export function use(
  names: Names,
  node: { readonly name: string; readonly span: Span; binding: BindingId | null },
  how: Partial<Pick<Use, 'as' | 'read' | 'write' | 'exports'>> = {},
): void {
  names.uses.push({
    name: node.name,
    span: node.span,
    scope: names.scope,
    as: how.as ?? 'value',
    read: how.read ?? true,
    write: how.write ?? false,
    exports: how.exports ?? false,
    targets: [node],
  });
}

/** Finds every use's declaration; after this the names are complete. */
export function settle(names: Names): { readonly [id: BindingId]: Binding } {
  for (const each of names.uses) {
    const draft = lookUp(each);
    if (draft === null) continue;
    for (const target of each.targets) target.binding = draft.id;
    if (each.read) draft.reads.push(each.span);
    if (each.write) draft.writes.push(each.span);
    if (each.exports) draft.exported = true;
  }
  for (const draft of names.bindings.values()) {
    if (draft.reads.length > 1) draft.reads.sort(byStart);
    if (draft.writes.length > 1) draft.writes.sort(byStart);
  }
  return dictionary(names.bindings);
}

function lookUp(each: Use): Draft | null {
  for (let scope: Scope | null = each.scope; scope !== null; scope = scope.parent) {
    const value = each.as === 'type' ? undefined : scope.values?.get(each.name);
    const found = value ?? (each.as === 'value' ? undefined : scope.types?.get(each.name));
    if (found !== undefined) return found;
  }
  return null;
}

function byStart(a: Span, b: Span): number {
  return a.start - b.start;
}
