/** Imports follow the text: names it needs come, names nothing reads any more go. */
import type { Edit, ImportNeed } from '../ir/edit.js';
import type { ImportDeclaration, ImportedName } from '../ir/import-syntax.js';
import type { SourceModel } from '../ir/source.js';
import type { Span } from '../ir/syntax.js';

/**
 * Edits of the import block for a file whose other edits are given. A new declaration takes the place of one that goes
 * when both are of the same package; else it follows the last import. Style and quotes are the file's own.
 */
export function importEdits(source: SourceModel, edits: readonly Edit[], needs: readonly ImportNeed[]): Edit[] {
  const declarations = source.body.filter((each) => each.kind === 'Import');
  const missing = distinct(needs).filter((need) => !isThere(declarations, need));
  const gone = declarations.map((each) => ({ declaration: each, names: deadNames(source, each, edits, needs) }));
  const isWhole = ({ declaration, names }: GoneNames): boolean =>
    names.length > 0 && names.length === declaration.names.length;
  const whole = gone.filter(isWhole).map((each) => each.declaration);
  const partly = gone.filter((each) => each.names.length > 0 && !isWhole(each));
  const { joins, fresh } = placeNeeds(source, declarations, whole, missing);
  const narrowed = partly.filter((each) => !joins.has(each.declaration));
  return [
    ...[...joins].map(([declaration, names]) => joinedDeclaration(source, gone, declaration, names)),
    ...narrowed.map(({ declaration, names }) => rewrittenNames(source, declaration, names, [])),
    ...freshEdits(source, declarations, whole, fresh),
    ...upgrades(source, declarations, needs, [...joins.keys(), ...narrowed.map((each) => each.declaration)]),
  ];
}

interface GoneNames {
  readonly declaration: ImportDeclaration;
  readonly names: readonly ImportedName[];
}

function distinct(needs: readonly ImportNeed[]): ImportNeed[] {
  const byName = new Map<string, ImportNeed>();
  for (const need of needs) {
    const known = byName.get(need.local);
    byName.set(need.local, known === undefined || known.typeOnly ? need : known);
  }
  return [...byName.values()];
}

function isThere(declarations: readonly ImportDeclaration[], need: ImportNeed): boolean {
  return declarations.some((each) => each.specifier === need.module && each.names.some((name) => isNamed(name, need)));
}

function isNamed(name: ImportedName, need: ImportNeed): boolean {
  return name.local === need.local && name.imported === need.imported;
}

/** Names that were read before and are not read in the new text. A name that nothing read before is not ours to touch. */
function deadNames(
  source: SourceModel,
  declaration: ImportDeclaration,
  edits: readonly Edit[],
  needs: readonly ImportNeed[],
): readonly ImportedName[] {
  return declaration.names.filter((name) => {
    const reads = source.bindings[name.binding]?.reads ?? [];
    if (reads.length === 0 || reads.some((read) => !isEdited(read, edits))) return false;
    if (needs.some((need) => need.module === declaration.specifier && isNamed(name, need))) return false;
    return !edits.some((edit) => mentions(edit.text, name.local));
  });
}

function isEdited(span: Span, edits: readonly Edit[]): boolean {
  return edits.some((edit) => edit.start <= span.start && span.end <= edit.end && edit.start < edit.end);
}

function mentions(text: string, name: string): boolean {
  const bare = name.replace(/\$/g, '\\$');
  return new RegExp(`(?<![\\w$.])${bare}(?![\\w$])`).test(text);
}

/** Named needs join a declaration of the same module that stays; all else is fresh. */
function placeNeeds(
  source: SourceModel,
  declarations: readonly ImportDeclaration[],
  whole: readonly ImportDeclaration[],
  missing: readonly ImportNeed[],
): { joins: Map<ImportDeclaration, ImportNeed[]>; fresh: ImportNeed[] } {
  const joins = new Map<ImportDeclaration, ImportNeed[]>();
  const fresh: ImportNeed[] = [];
  for (const need of missing) {
    const home = declarations.find(
      (each) =>
        each.specifier === need.module &&
        !whole.includes(each) &&
        need.imported !== '*' &&
        need.imported !== 'default' &&
        (!each.typeOnly || need.typeOnly) &&
        bracesOf(source, each) !== null,
    );
    if (home === undefined) fresh.push(need);
    else joins.set(home, [...(joins.get(home) ?? []), need]);
  }
  return { joins, fresh };
}

function joinedDeclaration(
  source: SourceModel,
  gone: readonly GoneNames[],
  declaration: ImportDeclaration,
  added: readonly ImportNeed[],
): Edit {
  const dead = gone.find((each) => each.declaration === declaration)?.names ?? [];
  return rewrittenNames(source, declaration, dead, added);
}

/** The named part of a declaration with names taken out and put in; comments among the names stay. */
function rewrittenNames(
  source: SourceModel,
  declaration: ImportDeclaration,
  dead: readonly ImportedName[],
  added: readonly ImportNeed[],
): Edit {
  const braces = bracesOf(source, declaration);
  if (braces === null) return defaultOrNamespaceGone(source, declaration, dead);
  const kept = declaration.names.filter((each) => !dead.includes(each) && inside(each.span, braces));
  const names = [
    ...kept.map((each) => source.text.slice(each.span.start, each.span.end)),
    ...added.map((each) => specifierText(each, declaration.typeOnly)),
  ];
  const outer = declaration.names.filter((each) => !inside(each.span, braces) && !dead.includes(each));
  const head = outer.map((each) => source.text.slice(each.span.start, each.span.end)).join(', ');
  const first = declaration.names[0]?.span.start ?? braces.start;
  const start = Math.min(first, braces.start);
  const list = names.length === 0 ? '' : `{ ${names.join(', ')} }`;
  const comments = source.comments.filter((each) => inside(each.span, braces));
  const kept_ = comments.map((each) => `${source.text.slice(each.span.start, each.span.end)}\n`).join('');
  const withComments = kept_ === '' || list === '' ? list : `{\n${kept_}${names.join(', ')} }`;
  const text = [head, withComments].filter((each) => each !== '').join(', ');
  return { path: source.path, start, end: braces.end, text, idiom: 'imports' };
}

function defaultOrNamespaceGone(
  source: SourceModel,
  declaration: ImportDeclaration,
  dead: readonly ImportedName[],
): Edit {
  const kept = declaration.names.filter((each) => !dead.includes(each));
  const spans = declaration.names.map((each) => each.span);
  const text = kept.map((each) => source.text.slice(each.span.start, each.span.end)).join(', ');
  return {
    path: source.path,
    start: Math.min(...spans.map((each) => each.start)),
    end: Math.max(...spans.map((each) => each.end)),
    text,
    idiom: 'imports',
  };
}

function freshEdits(
  source: SourceModel,
  declarations: readonly ImportDeclaration[],
  whole: readonly ImportDeclaration[],
  fresh: readonly ImportNeed[],
): Edit[] {
  const style = styleOf(source, declarations);
  const texts = groupByModule(fresh).map((group) => ({
    module: group[0]!.module,
    text: declarationText(group, style),
  }));
  const left = [...whole];
  const edits: Edit[] = [];
  const rest: string[] = [];
  for (const { module, text } of texts) {
    const place = left.findIndex((each) => packageOf(each.specifier) === packageOf(module));
    const replaced = place === -1 ? undefined : left.splice(place, 1)[0];
    if (replaced === undefined) rest.push(text);
    else edits.push({ path: source.path, ...replaced.span, text, idiom: 'imports' });
  }
  const removed = left.map((each): Edit => ({
    path: source.path,
    ...lineOf(source, each.span),
    text: '',
    idiom: 'imports',
  }));
  return [...edits, ...removed, ...insertion(source, declarations, rest, left)];
}

function insertion(
  source: SourceModel,
  declarations: readonly ImportDeclaration[],
  texts: readonly string[],
  removed: readonly ImportDeclaration[],
): Edit[] {
  if (texts.length === 0) return [];
  const last = declarations.filter((each) => !removed.includes(each)).at(-1);
  if (last !== undefined) {
    const text = texts.map((each) => `\n${each}`).join('');
    return [{ path: source.path, start: last.span.end, end: last.span.end, text, idiom: 'imports' }];
  }
  const start = declarations[0]?.span.start ?? firstPlace(source);
  return [{ path: source.path, start, end: start, text: texts.map((each) => `${each}\n`).join(''), idiom: 'imports' }];
}

/** A type-only import of a name that is now needed as a value loses its `type`. */
function upgrades(
  source: SourceModel,
  declarations: readonly ImportDeclaration[],
  needs: readonly ImportNeed[],
  rewritten: readonly ImportDeclaration[],
): Edit[] {
  const values = needs.filter((each) => !each.typeOnly);
  return declarations.flatMap((declaration) => {
    const wanted = declaration.names.filter((name) =>
      values.some((need) => need.module === declaration.specifier && isNamed(name, need)),
    );
    const typed = wanted.filter((each) => each.typeOnly || declaration.typeOnly);
    if (typed.length === 0 || rewritten.includes(declaration)) return [];
    const head = /^import\s+type\s+/.exec(source.text.slice(declaration.span.start, declaration.span.end));
    if (head !== null) {
      const start = declaration.span.start;
      return [{ path: source.path, start, end: start + head[0].length, text: 'import ', idiom: 'imports' }];
    }
    return typed.map(({ span }) => {
      const text = source.text.slice(span.start, span.end).replace(/^type\s+/, '');
      return { path: source.path, ...span, text, idiom: 'imports' };
    });
  });
}

interface ImportStyle {
  readonly quote: string;
  readonly semicolon: string;
}

function styleOf(source: SourceModel, declarations: readonly ImportDeclaration[]): ImportStyle {
  const texts = declarations.map((each) => source.text.slice(each.span.start, each.span.end));
  const sample = texts[0];
  if (sample === undefined)
    return { quote: source.text.includes('"') && !source.text.includes("'") ? '"' : "'", semicolon: ';' };
  return { quote: sample.includes('"') ? '"' : "'", semicolon: sample.endsWith(';') ? ';' : '' };
}

function declarationText(group: readonly ImportNeed[], { quote, semicolon }: ImportStyle): string {
  const from = ` from ${quote}${group[0]!.module}${quote}${semicolon}`;
  const typeOnly = group.every((each) => each.typeOnly);
  const head = typeOnly ? 'import type ' : 'import ';
  const namespace = group.find((each) => each.imported === '*');
  if (namespace !== undefined) return `${head}* as ${namespace.local}${from}`;
  return `${head}{ ${group.map((each) => specifierText(each, typeOnly)).join(', ')} }${from}`;
}

function specifierText({ imported, local, typeOnly }: ImportNeed, declaredType: boolean): string {
  const name = imported === local ? local : `${imported} as ${local}`;
  return typeOnly && !declaredType ? `type ${name}` : name;
}

/** Namespaces stand alone; names of one module share a declaration. */
function groupByModule(needs: readonly ImportNeed[]): ImportNeed[][] {
  const groups = new Map<string, ImportNeed[]>();
  for (const need of needs) {
    const key = `${need.module} ${need.imported === '*' ? need.local : ''}`;
    groups.set(key, [...(groups.get(key) ?? []), need]);
  }
  return [...groups.values()];
}

function packageOf(specifier: string): string {
  return specifier.startsWith('.')
    ? specifier
    : specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');
}

function bracesOf(source: SourceModel, declaration: ImportDeclaration): Span | null {
  const text = source.text.slice(declaration.span.start, declaration.span.end);
  const open = text.indexOf('{');
  const close = text.indexOf('}', open);
  if (open === -1 || close === -1 || open > text.lastIndexOf(declaration.specifier)) return null;
  return { start: declaration.span.start + open, end: declaration.span.start + close + 1 };
}

function inside(inner: Span, outer: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** The declaration with its line end, when nothing else is on its line. */
function lineOf(source: SourceModel, span: Span): Span {
  const rest = /^[ \t]*(?:\r?\n|$)/.exec(source.text.slice(span.end));
  const before = source.text.slice(source.text.lastIndexOf('\n', span.start - 1) + 1, span.start);
  return rest === null || before.trim() !== ''
    ? span
    : { start: span.start - before.length, end: span.end + rest[0].length };
}

function firstPlace(source: SourceModel): number {
  const shebang = source.layout.shebang;
  if (shebang === null) return source.body[0]?.span.start ?? 0;
  return source.body[0]?.span.start ?? shebang.length;
}
