import { beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatChanges } from '../../src/edit/format.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'format-'));
});

async function formatted(before: string, after: string, path = 'a.ts'): Promise<string> {
  const [change] = await formatChanges(root, [{ path, before, after, units: [] }]);
  return change!.after;
}

test('uses the configuration of the project', async () => {
  writeFileSync(join(root, '.prettierrc'), '{ "singleQuote": true, "semi": false, "useTabs": true }');
  expect(await formatted(`const a = 'x'\n`, `const a = {  b: "x" };function f() { return 1 }\n`)).toBe(
    `const a = { b: 'x' }\nfunction f() {\n\treturn 1\n}\n`,
  );
});

test('leaves ignored files and unreadable text as they are', async () => {
  writeFileSync(join(root, '.prettierignore'), 'generated.ts\n');
  expect(await formatted('', 'const  a=1', 'generated.ts')).toBe('const  a=1');
  expect(await formatted('', 'const = =', 'a.ts')).toBe('const = =');
});

test('formats only changed regions of a file that was not clean', async () => {
  const untidy = `const   table = [1,2,\n   3];\n`;
  const tail = `export const   last = {a:1};\n`;
  expect(await formatted(`${untidy}const x = 1;\n${tail}`, `${untidy}const x  =  {a:1,\nb:2}\n${tail}`)).toBe(
    `${untidy}const x = { a: 1, b: 2 };\n${tail}`,
  );
});

test('keeps line ends and byte-identical text outside', async () => {
  const before = `const a = 1;\r\nconst   b = 2;\r\n`;
  expect(await formatted(before, `const a = {b:1};\r\nconst   b = 2;\r\n`)).toBe(
    `const a = { b: 1 };\r\nconst   b = 2;\r\n`,
  );
});

test('without a configuration follows the style of the file', async () => {
  const before = `function f() {\n\treturn 'x';\n}\nfunction   g() {}\n`;
  const after = before.replace(`return 'x';`, `if (a) { return "y"; }`);
  expect(await formatted(before, after)).toBe(
    `function f() {\n\tif (a) {\n\t\treturn 'y';\n\t}\n}\nfunction   g() {}\n`,
  );
});
