import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { globSync } from 'tinyglobby';
import { ts } from 'ts-morph';
import { readText } from '../../src/analyze/read-source.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** TypeScript's own checker, asked about one file without libraries or other files. */
function checked(path: string, text: string): { readonly file: ts.SourceFile; readonly checker: ts.TypeChecker } {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const host: ts.CompilerHost = {
    getSourceFile: (name) => (name === path ? file : undefined),
    getDefaultLibFileName: () => 'lib.d.ts',
    getCurrentDirectory: () => '/',
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists: (name) => name === path,
    readFile: () => undefined,
    writeFile: () => undefined,
  };
  const options = { noLib: true, noResolve: true, allowJs: true, target: ts.ScriptTarget.Latest };
  return { file, checker: ts.createProgram([path], options, host).getTypeChecker() };
}

/** Each mention of a declared name: where it stands, and where the checker says it is declared. */
function mentions(path: string, text: string): ReadonlyMap<number, readonly number[]> {
  const { file, checker } = checked(path, text);
  const found = new Map<number, readonly number[]>();
  const visit = (node: ts.Node): void => {
    // `typeof this.value` spells `this` as a name; it is none.
    if (ts.isIdentifier(node) && node.text !== 'this' && !isDeclarationName(node)) {
      const symbol = ts.isShorthandPropertyAssignment(node.parent)
        ? checker.getShorthandAssignmentValueSymbol(node.parent)
        : ts.isExportSpecifier(node.parent)
          ? checker.getExportSpecifierLocalTargetSymbol(node.parent)
          : checker.getSymbolAtLocation(node);
      const places = (symbol?.declarations ?? []).flatMap((each) => {
        const name = ts.getNameOfDeclaration(each);
        return each.getSourceFile() === file && name !== undefined && isScoped(each) ? [name.getStart(file)] : [];
      });
      if (places.length > 0) found.set(node.getStart(file), places);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isDeclarationName(node: ts.Identifier): boolean {
  if (ts.isShorthandPropertyAssignment(node.parent)) return false;
  if (ts.isExportSpecifier(node.parent)) {
    return node.parent.propertyName !== undefined && node.parent.name === node;
  }
  return (
    ts.getNameOfDeclaration(node.parent as ts.Declaration) === node ||
    (ts.isBindingElement(node.parent) && node.parent.propertyName === node)
  );
}

/** Members and properties are no names of a scope. */
function isScoped(node: ts.Declaration): boolean {
  return !(
    ts.isClassElement(node) ||
    ts.isTypeElement(node) ||
    ts.isObjectLiteralElement(node) ||
    ts.isEnumMember(node) ||
    ts.isPropertyAccessExpression(node) ||
    ts.isElementAccessExpression(node) ||
    ts.isBinaryExpression(node) ||
    ts.isExportSpecifier(node) ||
    // `process.exitCode = …` in JavaScript counts as a declaration there.
    ts.isIdentifier(node)
  );
}

/** What reading says of the same file: each mention, and where it says the name is declared. */
function readMentions(path: string, text: string): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const binding of Object.values(readText(path, text).bindings)) {
    for (const { start } of [...binding.reads, ...binding.writes]) found.set(start, binding.span.start);
  }
  return found;
}

const files = globSync(['{runtime,src,rules,tests,scripts}/**/*.{ts,mjs}', '*.js'], { cwd: root });

test.each(files)('%s: every name means what the type checker says', (path) => {
  const text = readFileSync(root + path, 'utf8');
  const read = readMentions(path, text);
  const faults: string[] = [];
  for (const [at, places] of mentions(path, text)) {
    const found = read.get(at);
    if (found === undefined || !places.includes(found)) {
      const line = text.slice(0, at).split('\n').length;
      faults.push(`${line}: ${text.slice(at, at + 20)} → ${String(found)}, not ${places.join()}`);
    }
  }
  expect(faults).toEqual([]);
});
