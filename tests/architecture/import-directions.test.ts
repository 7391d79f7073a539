import { readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { globSync } from 'tinyglobby';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** What the files of each folder may import: folders of ours, and packages. The first matching prefix decides. */
const allowed: readonly [folder: string, may: readonly string[]][] = [
  ['runtime/catalogue', []],
  ['runtime/core', ['@tensorflow/tfjs']],
  ['runtime/backends', ['runtime/core', '@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm', 'node:']],
  ['runtime/random', ['runtime/core', '@tensorflow/tfjs']],
  ['runtime/functional', ['runtime/core', 'runtime/random', '@tensorflow/tfjs']],
  [
    'runtime/linen',
    ['runtime/catalogue', 'runtime/core', 'runtime/random', 'runtime/functional', 'runtime/jax', '@tensorflow/tfjs'],
  ],
  ['runtime/nnx/bridge', ['runtime/linen', 'runtime/nnx', 'runtime/core', '@tensorflow/tfjs']],
  [
    'runtime/nnx',
    [
      'runtime/catalogue',
      'runtime/core',
      'runtime/random',
      'runtime/functional',
      'runtime/jax',
      'runtime/optax',
      '@tensorflow/tfjs',
    ],
  ],
  ['runtime/jax', ['runtime/core', 'runtime/random', 'runtime/functional', 'runtime/backends', '@tensorflow/tfjs']],
  ['runtime/optax', ['runtime/core', 'runtime/random', '@tensorflow/tfjs']],
  ['runtime/training', ['runtime/core', 'runtime/optax', 'runtime/linen', '@tensorflow/tfjs']],
  ['runtime/checkpoint', ['runtime/core', 'runtime/catalogue', '@tensorflow/tfjs', 'node:']],
  ['src/ir', ['runtime/catalogue']],
  ['src/infer', ['src/ir', 'runtime/catalogue']],
  ['src/rewrite', ['src/ir', 'src/manifest', 'runtime/catalogue', 'node:crypto']],
  ['src/manifest', ['src/ir', 'runtime/catalogue']],
  ['src/analyze', ['src/ir', 'runtime/catalogue', 'ts-morph', 'node:crypto']],
  ['src/project', ['src/ir', 'runtime/catalogue', 'ts-morph', 'tinyglobby', 'node:']],
  ['src/edit', ['src/ir', 'runtime/catalogue', 'prettier', 'magic-string', 'diff', 'node:']],
  [
    'src/verify/child',
    ['src/verify', 'src/ir', 'src/manifest', 'runtime', 'linen2nnx', '@tensorflow/tfjs', 'ts-morph', 'node:'],
  ],
  ['src/verify/testing', ['src/verify', 'src/ir', 'src/manifest', 'runtime', '@tensorflow/tfjs', 'node:']],
  ['src/verify', ['src/ir', 'src/manifest', 'runtime/catalogue', 'ts-morph', 'node:']],
  ['src/checkpoint', ['src/ir', 'src/manifest', 'runtime/checkpoint', 'runtime/catalogue', 'node:']],
  ['src/check', ['src/ir', 'rules', 'runtime/catalogue', 'node:']],
  ['src/report', ['src/ir', 'runtime/catalogue', 'chalk', 'diff', 'sarif', 'node:']],
  ['src', ['src', 'runtime/catalogue', 'chalk', 'commander', 'lilconfig', 'node:']],
  ['rules', ['runtime/catalogue', '@typescript-eslint/utils', '@typescript-eslint/parser', 'node:']],
];

interface Import {
  readonly file: string;
  readonly target: string;
  readonly dynamic: boolean;
}

const files = globSync(['runtime/**/*.ts', 'src/**/*.ts', 'rules/**/*.ts'], { cwd: root }).map((file) =>
  file.split(sep).join('/'),
);
const imports = files.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const statics = [
    ...text.matchAll(/^\s*(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]/gm),
  ];
  const dynamics = [...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)];
  return [
    ...statics.map((match) => ({ match, dynamic: false })),
    ...dynamics.map((match) => ({ match, dynamic: true })),
  ].map(({ match, dynamic }) => ({ file, target: resolve(file, match[1] ?? match[2]!), dynamic }));
}

function resolve(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts');
}

function isAllowed({ file, target, dynamic }: Import): boolean {
  const [folder, may] = allowed.find(([prefix]) => file.startsWith(`${prefix}/`) || file.startsWith(`${prefix}.`)) ?? [
    '',
    [],
  ];
  if (target.startsWith(`${folder}/`)) return true;
  if (dynamic && folder === 'src/verify') return true;
  return may.some((prefix) => target === prefix || target.startsWith(prefix.endsWith(':') ? prefix : `${prefix}/`));
}

describe('import directions', () => {
  test('every import goes where its folder may look', () => {
    const wrong = imports.filter((each) => !isAllowed(each)).map(({ file, target }) => `${file} → ${target}`);
    expect(wrong).toEqual([]);
  });

  test('there is no cycle of files', () => {
    expect(findCycle()).toEqual([]);
  });

  test('index.ts stands only at public entry points', () => {
    const entries = [
      'runtime/catalogue/reasons/index.ts',
      ...['linen', 'nnx', 'jax', 'optax', 'training', 'checkpoint'].map((name) => `runtime/${name}/index.ts`),
      'rules/index.ts',
      'src/index.ts',
    ];
    expect(files.filter((file) => file.endsWith('/index.ts') && !entries.includes(file))).toEqual([]);
  });

  test('only core/levels touches private fields of the engine', () => {
    const touching = files.filter(
      (file) =>
        !file.startsWith('runtime/core/levels') &&
        /\.(activeTape|kernelDepth|gradientDepth)\b/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(touching).toEqual([]);
  });
});

/** A cycle as a trail of files, or nothing. Type-only imports count as well: they tie files just the same. */
function findCycle(): string[] {
  const graph = new Map<string, string[]>();
  for (const { file, target, dynamic } of imports) {
    if (!dynamic && files.includes(target)) graph.set(file, [...(graph.get(file) ?? []), target]);
  }
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): string[] => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file].map((step) => relative('', step));
    if (done.has(file)) return [];
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...trail, file]);
      if (cycle.length > 0) return cycle;
    }
    done.add(file);
    return [];
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
