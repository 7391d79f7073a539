/** Imports that nothing in the new text reads, though the old text read them. */
import { readText } from '../analyze/read-source.js';
import type { FileChange } from '../ir/edit.js';
import type { ImportDeclaration } from '../ir/import-syntax.js';
import type { SourceModel } from '../ir/source.js';

/** The change without them. A new parameter may have taken the name of an import: only reading the new text tells. */
export function withoutUnusedImports(before: SourceModel | undefined, change: FileChange): FileChange {
  if (before === undefined) return change;
  const after = readText(change.path, change.after);
  if (after.errors.length > 0) return change;
  const old = new Set(importsOf(before).flatMap((each) => (isRead(each) ? [key(each)] : [])));
  const unread = new Set(importsOf(after).flatMap((each) => (!isRead(each) && old.has(key(each)) ? [each.id] : [])));
  let text = change.after;
  const declarations = after.body.filter((each): each is ImportDeclaration => each.kind === 'Import');
  for (const each of declarations.reverse()) text = narrowed(text, each, unread);
  return { ...change, after: text };
}

function importsOf(source: SourceModel): SourceModel['bindings'][string][] {
  return Object.values(source.bindings).filter((each) => each.import !== null);
}

function isRead(binding: SourceModel['bindings'][string]): boolean {
  return binding.reads.length > 0 || binding.exported;
}

function key(binding: SourceModel['bindings'][string]): string {
  return `${binding.import?.specifier} ${binding.import?.imported} ${binding.name}`;
}

function narrowed(text: string, declaration: ImportDeclaration, unread: ReadonlySet<string>): string {
  const gone = declaration.names.filter((each) => unread.has(each.binding));
  if (gone.length === 0) return text;
  const { start, end } = declaration.span;
  if (gone.length === declaration.names.length) {
    const rest = /^[ \t]*\r?\n/.exec(text.slice(end))?.[0].length ?? 0;
    return text.slice(0, start) + text.slice(end + rest);
  }
  let result = text;
  for (const { span } of [...gone].reverse()) {
    const comma = /^\s*,\s*/.exec(result.slice(span.end));
    const before = /,\s*$/.exec(result.slice(0, span.start));
    const from = comma === null && before !== null ? span.start - before[0].length : span.start;
    result = result.slice(0, from) + result.slice(span.end + (comma?.[0].length ?? 0));
  }
  return result;
}
