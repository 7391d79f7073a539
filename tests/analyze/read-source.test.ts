import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { globSync } from 'tinyglobby';
import { readSource, readText } from '../../src/analyze/read-source.js';
import type { Binding, SourceModel } from '../../src/ir/source.js';
import { type SyntaxNode, walk } from '../../src/ir/walk.js';
import { faultsOf } from './soundness.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('the files of this repository', () => {
  const files = globSync(['{runtime,src,rules,tests,scripts}/**/*.{ts,mjs}', '*.js'], { cwd: root });

  test('there are enough of them to mean something', () => expect(files.length).toBeGreaterThan(50));

  test.each(files)('%s reads without errors and keeps the invariants', (path) => {
    const source = readSource({ path, bytes: readFileSync(root + path) });
    expect(source.errors).toEqual([]);
    expect(faultsOf(source)).toEqual([]);
  });
});

function named(source: SourceModel, name: string): readonly Binding[] {
  return Object.values(source.bindings).filter((each) => each.name === name);
}

/** How often each declaration of a name is read, in text order of the declarations. */
function readCounts(text: string, name: string): readonly number[] {
  return named(readText('a.ts', text), name).map((each) => each.reads.length);
}

describe('scopes', () => {
  test.each<[string, string, string, readonly number[]]>([
    ['a block hides the name outside', 'const a = 1; { const a = 2; use(a); } use(a, a);', 'a', [2, 1]],
    ['a parameter hides it too', 'const a = 1; function f(a: number) { return a + a; } f(a);', 'a', [1, 2]],
    ['var lands in the function', 'function f() { if (x) { var a = 1; } return a; } const a = 2;', 'a', [1, 0]],
    ['functions are hoisted', 'f(); function f() {}', 'f', [1]],
    [
      'a default sees the names outside the body',
      'const a = 1; function f(b = a) { const a = 2; return a; }',
      'a',
      [1, 1],
    ],
    [
      'a default does not see the var of the body',
      'const a = 1; function f(b = a) { var a = 2; return a; }',
      'a',
      [1, 1],
    ],
    ['var of a parameter is that parameter', 'function f(a) { var a; return a; }', 'a', [1]],
    ['a function expression knows its own name', 'const f = 1; (function f() { f(); }); f;', 'f', [1, 1]],
    ['a class expression knows its own name', 'const C = 1; (class C { m() { return C; } }); C;', 'C', [1, 1]],
    ['catch has its own name', 'const e = 1; try {} catch (e) { use(e); } use(e, e);', 'e', [2, 1]],
    ['for has its own name', 'const i = 1; for (let i = 0; i < 3; i++) use(i); use(i);', 'i', [1, 3]],
    ['the iterable is read outside', 'const x = [1]; for (const x of y(x)) use(x);', 'x', [1, 1]],
    [
      'switch cases share a scope',
      'const k = 1; switch (k) { case 1: const k2 = 1; break; default: use(k2); }',
      'k2',
      [1],
    ],
    ['a shorthand property reads', 'const a = 1; use({ a });', 'a', [1]],
    ['a property name does not', 'const a = 1; use({ a: 2 }.a);', 'a', [0]],
    ['a label is no name', 'const a = 1; a: for (;;) break a;', 'a', [0]],
    ['an export list reads', 'const a = 1; export { a as b };', 'a', [1]],
    ['a destructuring default reads', 'const a = 1; const { b = a, [a]: c } = o;', 'a', [2]],
    ['JSX names components only', 'const div = 1; use(div);', 'div', [1]],
    ['typeof in a type reads the value', 'const a = 1; type T = typeof a;', 'a', [1]],
    ['types and values are apart', 'type A = 1; const A = 2; const x: A = A;', 'A', [1, 1]],
    ['a type parameter hides a type', 'interface T {} function f<T>(x: T): T { return x; } let y: T;', 'T', [1, 2]],
    ['infer declares', 'type U = 1; type R<T> = T extends (infer U)[] ? U : never; let z: U;', 'U', [1, 1]],
    ['a mapped type declares', 'type K = 1; type M<T> = { [K in keyof T]: K };', 'K', [0, 1]],
    ['a decorator reads', 'const d = f; @d class A { @d m(@d x: number) {} }', 'd', [3]],
    ['heritage reads', 'class A {} interface I {} class B extends A implements I {}', 'A', [1]],
    ['import = is a name', "import x = require('x'); x.y;", 'x', [1]],
    ['template literals read', 'const a = 1; `${a}${`${a}`}`;', 'a', [2]],
    ['a static block reads', 'const a = 1; class B { static { use(a); } }', 'a', [1]],
    ['an enum hides names by its members', 'const A = 1; enum E { A, B = A } use(A);', 'A', [1, 1]],
    ['a namespace has a scope', 'const a = 1; namespace N { const a = 2; use(a); } use(a);', 'a', [1, 1]],
  ])('%s', (_what, text, name, counts) => {
    expect(readCounts(text, name)).toEqual(counts);
  });

  test('assignments are writes, and compound ones reads as well', () => {
    const source = readText('a.ts', 'let a = 1; a = 2; a += 3; a++; [a] = [4]; ({ a } = o); for (a of [5]) {}');
    const [binding] = named(source, 'a');
    expect(binding?.writes.length).toBe(6);
    expect(binding?.reads.map((each) => each.start)).toEqual([18, 26]);
  });

  test('names left of an assignment inside JSX, dynamic imports and other opaque syntax are not missed', () => {
    const text =
      'const a = 1; const A = f; const v = <A x={a} {...a}>{[a].map((a) => a)}</A>; import(a); a ? /a/ : new.target;';
    const source = readText('a.tsx', `function f() {} ${text}`);
    expect(named(source, 'a').map((each) => each.reads.length)).toEqual([5, 1]);
    expect(named(source, 'A')[0]?.reads.length).toBe(2);
  });

  test('globals belong to no binding', () => {
    const source = readText('a.ts', 'Math.max(undefined, arguments);');
    expect(Object.keys(source.bindings)).toEqual([]);
    const globals: string[] = [];
    walk(source.body, (node) => void (node.kind === 'Identifier' && globals.push(node.name)));
    expect(globals).toEqual(['Math', 'undefined', 'arguments']);
  });
});

describe('what is kept of a file', () => {
  test('comments, and nothing that only looks like one', () => {
    const text = [
      '#!/usr/bin/env node',
      '// line',
      "const a = 'no // comment' /* block */ + `no /* ${b /* inside */} */` + /[/]\\/\\/*/.source; /** doc */",
      'const c = <p title="http://x">http://text {/* jsx */}</p>;',
      'function f(/* none */) { /* body */ }',
      '// end',
    ].join('\n');
    const source = readText('a.tsx', text);
    expect(source.comments.map((each) => each.text)).toEqual([
      ' line',
      ' block ',
      ' inside ',
      '* doc ',
      ' jsx ',
      ' none ',
      ' body ',
      ' end',
    ]);
    for (const each of source.comments) expect(text.slice(each.span.start, each.span.end)).toContain(each.text);
  });

  test('byte order mark, line ends, shebang and final newline', () => {
    const text = '\uFEFF#!/usr/bin/env node\r\nconst a = 1;\r\n';
    const source = readText('src/a.mts', text);
    expect(source.text.startsWith('#!')).toBe(true);
    expect(source.layout).toEqual({
      bom: true,
      eol: '\r\n',
      mixedEol: false,
      finalNewline: true,
      shebang: '#!/usr/bin/env node',
      language: 'mts',
    });
    expect(readText('a.js', 'a\nb\r\nc\n').layout).toMatchObject({ eol: '\n', mixedEol: true, language: 'js' });
  });

  test("the blob is git's", () => {
    const bytes = Buffer.from('\uFEFFconst ä = 1;\r\n');
    const expected = execFileSync('git', ['hash-object', '--stdin'], { input: bytes }).toString().trim();
    expect(readSource({ path: 'a.ts', bytes }).blob).toBe(expected);
  });

  test('a syntax error is told with its place', () => {
    const source = readText('a.ts', 'const a = ;\nexport const b = a;');
    expect(source.errors).toEqual([{ span: { start: 10, end: 11 }, message: 'Expression expected.' }]);
  });

  test('bytes that are not UTF-8 are an error, not garbage', () => {
    const source = readSource({ path: 'a.ts', bytes: Uint8Array.of(0x63, 0xff, 0xfe) });
    expect(source.errors.map((each) => each.message)).toEqual(['The file is not UTF-8 text.']);
    expect(source.body).toEqual([]);
  });
});

function first<K extends SyntaxNode['kind']>(text: string, kind: K, path = 'a.ts'): Extract<SyntaxNode, { kind: K }> {
  const found: SyntaxNode[] = [];
  walk(readText(path, text).body, (node) => void (node.kind === kind && found.push(node)));
  if (found[0] === undefined) throw new Error(`There is no ${kind} in: ${text}`);
  return found[0] as Extract<SyntaxNode, { kind: K }>;
}

describe('lowering', () => {
  test('a class with everything', () => {
    const text = `@dec export abstract class A<T> extends B<T> implements C {
      private readonly x!: number; static y = 1; declare z?: string; #p = 2;
      constructor(readonly a: number, private b = 3, @inject() c?: string, ...rest: number[]) { super(); }
      override async *m<U>(this: A<T>, u: U): U { }
      get v() { return this.#p; } set v(value) {} abstract n(): void; [computed]() {} static {} accessor q = 1;
    }`;
    const node = first(text, 'ClassDeclaration').class;
    expect(text.slice(node.heritageSpan?.start, node.heritageSpan?.end)).toBe('extends B<T>');
    expect(text.slice(node.typeParameters?.start, node.typeParameters?.end)).toBe('<T>');
    expect(node).toMatchObject({ name: 'A', abstract: true, superClass: { kind: 'Identifier', name: 'B' } });
    expect(node.members.map((each) => [each.kind, each.name, each.static])).toEqual([
      ['Field', 'x', false],
      ['Field', 'y', true],
      ['Field', 'z', false],
      ['Field', '#p', false],
      ['Method', 'constructor', false],
      ['Method', 'm', false],
      ['Method', 'v', false],
      ['Method', 'v', false],
      ['Method', 'n', false],
      ['Method', null, false],
      ['OpaqueMember', null, false],
      ['OpaqueMember', null, false],
    ]);
    const [x, , z] = node.members;
    expect(x).toMatchObject({ access: 'private', readonly: true, definite: true, type: { text: 'number' } });
    expect(z).toMatchObject({ declare: true, optional: true });
    const built = node.members[4];
    if (built?.kind !== 'Method') throw new Error('expected the constructor');
    expect(built.params.map((each) => [each.property, each.optional, each.pattern.kind])).toEqual([
      [{ readonly: true, access: null }, false, 'IdentifierPattern'],
      [{ readonly: false, access: 'private' }, false, 'IdentifierPattern'],
      [null, true, 'IdentifierPattern'],
      [null, false, 'RestPattern'],
    ]);
    expect(node.members[5]).toMatchObject({ async: true, generator: true, override: true, thisParam: { span: {} } });
    expect(node.members[5]?.kind === 'Method' && node.members[5].params.length).toBe(1);
    expect(node.members[8]).toMatchObject({ abstract: true, body: null });
  });

  test('parentheses go, wraps stay', () => {
    expect(first('((a)) + 1;', 'Binary').left).toMatchObject({ kind: 'Identifier', span: { start: 2, end: 3 } });
    expect(first('(x as const);', 'TypeWrap')).toMatchObject({ form: 'const', type: null });
    expect(first('x!;', 'TypeWrap')).toMatchObject({ form: 'nonNull' });
    expect(first('<T>x;', 'TypeWrap')).toMatchObject({ form: 'as', type: { text: 'T' } });
  });

  test('spans of lists hold the comments in them', () => {
    const text = 'f(/* a */ 1, 2 /* b */, );';
    const { argsSpan } = first(text, 'Call');
    expect(text.slice(argsSpan.start, argsSpan.end)).toBe('/* a */ 1, 2 /* b */, ');
    const arrow = first('x => x', 'Function');
    expect(arrow.paramsSpan).toEqual({ start: 0, end: 1 });
    expect(first('async (x) => x', 'Function').paramsSpan).toEqual({ start: 7, end: 8 });
  });

  test('assignments to places and patterns', () => {
    expect(first('this.x = 1;', 'Assign').target).toMatchObject({ kind: 'PlacePattern', place: { kind: 'Member' } });
    expect(first('[a, ...b[0]] = c;', 'Assign').target).toMatchObject({
      kind: 'ArrayPattern',
      elements: [{ kind: 'IdentifierPattern' }, { kind: 'RestPattern', target: { kind: 'PlacePattern' } }],
    });
    expect(first('({ a, b: c = 1, ...d } = e);', 'Assign').target).toMatchObject({
      kind: 'ObjectPattern',
      properties: [{ shorthand: true }, { value: { kind: 'DefaultPattern' } }],
      rest: { kind: 'IdentifierPattern' },
    });
  });

  test('types keep their form', () => {
    const text = 'let a: [x: nn.Dense<T>, (string | null)[], { b?: 1; c(): void }, () => void, readonly number[]];';
    const [declarator] = first(text, 'Variable').declarators;
    const form = declarator?.type?.form;
    expect(form?.form === 'tuple' && form.elements.map((each) => each.form)).toMatchObject([
      { form: 'reference', name: 'nn.Dense', args: [{ form: { form: 'reference', name: 'T' } }] },
      { form: 'array', element: { form: { form: 'union' } } },
      { form: 'object', members: [{ name: 'b', optional: true }, { name: 'c' }] },
      { form: 'function' },
      { form: 'array' },
    ]);
    expect(declarator?.type?.references.map((each) => each.name)).toEqual(['nn', 'T']);
  });

  test('a sum of thousands of terms does not overflow the stack', () => {
    const text = `const a = ${Array.from({ length: 5000 }, (_, index) => `x${index}`).join(' + ')};`;
    expect(readText('a.ts', text).errors).toEqual([]);
  });

  test.each(['a.ts', 'a.tsx', 'a.mts', 'a.cts', 'a.js', 'a.jsx', 'a.mjs', 'a.cjs'])(
    '%s is read by its ending',
    (path) => {
      const source = readText(path, "import { b } from './b.js'; export const c = b;");
      expect(source.errors).toEqual([]);
      expect(source.layout.language).toBe(path.slice(2));
    },
  );
});
