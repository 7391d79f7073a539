/** What other files of a project export of this package: read once and again when they change. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as parser from '@typescript-eslint/parser';
import type { TSESTree } from '@typescript-eslint/utils';
import { linenModule, nnxModule, packageName } from '../runtime/catalogue/modules.js';

export type ForeignExport =
  /** Something of this package under the file's name. */
  | { readonly kind: 'name'; readonly module: string; readonly name: string }
  /** A module class of one of the styles. */
  | { readonly kind: 'class'; readonly module: string; readonly name: string };

type Exports = ReadonlyMap<string, ForeignExport>;

/** The file that a relative specifier names; null for packages and missing files. */
export function resolveRelative(specifier: string, from: string): string | null {
  if (!specifier.startsWith('.')) return null;
  const path = resolve(dirname(from), specifier);
  const before = resolved.get(path);
  if (before !== undefined) return before;
  const bare = path.replace(/\.[cm]?jsx?$/, '');
  const ends = ['.ts', '.tsx', '.mts', '.cts', '.js', '/index.ts', '/index.js'];
  const file = [...ends.map((end) => bare + end), path].find(isFile) ?? null;
  if (file !== null) resolved.set(path, file);
  return file;
}

/** Files that were found; one that is gone since is found out when it is read. */
const resolved = new Map<string, string>();

/** What `file` exports under `name`, when it is of this package. */
export function exportOf(file: string, name: string, open: ReadonlySet<string> = new Set()): ForeignExport | null {
  const exports = exportsOf(file, open);
  const found = exports.get(name);
  if (found !== undefined) return found;
  const all = exports.get('*');
  return all === undefined || name === 'default' ? null : { ...all, name };
}

/** Whether anything of this package may come from `file`: it names the package, or passes on or extends what does. */
export function leadsToPackage(file: string): boolean {
  const before = leading.get(file);
  if (before !== undefined && performance.now() - before.asked < fresh) return before.leads;
  const asked = performance.now();
  const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (changed === undefined) return false;
  if (before?.changed === changed) {
    leading.set(file, { ...before, asked });
    return before.leads;
  }
  leading.set(file, { changed, asked, leads: false });
  const text = readFileSync(file, 'utf8');
  const passes = /\bexport\b[^;'"]*\bfrom\b|\bextends\b/.test(text);
  const leads = text.includes(`${packageName}/`) || (passes && importedFiles(text, file).some(leadsToPackage));
  leading.set(file, { changed, asked, leads });
  return leads;
}

/** How long an answer holds before the file is looked at again, in milliseconds. */
const fresh = 300;
const leading = new Map<string, { readonly changed: number; readonly asked: number; readonly leads: boolean }>();

function importedFiles(text: string, file: string): readonly string[] {
  return [...text.matchAll(/\bfrom\s*['"](\.[^'"]*)['"]/g)].flatMap(([, specifier]) => {
    const target = resolveRelative(specifier!, file);
    return target === null ? [] : [target];
  });
}

const read = new Map<string, { readonly changed: number; readonly exports: Exports }>();
const none: Exports = new Map();

function exportsOf(file: string, open: ReadonlySet<string>): Exports {
  const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (changed === undefined || open.has(file)) return none;
  const before = read.get(file);
  if (before?.changed === changed) return before.exports;
  const text = readFileSync(file, 'utf8');
  const exports = leadsToPackage(file) ? collect(text, { file, open: new Set([...open, file]) }) : none;
  read.set(file, { changed, exports });
  return exports;
}

interface Place {
  readonly file: string;
  readonly open: ReadonlySet<string>;
}

function collect(text: string, place: Place): Exports {
  const program = parse(text);
  if (program === null) return none;
  const locals = new Map<string, ForeignExport>();
  for (const node of program.body) if (node.type === 'ImportDeclaration') importNames(node, locals, place);
  for (const node of program.body) {
    const declared =
      node.type === 'ExportNamedDeclaration' || node.type === 'ExportDefaultDeclaration' ? node.declaration : node;
    if (declared?.type === 'ClassDeclaration') classNames(declared, locals);
  }
  const exports = new Map<string, ForeignExport>();
  for (const node of program.body) exportNames(node, { locals, exports, place });
  return exports;
}

function parse(text: string): TSESTree.Program | null {
  try {
    return parser.parse(text, { sourceType: 'module', range: false, loc: false }) as unknown as TSESTree.Program;
  } catch {
    return null;
  }
}

function importNames(node: TSESTree.ImportDeclaration, locals: Map<string, ForeignExport>, place: Place): void {
  for (const each of node.specifiers) {
    const name =
      each.type === 'ImportNamespaceSpecifier'
        ? '*'
        : each.type === 'ImportSpecifier'
          ? textOf(each.imported)
          : 'default';
    const found = fromModule(node.source.value, name, place);
    if (found !== null) locals.set(each.local.name, found);
  }
}

function fromModule(specifier: string, name: string, { file, open }: Place): ForeignExport | null {
  if (specifier.startsWith(`${packageName}/`)) return { kind: 'name', module: specifier, name };
  const target = resolveRelative(specifier, file);
  if (target === null || name === '*' || open.has(target)) return null;
  return exportOf(target, name, open);
}

function classNames(node: TSESTree.ClassDeclaration, locals: Map<string, ForeignExport>): void {
  const base = node.superClass;
  const style = base === null ? null : styleOf(base, locals);
  if (style !== null && node.id !== null)
    locals.set(node.id.name, { kind: 'class', module: style, name: node.id.name });
}

function styleOf(base: TSESTree.Node, locals: Map<string, ForeignExport>): string | null {
  if (base.type === 'MemberExpression' && base.object.type === 'Identifier') {
    const owner = locals.get(base.object.name);
    return owner?.kind === 'name' && owner.name === '*' ? styled(owner.module) : null;
  }
  const found = base.type === 'Identifier' ? locals.get(base.name) : undefined;
  return found === undefined ? null : styled(found.module);
}

function styled(module: string): string | null {
  return module === linenModule || module === nnxModule ? module : null;
}

function exportNames(
  node: TSESTree.Node,
  { locals, exports, place }: { locals: Map<string, ForeignExport>; exports: Map<string, ForeignExport>; place: Place },
): void {
  const add = (name: string, found: ForeignExport | null | undefined): void => {
    if (found !== null && found !== undefined) exports.set(name, found);
  };
  if (node.type === 'ExportAllDeclaration') {
    const from = node.source.value;
    if (node.exported !== null) add(textOf(node.exported), fromModule(from, '*', place));
    else passOn(from, { add, place });
  } else if (node.type === 'ExportDefaultDeclaration') {
    const { declaration } = node;
    if (declaration.type === 'Identifier') add('default', locals.get(declaration.name));
    else if (declaration.type === 'ClassDeclaration' && declaration.id !== null)
      add('default', locals.get(declaration.id.name));
  } else if (node.type === 'ExportNamedDeclaration') {
    if (node.declaration?.type === 'ClassDeclaration' && node.declaration.id !== null) {
      add(node.declaration.id.name, locals.get(node.declaration.id.name));
    }
    for (const { local, exported } of node.specifiers) {
      const name = textOf(local);
      add(textOf(exported), node.source === null ? locals.get(name) : fromModule(node.source.value, name, place));
    }
  }
}

/** `export * from`: of a file, all of its names; of this package, `*` for any name. */
function passOn(
  specifier: string,
  { add, place }: { add: (name: string, found: ForeignExport | null) => void; place: Place },
): void {
  if (specifier.startsWith(`${packageName}/`)) add('*', { kind: 'name', module: specifier, name: '*' });
  const target = resolveRelative(specifier, place.file);
  if (target !== null)
    for (const [name, found] of exportsOf(target, place.open)) if (name !== 'default') add(name, found);
}

function textOf(node: TSESTree.Identifier | TSESTree.StringLiteral): string {
  return node.type === 'Identifier' ? node.name : node.value;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
