import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { packageRoot } from '../fixtures/temporary-project.js';

interface Exports {
  readonly [entry: string]: string | { readonly types: string; readonly default: string };
}

const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
  readonly exports: Exports;
  readonly bin: { readonly linen2nnx: string };
};

describe('the package as it is published', () => {
  let files: readonly string[];
  beforeAll(() => {
    const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: packageRoot,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    files = (JSON.parse(output) as { files: { path: string }[] }[])[0]!.files.map((each) => each.path);
  });

  test('holds what is built, the pages of the rules, the schemas and the licence, and nothing else', () => {
    const roots = new Set(files.map((each) => each.split('/')[0]));
    expect([...roots].sort()).toEqual(['LICENSE', 'NOTICE', 'README.md', 'dist', 'docs', 'package.json', 'schemas']);
    expect(new Set(files.filter((each) => each.startsWith('dist/')).map((each) => each.split('/')[1]))).toEqual(
      new Set(['runtime', 'src', 'rules']),
    );
  });

  test('has every file that its entry points name', () => {
    const named = Object.entries(manifest.exports)
      .filter(([entry]) => !entry.includes('*'))
      .flatMap(([, target]) => (typeof target === 'string' ? [target] : [target.types, target.default]));
    const wanted = [...named, manifest.bin.linen2nnx].map((each) => each.replace('./', ''));
    expect(wanted.filter((each) => !files.includes(each))).toEqual([]);
  });

  test('names no path of the machine it was built on', () => {
    const telling = files.filter(
      (each) =>
        existsSync(join(packageRoot, each)) && readFileSync(join(packageRoot, each), 'utf8').includes(packageRoot),
    );
    expect(telling).toEqual([]);
  });
});

test('every entry point can be imported by its name', () => {
  const entries = Object.keys(manifest.exports).filter((each) => !each.includes('*') && !each.endsWith('.json'));
  const names = entries.map((each) => each.replace('.', 'linen2nnx'));
  const program = `const names = ${JSON.stringify(names)};
    for (const name of names) if (Object.keys(await import(name)).length === 0) throw new Error(name + ' exports nothing');`;
  const run = () =>
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: packageRoot, encoding: 'utf8' });
  expect(run).not.toThrow();
}, 60_000);
