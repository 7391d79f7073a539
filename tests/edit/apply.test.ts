import { describe, expect, test } from '@jest/globals';
import { readText } from '../../src/analyze/read-source.js';
import { applyEdits } from '../../src/edit/apply.js';
import type { ConvertedUnit, Edit, ImportNeed, LeftUnit } from '../../src/ir/edit.js';
import { markerText } from '../../src/edit/markers.js';

const path = 'a.ts';
const nnx: ImportNeed = { path, module: 'linen2nnx/nnx', imported: '*', local: 'nnx', typeOnly: false };

/** Replaces the first `from` in the text. */
function replacing(text: string, from: string, to: string, file = path): Edit {
  const start = text.indexOf(from);
  if (start === -1) throw new Error(`no ${from}`);
  return { path: file, start, end: start + from.length, text: to, idiom: 'state' };
}
function unit(edits: readonly Edit[], imports: readonly ImportNeed[] = [], name = 'u'): ConvertedUnit {
  return { status: 'converted', unit: name, edits, imports, manifest: [], modules: [], programs: [], notes: [] };
}
function applied(text: string, ...units: (ConvertedUnit | LeftUnit)[]): string {
  const { changes, failures } = applyEdits({ [path]: readText(path, text) }, units);
  expect(failures).toEqual([]);
  return changes[0]?.after ?? text;
}

describe('edits', () => {
  test('keep line ends of the file', () => {
    const text = 'const a = 1;\r\nconst b = 2;\r\n';
    expect(applied(text, unit([replacing(text, 'const a = 1;', 'f(\n1,\n);')]))).toBe(
      'f(\r\n1,\r\n);\r\nconst b = 2;\r\n',
    );
  });

  test('that overlap roll back their units in all files and no others', () => {
    const text = 'const abc = 1;\nconst d = 2;\n';
    const sources = { [path]: readText(path, text), 'b.ts': readText('b.ts', text) };
    const rewrites = [
      unit([replacing(text, 'const abc', 'x'), replacing(text, 'd = 2', 'd = 3', 'b.ts')], [], 'one'),
      unit([replacing(text, 'abc = 1', 'y')], [], 'two'),
      unit([replacing(text, 'd = 2', 'd = 4')], [], 'three'),
    ];
    const { changes, failures } = applyEdits(sources, rewrites);
    expect(failures).toMatchObject([{ path, units: ['one', 'two'] }]);
    expect(changes).toEqual([
      { path, before: text, after: 'const abc = 1;\nconst d = 4;\n', units: ['three'], bom: false },
    ]);
  });
});

test('a Variable class that two units declare stands once; other insertions are each unit’s own', () => {
  const text = 'class A {}\n';
  const insertion = (idiom: Edit['idiom']): Edit => ({ path, start: 0, end: 0, text: 'class Stats {}\n', idiom });
  expect(applied(text, unit([insertion('collections')], [], 'one'), unit([insertion('collections')], [], 'two'))).toBe(
    'class Stats {}\nclass A {}\n',
  );
  expect(applied(text, unit([insertion('state')], [], 'one'), unit([insertion('state')], [], 'two'))).toBe(
    'class Stats {}\nclass Stats {}\nclass A {}\n',
  );
});

describe('imports', () => {
  test('the new namespace takes the place of the old one, in the style of the file', () => {
    const text =
      'import * as tf from "@tensorflow/tfjs"\n// old style\nimport * as nn from "linen2nnx/linen" // why\n\nnew nn.Dense(1)\n';
    expect(applied(text, unit([replacing(text, 'nn.Dense', 'nnx.Linear')], [nnx]))).toBe(
      'import * as tf from "@tensorflow/tfjs"\n// old style\nimport * as nnx from "linen2nnx/nnx" // why\n\nnew nnx.Linear(1)\n',
    );
  });

  test('the old one stays while something reads it, and comes to stand before', () => {
    const text = `import * as nn from 'linen2nnx/linen';\nnew nn.Dense(1);\nnew nn.Dense(2);\n`;
    expect(applied(text, unit([replacing(text, 'nn.Dense', 'nnx.Linear')], [nnx]))).toBe(
      `import * as nn from 'linen2nnx/linen';\nimport * as nnx from 'linen2nnx/nnx';\nnew nnx.Linear(1);\nnew nn.Dense(2);\n`,
    );
  });

  test('single names go and come; unused ones that were unused before stay', () => {
    const text = `import { a, b, type C } from './x.js';\nimport { idle } from './y.js';\nlet q: C = a(b);\n`;
    const need: ImportNeed = { path, module: './x.js', imported: 'Counter', local: 'Counter', typeOnly: false };
    expect(applied(text, unit([replacing(text, 'a(b)', 'Counter(b)')], [need]))).toBe(
      `import { b, type C, Counter } from './x.js';\nimport { idle } from './y.js';\nlet q: C = Counter(b);\n`,
    );
  });

  test('a whole declaration goes with its line', () => {
    const text = `import { a } from './x.js';\nimport * as nn from 'linen2nnx/linen';\na(nn);\n`;
    expect(applied(text, unit([replacing(text, 'a(nn)', 'b')]))).toBe('b;\n');
  });

  test('a type-only import becomes a value import when the value is needed', () => {
    const text = `import type { Block } from './x.js';\nlet b: Block;\n`;
    const need: ImportNeed = { path, module: './x.js', imported: 'Block', local: 'Block', typeOnly: false };
    expect(applied(text, unit([replacing(text, 'let b: Block', 'let b: Block = new Block()')], [need]))).toBe(
      `import { Block } from './x.js';\nlet b: Block = new Block();\n`,
    );
  });

  test('without any import the new one stands at the top, below a shebang', () => {
    const text = `#!/usr/bin/env node\nf();\n`;
    expect(applied(text, unit([], [nnx]))).toBe(`#!/usr/bin/env node\nimport * as nnx from 'linen2nnx/nnx';\nf();\n`);
  });
});

describe('markers', () => {
  const code = 'L2N501';
  const left = (at: number): LeftUnit => ({
    status: 'left',
    unit: 'u',
    refusals: [{ code, path, span: { start: at, end: at }, data: {} }],
    markers: [{ path, at, code, class: null }],
  });
  const text = `/** Doc. */\n  export class A {}\n`;
  const marked = `/** Doc. */\n  ${markerText(code, {})}\n  export class A {}\n`;

  test('stand above what was left, once', () => {
    expect(applied(text, left(text.indexOf('export')))).toBe(marked);
    expect(applied(marked, left(marked.indexOf('export')))).toBe(marked);
  });

  test('are renewed when the reason changed, and doubles go', () => {
    const old = marked.replace(/L2N501.*/, 'L2N001 old\n  // @linen2nnx-todo L2N002 older');
    expect(applied(old, left(old.indexOf('export')))).toBe(marked);
  });

  test('go with the conversion of what they stood above, and only then', () => {
    const other = `${marked}${markerText(code, {})}\nclass B {}\n`;
    const converted = applied(other, unit([replacing(other, '{}', '{ x = 1 }')]));
    expect(converted).toBe(`/** Doc. */\n  export class A { x = 1 }\n${markerText(code, {})}\nclass B {}\n`);
  });
});
