import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { mergeProject } from '../../src/analyze/merge.js';
import { readSource } from '../../src/analyze/read-source.js';
import { findSources, type FindOptions } from '../../src/project/find-sources.js';
import { temporaryProject } from './temporary-project.js';

const linen = "import * as nn from 'linen2nnx/linen';\nexport class Model extends nn.Module {}\n";
const config = JSON.stringify({ compilerOptions: { strict: true }, include: ['src'] });

async function found(files: { readonly [path: string]: string | Uint8Array }, options: FindOptions = {}) {
  const result = await findSources(temporaryProject(files), options);
  return { ...result, paths: result.files.map((each) => each.path) };
}

describe('relevant files', () => {
  test('those with Linen code, and those that use them, through barrels', async () => {
    const { paths, listed } = await found({
      'tsconfig.json': config,
      'src/model.ts': linen,
      'src/index.ts': "export * from './models/index.js';",
      'src/models/index.ts': "export { Model as Net } from '../model.js';",
      'src/train.ts': "import { Net } from './index.js';\nnew Net();",
      'src/lazy.ts': "export const load = () => import('./train.js');",
      'src/other.ts': 'export const Dense = 1;',
    });
    expect(paths).toEqual(['src/index.ts', 'src/lazy.ts', 'src/model.ts', 'src/models/index.ts', 'src/train.ts']);
    expect(listed).toBe(6);
  });

  test('path mappings lead to users, and the merged model finds the class', async () => {
    const result = await found({
      'tsconfig.json': JSON.stringify({ compilerOptions: { paths: { '~/*': ['./src/*'] } } }),
      'src/model.ts': linen,
      'app/main.ts': "import { Model } from '~/model';\nnew Model();",
    });
    expect(result.paths).toEqual(['app/main.ts', 'src/model.ts']);
    const model = mergeProject(result.files.map(readSource), { paths: result.config.paths });
    expect(model.constructs.map((each) => each.target)).toEqual([{ target: 'class', id: 'src/model.ts#Model' }]);
  });

  test('paths of an extended config are relative to that config', async () => {
    const { config: read } = await found({
      'config/base.json': JSON.stringify({ compilerOptions: { paths: { '~/*': ['../src/*'] } } }),
      'tsconfig.json': JSON.stringify({ extends: './config/base.json', include: ['src'] }),
      'src/model.ts': linen,
    });
    expect(read.paths).toEqual([{ pattern: '~/*', targets: ['src/*'], scope: '' }]);
  });

  test('other specifiers', async () => {
    const files = { 'tsconfig.json': config, 'src/model.ts': linen.replace('linen2nnx/linen', '@acme/linen') };
    expect((await found(files)).paths).toEqual([]);
    expect((await found(files, { aliases: { '@acme/linen': 'linen2nnx/linen' } })).paths).toEqual(['src/model.ts']);
  });

  test('a project that references others', async () => {
    const { paths, problems } = await found({
      'tsconfig.json': JSON.stringify({
        files: [],
        references: [{ path: './core' }, { path: './app/tsconfig.build.json' }],
      }),
      'core/tsconfig.json': JSON.stringify({ compilerOptions: { composite: true } }),
      'core/model.ts': linen,
      'app/tsconfig.build.json': JSON.stringify({
        compilerOptions: { composite: true },
        references: [{ path: '../core' }],
      }),
      'app/main.ts': "import { Model } from '../core/model.js';",
    });
    expect(problems).toEqual([]);
    expect(paths).toEqual(['app/main.ts', 'core/model.ts']);
  });
});

describe('which files count', () => {
  test('files of the tsconfig, and those in the paths asked for though it excludes them', async () => {
    const files = { 'tsconfig.json': config, 'src/a.ts': linen, 'tests/b.ts': linen, 'tools/c.js': linen };
    expect((await found(files, { paths: ['src'] })).paths).toEqual(['src/a.ts']);
    const wide = await found(files, { paths: ['tests'] });
    expect(wide.paths).toEqual(['src/a.ts', 'tests/b.ts']);
    expect(wide.selected).toEqual(['tests/b.ts']);
    expect((await found(files)).selected).toEqual(['src/a.ts', 'tests/b.ts', 'tools/c.js']);
  });

  test('a file, a folder, a glob', async () => {
    const files = { 'tsconfig.json': config, 'src/a.ts': linen, 'src/b.ts': linen, 'src/[id]/c.ts': linen };
    expect((await found(files, { paths: ['src/a.ts'] })).selected).toEqual(['src/a.ts']);
    expect((await found(files, { paths: ['src/[id]'] })).selected).toEqual(['src/[id]/c.ts']);
    expect((await found(files, { paths: ['src/{a,b}.ts'] })).selected).toEqual(['src/a.ts', 'src/b.ts']);
    expect((await found(files, { paths: ['src'], exclude: ['**/a.ts'] })).selected).toEqual([
      'src/[id]/c.ts',
      'src/b.ts',
    ]);
    expect((await found(files, { paths: ['src'], include: ['**/a.ts'] })).selected).toEqual(['src/a.ts']);
  });

  test('a path that matches nothing is said so', async () => {
    const files = { 'tsconfig.json': config, 'src/a.ts': linen, 'docs/b.md': 'x', 'node_modules/c/d.ts': linen };
    for (const path of ['gone', 'docs', 'src/*.js', 'node_modules/c']) {
      const { problems } = await found(files, { paths: ['src', path] });
      expect(problems.map((each) => [each.problem, each.path])).toEqual([['unmatched', path]]);
    }
  });

  test('without a tsconfig everything under the folder is read, with a note', async () => {
    const { paths, notes } = await found({
      'a.ts': linen,
      'b/c.mjs': linen,
      'node_modules/x/y.ts': linen,
      'd.d.ts': linen,
    });
    expect(paths).toEqual(['a.ts', 'b/c.mjs']);
    expect(notes).toEqual(['There is no tsconfig.json: every source file under the folder is read.']);
  });

  test('never builds, declarations, packages or minified files', async () => {
    const { paths } = await found({
      'tsconfig.json': JSON.stringify({ compilerOptions: { outDir: 'out' } }),
      'a.ts': linen,
      'out/a.js': linen,
      'a.d.ts': linen,
      'a.min.js': linen,
      'packages/p/node_modules/x/a.ts': linen,
    });
    expect(paths).toEqual(['a.ts']);
  });
});

describe('files left out with a reason', () => {
  const reasons = async (root: string) =>
    (await findSources(root)).problems.map((each) => [
      each.problem,
      each.path,
      each.message.replace(/^.*?left out\. /, ''),
    ]);

  test('generated ones and those that are not UTF-8', async () => {
    const root = temporaryProject({
      'tsconfig.json': '{}',
      'a.ts': linen,
      'generated.ts': `// @generated by a tool\n${linen}`,
      'latin.ts': Buffer.from(`${linen}// caf\xe9`, 'latin1'),
    });
    expect(await reasons(root)).toEqual([
      ['file', 'generated.ts', 'It says that it is generated.'],
      ['file', 'latin.ts', 'It is not UTF-8 text: save it as UTF-8 to have it read.'],
    ]);
  });

  test('links that leave the project, and second names of a file', async () => {
    const outside = temporaryProject({ 'far.ts': linen });
    const root = temporaryProject({ 'tsconfig.json': '{}', 'a.ts': linen });
    symlinkSync(join(outside, 'far.ts'), join(root, 'far.ts'));
    symlinkSync(join(root, 'a.ts'), join(root, 'b.ts'));
    symlinkSync(outside, join(root, 'folder'));
    const result = await findSources(root);
    expect(result.files.map((each) => each.path)).toEqual(['a.ts']);
    expect(await reasons(root)).toEqual(
      expect.arrayContaining([
        ['file', 'b.ts', 'It is a link to a.ts.'],
        ['file', 'far.ts', 'It is a link to a file outside the project.'],
      ]),
    );
  });

  test('those that git ignores', async () => {
    const root = temporaryProject({ 'tsconfig.json': '{}', 'a.ts': linen, '.gitignore': 'scratch\n' });
    mkdirSync(join(root, 'scratch'));
    writeFileSync(join(root, 'scratch/b.ts'), linen);
    execFileSync('git', ['init', '-q'], { cwd: root });
    expect(await reasons(root)).toEqual([['file', 'scratch/b.ts', 'It is ignored by git.']]);
  });
});

describe('a tsconfig that cannot be read', () => {
  test('a syntax error, with its place', async () => {
    const { problems } = await found({
      'tsconfig.json': '{\n  "compilerOptions": {\n    "strict": tru\n  }\n}\n',
      'a.ts': linen,
    });
    expect(problems[0]).toMatchObject({ problem: 'config', path: 'tsconfig.json', line: 3, column: 15 });
  });

  test('an unknown value, with its place', async () => {
    const { problems } = await found({
      'tsconfig.json': '{\n  "compilerOptions": { "target": "es1" }\n}\n',
      'a.ts': linen,
    });
    expect(problems[0]).toMatchObject({ problem: 'config', path: 'tsconfig.json', line: 2 });
    expect(problems[0]?.message).toContain('--target');
  });

  test('one that extends nothing there is', async () => {
    const { problems } = await found({ 'tsconfig.json': '{ "extends": "./gone.json" }', 'a.ts': linen });
    expect(problems.map((each) => each.message)).toEqual([expect.stringContaining('gone.json')]);
  });

  test('one that is asked for and not there', async () => {
    const { problems } = await found({ 'a.ts': linen }, { project: 'tsconfig.app.json' });
    expect(problems[0]).toMatchObject({ problem: 'config', path: 'tsconfig.app.json', line: 1, column: 1 });
  });
});
