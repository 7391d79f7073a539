import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import type { FileChange } from '../../src/ir/edit.js';
import { checkProgram } from '../../src/project/check-program.js';
import { temporaryProject } from './temporary-project.js';

const packageRoot = fileURLToPath(new URL('../../', import.meta.url));
const config = JSON.stringify({
  compilerOptions: { strict: true, module: 'ESNext', moduleResolution: 'Bundler', target: 'ES2022' },
});

function change(root: string, path: string, edit: (text: string) => string): FileChange {
  const before = readFileSync(join(root, path), 'utf8');
  return { path, before, after: edit(before), units: [] };
}

describe('type errors that edits bring', () => {
  test('in the changed file', async () => {
    const root = temporaryProject({ 'tsconfig.json': config, 'a.ts': 'export const a: number = 1;\n' });
    const check = await checkProgram(root, [change(root, 'a.ts', (text) => text.replace('1', "'1'"))]);
    expect(check).toMatchObject({ after: 1 });
    expect(check.newErrors).toEqual([
      { path: 'a.ts', line: 1, column: 14, code: 2322, message: "Type 'string' is not assignable to type 'number'." },
    ]);
  });

  test('in a file that did not change but uses it', async () => {
    const root = temporaryProject({
      'tsconfig.json': config,
      'a.ts': 'export function f(a: number) { return a; }\n',
      'b.ts': "import { f } from './a.js';\nf(1);\n",
    });
    const edit = change(root, 'a.ts', (text) => text.replace('number', 'string'));
    expect((await checkProgram(root, [edit], { files: ['a.ts', 'b.ts'] })).newErrors.map((each) => each.path)).toEqual([
      'b.ts',
    ]);
    expect(readFileSync(join(root, 'a.ts'), 'utf8')).toContain('number');
  });

  test('syntax errors', async () => {
    const root = temporaryProject({ 'tsconfig.json': config, 'a.ts': 'export const a = 1;\n' });
    const check = await checkProgram(root, [change(root, 'a.ts', (text) => text.replace('1;', '(1;'))]);
    expect(check.newErrors.map((each) => each.message)).toEqual(["')' expected."]);
  });

  test('errors that were there do not count, wherever they move; one more of the same does', async () => {
    const root = temporaryProject({ 'tsconfig.json': config, 'a.ts': "const a: number = 'x';\nexport { a };\n" });
    const moved = change(root, 'a.ts', (text) => `// one\n// two\n${text}`);
    expect(await checkProgram(root, [moved])).toEqual({ after: 1, newErrors: [] });
    const more = change(root, 'a.ts', (text) => `${text}export const b: number = 'x';\n`);
    expect((await checkProgram(root, [more])).newErrors.map((each) => each.line)).toEqual([3]);
  });

  test("by the project's own options", async () => {
    const files = { 'a.ts': 'export function f(a) { return a; }\n', 'tsconfig.json': config };
    const loose = { ...files, 'tsconfig.json': '{ "compilerOptions": { "strict": false } }' };
    const run = async (project: { readonly [path: string]: string }) => {
      const root = temporaryProject(project);
      return (await checkProgram(root, [change(root, 'a.ts', (text) => text.replace('(a)', '(a, b)'))])).after;
    };
    expect([await run(files), await run(loose)]).toEqual([2, 0]);
  });

  test('a local that nothing uses any more, where the project forbids it', async () => {
    const root = temporaryProject({
      'tsconfig.json': '{ "compilerOptions": { "noUnusedLocals": true } }',
      'a.ts': 'const a = 1;\nexport const b = a;\n',
    });
    const check = await checkProgram(root, [change(root, 'a.ts', (text) => text.replace('= a;', '= 2;'))]);
    expect(check.newErrors.map((each) => each.code)).toEqual([6133]);
  });

  test('a file that is new', async () => {
    const root = temporaryProject({ 'tsconfig.json': config });
    const added: FileChange = { path: 'new.ts', before: '', after: 'export const a: number = null;\n', units: [] };
    expect((await checkProgram(root, [added])).newErrors.map((each) => each.path)).toEqual(['new.ts']);
  });
});

describe('this package', () => {
  const text =
    "import * as optax from 'linen2nnx/optax';\nexport const tx: optax.GradientTransformation = optax.adam(0.1);\n";

  test('is found in source form when it is not installed', async () => {
    const root = temporaryProject({ 'tsconfig.json': config, 'a.ts': text });
    const wrong = change(root, 'a.ts', (each) => each.replace('adam(0.1)', "adam('x')"));
    expect((await checkProgram(root, [wrong])).newErrors).toEqual([]);
    const check = await checkProgram(root, [wrong], { packageRoot });
    expect(check.after).toBe(1);
    expect(check.newErrors.map((each) => each.code)).toEqual([2345]);
  });

  test('is found under node_modules as any other', async () => {
    const root = temporaryProject({
      'tsconfig.json': config,
      'a.ts': "import { key } from 'linen2nnx/jax';\nexport const a: string = key(0);\n",
      'node_modules/linen2nnx/package.json': JSON.stringify({
        name: 'linen2nnx',
        exports: { './jax': { types: './jax.d.ts' } },
      }),
      'node_modules/linen2nnx/jax.d.ts': 'export function key(seed: number): string;\n',
    });
    const check = await checkProgram(root, [change(root, 'a.ts', (each) => each.replace('key(0)', 'key()'))]);
    expect(check).toMatchObject({ after: 1 });
  });
});

test('a package that changes between two checks is read again', async () => {
  const root = temporaryProject({
    'tsconfig.json': config,
    'a.ts': "import { key } from 'keys';\nexport const a: string = key(0);\n",
    'node_modules/keys/package.json': '{ "name": "keys", "types": "./keys.d.ts" }',
    'node_modules/keys/keys.d.ts': 'export function key(seed: number): string;\n',
  });
  const comment = change(root, 'a.ts', (text) => `// more\n${text}`);
  expect((await checkProgram(root, [comment])).after).toBe(0);
  writeFileSync(join(root, 'node_modules/keys/keys.d.ts'), 'export function key(seed: number): number;\n');
  const wrongBoth = await checkProgram(root, [comment]);
  expect(wrongBoth).toEqual({ newErrors: [], after: 1 });
});
