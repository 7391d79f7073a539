import { expect, test } from '@jest/globals';
import { readText } from '../../src/analyze/read-source.js';
import { annotationsOf } from '../../src/ir/annotation.js';

/** Each annotation with the first word or two of what it belongs to. */
function told(text: string): readonly string[] {
  const source = readText('a.ts', text);
  return annotationsOf(source).map((each) => {
    const place = each.node === null ? 'nothing' : text.slice(each.node.span.start, each.node.span.start + 9).trim();
    return `${each.annotation} ${each.annotation === 'hint' ? each.topic : each.code} [${each.text}] ${place}`;
  });
}

test.each<[string, string, readonly string[]]>([
  [
    'above a statement',
    '// @linen2nnx shape x: [batch, 784]\nconst a = 1;',
    ['hint shape [x: [batch, 784]] const a ='],
  ],
  ['behind a statement', 'const a = 1; // @linen2nnx size 3\nconst b = 2;', ['hint size [3] const a =']],
  [
    'above a method',
    'class A {\n  x = 1;\n  // @linen2nnx shape x: [n, 3]\n  call(x) {}\n}',
    ['hint shape [x: [n, 3]] call(x) {'],
  ],
  [
    'in a method, above its first statement',
    'class A { call(x) {\n  // @linen2nnx size 2\n  return x; } }',
    ['hint size [2] return x;'],
  ],
  [
    'several in a block',
    '/**\n * Text.\n * @linen2nnx shape x: [n]\n * @linen2nnx shape y: [m]\n */\nclass A {}',
    ['hint shape [x: [n]] class A {', 'hint shape [y: [m]] class A {'],
  ],
  [
    'a marker',
    '// @linen2nnx-todo L2N117 reason — next step\nclass A {}',
    ['marker L2N117 [reason — next step] class A {'],
  ],
  ['at the end of the file', 'const a = 1;\n// @linen2nnx size 3', ['hint size [3] nothing']],
  ['a look-alike in a string', "const a = '// @linen2nnx size 3';", []],
  ['another tag', '// @linen2nnxx size 3\n// linen2nnx size\nconst a = 1;', []],
])('%s', (_where, text, expected) => {
  expect(told(text)).toEqual(expected);
});
