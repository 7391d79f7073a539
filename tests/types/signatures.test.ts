import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import ts from 'typescript';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const programs = readdirSync(join(here, 'input')).filter((name) => name.endsWith('.ts'));

/** Compiler settings of a user: `strict`, standard decorators, the entry points as they are imported. */
const settings: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
  types: [],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  paths: { 'linen2nnx/*': [join(root, 'runtime', '*', 'index.ts')] },
};

let program: ts.Program;
beforeAll(() => {
  program = ts.createProgram(
    programs.map((name) => join(here, 'input', name)),
    settings,
  );
});

/**
 * Programs that users may write compile; each line under `@ts-expect-error` does not, or TypeScript reports the
 * expectation as unused.
 */
test.each(programs)('%s compiles, and fails where it says so', (name) => {
  const file = program.getSourceFile(join(here, 'input', name))!;
  const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  const errors = found.map(({ start = 0, messageText, code }) => {
    const { line } = file.getLineAndCharacterOfPosition(start);
    return `${relative(here, file.fileName)}:${line + 1} TS${code} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
  expect(errors).toEqual([]);
});

test('the programs expect errors', () => {
  const expected = programs.map((name) => {
    const text = program.getSourceFile(join(here, 'input', name))!.text;
    return text.match(/@ts-expect-error/g)?.length ?? 0;
  });
  expect(Math.max(...expected)).toBeGreaterThan(80);
});
