import { describe, expect, test } from '@jest/globals';
import type { ModuleOptions } from '../../src/analyze/module-table.js';
import { bindingAt, declarationIn } from '../../src/ir/declarations.js';
import { literalOf } from '../../src/ir/literal.js';
import { positionOf } from '../../src/ir/position.js';
import type { Entity } from '../../src/ir/project.js';
import { referencesTo } from '../../src/ir/references.js';
import { entityOf, originalBinding } from '../../src/ir/resolve.js';
import { probed, textProject } from '../analyze/text-project.js';

/** An entity in a few words. */
function told(entity: Entity | null): string {
  switch (entity?.entity) {
    case 'external':
      return `${entity.module} ${entity.name}`;
    case 'class':
      return `class ${entity.path} ${String(entity.module)}`;
    case 'function':
      return `function ${entity.path}`;
    case 'value':
      return `value ${entity.binding} ${entity.init === null ? 'unknown' : entity.init.kind}`;
    case 'namespace':
      return `namespace ${entity.path}`;
    case 'global':
      return `global ${entity.name}`;
    case 'type':
      return `type ${entity.binding}`;
    case undefined:
      return 'nothing';
  }
}

function resolved(files: { readonly [path: string]: string }, options: ModuleOptions = {}): string {
  const model = textProject(files, options);
  return told(entityOf(model, 'a.ts', probed(model, 'a.ts')));
}

const linen = "import * as nn from 'linen2nnx/linen';";

describe('what a name stands for', () => {
  test.each<[string, string, string]>([
    ['a namespace import', `${linen} probe(nn.Dense);`, 'linen2nnx/linen Dense'],
    ['a named import', "import { Dense } from 'linen2nnx/linen'; probe(Dense);", 'linen2nnx/linen Dense'],
    ['a renamed import', "import { Dense as D } from 'linen2nnx/linen'; probe(D);", 'linen2nnx/linen Dense'],
    ['a type-only import', "import type { Dense } from 'linen2nnx/linen'; probe(Dense);", 'linen2nnx/linen Dense'],
    ['a default import', "import nn from 'linen2nnx/linen'; probe(nn);", 'linen2nnx/linen default'],
    ['the namespace itself', `${linen} probe(nn);`, 'linen2nnx/linen *'],
    ['a dotted name', "import * as jax from 'linen2nnx/jax'; probe(jax.random.key);", 'linen2nnx/jax random.key'],
    ['a name by string', `${linen} probe(nn['Dense']);`, 'linen2nnx/linen Dense'],
    ['a constant alias', `${linen} const D = nn.Dense; const E = D; probe(E);`, 'linen2nnx/linen Dense'],
    ['a let that never changes', `${linen} let D = nn.Dense; probe(D);`, 'linen2nnx/linen Dense'],
    ['destructuring', `${linen} const { Dense: D } = nn; probe(D);`, 'linen2nnx/linen Dense'],
    [
      'nested destructuring',
      `${linen} const { initializers: { zeros } } = nn; probe(zeros);`,
      'linen2nnx/linen initializers.zeros',
    ],
    ['an assertion', `${linen} probe((nn.Dense as unknown)!);`, 'linen2nnx/linen Dense'],
    [
      'a constant object',
      `${linen} const layers = { norm: nn.LayerNorm } as const; probe(layers.norm);`,
      'linen2nnx/linen LayerNorm',
    ],
    ['require', "const nn = require('linen2nnx/linen'); probe(nn.Dense);", 'linen2nnx/linen Dense'],
    ['destructured require', "const { Dense } = require('linen2nnx/linen'); probe(Dense);", 'linen2nnx/linen Dense'],
    ['a dynamic import', "const { Dense: D } = await import('linen2nnx/linen'); probe(D);", 'linen2nnx/linen Dense'],
    ['import =', "import nn = require('linen2nnx/linen'); probe(nn.Dense);", 'linen2nnx/linen Dense'],
    ['another package', "import { Dense } from 'other'; probe(Dense);", 'other Dense'],
    ['a global', 'probe(Math.max);', 'global Math.max'],
    ['a class', 'class A {} probe(A);', 'class a.ts null'],
    ['a module class', `${linen} class A extends nn.Module {} probe(A);`, 'class a.ts a.ts#A'],
    ['a class expression', `${linen} const A = class extends nn.Module {}; probe(A);`, 'class a.ts a.ts#A'],
    ['a function', 'probe(f); function f() {}', 'function a.ts'],
    ['a computed value', 'const v = g(); probe(v);', 'value a.ts@6 Call'],
  ])('%s', (_what, text, expected) => {
    expect(resolved({ 'a.ts': text })).toBe(expected);
  });

  test.each<[string, string, string]>([
    ['a shadowed namespace', `${linen} function f(nn: any) { probe(nn.Dense); }`, 'nothing'],
    ['a reassigned alias', `${linen} let D = nn.Dense; D = other; probe(D);`, 'value a.ts@43 unknown'],
    ['an object that is changed', `${linen} const o = { d: nn.Dense }; o.d = other; probe(o.d);`, 'nothing'],
    ['an object with a later spread', `${linen} const o = { d: nn.Dense, ...more }; probe(o.d);`, 'nothing'],
    ['a default in destructuring', `${linen} const { Dense = Mine } = nn; probe(Dense);`, 'value a.ts@47 unknown'],
    ['an own class of that name', `class Dense {} probe(Dense);`, 'class a.ts null'],
    ['a cycle of aliases', 'const a = b; const b = a; probe(a);', 'value a.ts@6 unknown'],
  ])('%s is not taken for it', (_what, text, expected) => {
    expect(
      resolved({ 'a.ts': text }).replace(/@\d+/, (at) =>
        expected.includes('@') ? `@${/@(\d+)/.exec(expected)?.[1] ?? at}` : at,
      ),
    ).toBe(expected);
  });

  test.each<[string, { [path: string]: string }, string]>([
    [
      'a named export',
      { 'b.ts': `${linen} export const D = nn.Dense;`, 'a.ts': "import { D } from './b.js'; probe(D);" },
      'linen2nnx/linen Dense',
    ],
    [
      'an export list with new names',
      { 'b.ts': 'class A {} export { A as B };', 'a.ts': "import { B } from './b'; probe(B);" },
      'class b.ts null',
    ],
    [
      'a default class',
      { 'b.ts': `${linen} export default class extends nn.Module {}`, 'a.ts': "import M from './b'; probe(M);" },
      'class b.ts b.ts#default',
    ],
    [
      'a default name',
      { 'b.ts': 'class A {} export default A;', 'a.ts': "import M from './b'; probe(M);" },
      'class b.ts null',
    ],
    [
      'a default function',
      { 'b.ts': 'export default function () {}', 'a.ts': "import f from './b'; probe(f);" },
      'function b.ts',
    ],
    [
      'export from',
      { 'b.ts': "export { Dense as D } from 'linen2nnx/linen';", 'a.ts': "import { D } from './b'; probe(D);" },
      'linen2nnx/linen Dense',
    ],
    [
      'export all of the package',
      { 'b.ts': "export * from 'linen2nnx/linen';", 'a.ts': "import { Dense } from './b'; probe(Dense);" },
      'linen2nnx/linen Dense',
    ],
    [
      'export all as',
      { 'b.ts': "export * as nn from 'linen2nnx/linen';", 'a.ts': "import { nn } from './b'; probe(nn.Dense);" },
      'linen2nnx/linen Dense',
    ],
    [
      'a project namespace',
      { 'b.ts': 'export class A {}', 'a.ts': "import * as b from './b'; probe(b.A);" },
      'class b.ts null',
    ],
    [
      'barrels of barrels',
      {
        'd/index.ts': "export * from './c/index.js';",
        'd/c/index.ts': "export * from '../../b';",
        'b.ts': 'export class A {}',
        'a.ts': "import { A } from './d'; probe(A);",
      },
      'class b.ts null',
    ],
    [
      'barrels in a circle',
      {
        'b.ts': "export * from './c';",
        'c.ts': "export * from './b'; export class A {}",
        'a.ts': "import { A } from './b'; probe(A);",
      },
      'class c.ts null',
    ],
    [
      'a name no barrel has',
      { 'b.ts': "export * from './c';", 'c.ts': "export * from './b';", 'a.ts': "import { A } from './b'; probe(A);" },
      'value a.ts@9 unknown',
    ],
    [
      'an own name before a star',
      {
        'b.ts': "export * from 'linen2nnx/linen'; export class Dense {}",
        'a.ts': "import { Dense } from './b'; probe(Dense);",
      },
      'class b.ts null',
    ],
    [
      'a star among two packages',
      {
        'b.ts': "export * from 'linen2nnx/linen'; export * from 'other';",
        'a.ts': "import { Dense } from './b'; probe(Dense);",
      },
      'value a.ts@9 unknown',
    ],
    [
      'a .tsx file behind .js',
      { 'b.tsx': 'export class A {}', 'a.ts': "import { A } from './b.js'; probe(A);" },
      'class b.tsx null',
    ],
    [
      'an .mts file behind .mjs',
      { 'b.mts': 'export class A {}', 'a.ts': "import { A } from './b.mjs'; probe(A);" },
      'class b.mts null',
    ],
  ])('across files: %s', (_what, files, expected) => {
    expect(resolved(files)).toBe(expected);
  });

  test('a dynamic import of a file of the project', () => {
    const files = { 'b.ts': 'export class A {}', 'a.ts': "const b = await import('./b.js'); probe(b.A);" };
    expect(resolved(files)).toBe('class b.ts null');
  });

  test('path mappings, the more precise first, and only where they hold', () => {
    const files = {
      'lib/one.ts': 'export class A {}',
      'lib/two.ts': 'export class A {}',
      'a.ts': "import { A } from '@x/one'; probe(A);",
    };
    const wide = { pattern: '@x/*', targets: ['lib/*'], scope: '' };
    expect(resolved(files, { paths: [wide] })).toBe('class lib/one.ts null');
    const exact = { pattern: '@x/one', targets: ['gone', 'lib/two'], scope: '' };
    expect(resolved(files, { paths: [wide, exact] })).toBe('class lib/two.ts null');
    expect(resolved(files, { paths: [{ ...wide, scope: 'app' }] })).toBe('@x/one A');
  });

  test('other specifiers of the package', () => {
    const files = { 'a.ts': "import { Dense } from '@acme/linen'; probe(Dense);" };
    expect(resolved(files, { aliases: { '@acme/linen': 'linen2nnx/linen' } })).toBe('linen2nnx/linen Dense');
    expect(resolved(files)).toBe('@acme/linen Dense');
  });
});

describe('declarations and references', () => {
  test('the original of an imported name, through barrels', () => {
    const model = textProject({
      'a.ts': 'export const step = f;',
      'b.ts': "export { step as run } from './a';",
      'c.ts': "import { run } from './b'; run();",
    });
    const imported = bindingAt(model.sources['c.ts']!, 27);
    expect(imported).toBe('c.ts@9');
    expect(originalBinding(model, imported ?? '')).toBe('a.ts@13');
  });

  test('references in all files, through namespaces as well', () => {
    const model = textProject({
      'a.ts': 'export const step = f; step();',
      'b.ts': "import { step as s } from './a'; s(); type T = typeof s;",
      'c.ts': "import * as all from './a'; all.step(); all.other;",
    });
    const found = referencesTo(model, 'a.ts@13').map((each) => `${each.path} ${each.node.kind}`);
    expect(found).toEqual(['a.ts Identifier', 'b.ts Identifier', 'c.ts Member']);
  });

  test('the keys that lead to a destructured name', () => {
    const source = textProject({ 'a.ts': 'const { p: [, q], r = 1, ...s } = v; function f(x, { y }) {}' }).sources[
      'a.ts'
    ]!;
    const place = (name: string) => {
      const binding = Object.values(source.bindings).find((each) => each.name === name);
      const found = declarationIn(source, binding?.id ?? '');
      return found !== null && 'keys' in found ? found.keys : undefined;
    };
    expect([place('q'), place('r'), place('s'), place('x'), place('y')]).toEqual([['p', 1], null, null, [], ['y']]);
  });
});

describe('values known from the text', () => {
  test.each<[string, unknown]>([
    ['probe(-3)', -3],
    ['const a = 4; probe(a * 2 + 1)', 9],
    ['probe(2 ** 3 % 5)', 3],
    ["probe('a' + `b`)", 'ab'],
    ['const c = { width: 8, deep: { x: 1 } } as const; probe(c.width)', 8],
    ['probe(!0 && null)', null],
    ['probe(undefined)', undefined],
    ['const n = 2; probe(`block_${n}`)', 'block_2'],
  ])('%s', (text, value) => {
    const model = textProject({ 'a.ts': text });
    expect(literalOf(model, 'a.ts', probed(model, 'a.ts'))).toEqual({ value });
  });

  test.each([
    'let a = 1; a = 2; probe(a)',
    'probe(f())',
    'const c = { w: 1 }; c.w = 2; probe(c.w)',
    "probe('a' * 2)",
    'probe(x)',
  ])('%s is not known', (text) => {
    const model = textProject({ 'a.ts': text });
    expect(literalOf(model, 'a.ts', probed(model, 'a.ts'))).toBeNull();
  });

  test('lines and columns', () => {
    const text = 'a\r\nbc\n\nd';
    expect([0, 1, 3, 4, 6, 7, 8].map((at) => positionOf(text, at))).toEqual([
      { line: 1, column: 1 },
      { line: 1, column: 2 },
      { line: 2, column: 1 },
      { line: 2, column: 2 },
      { line: 3, column: 1 },
      { line: 4, column: 1 },
      { line: 4, column: 2 },
    ]);
  });
});
