import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ESLint, type Linter } from 'eslint';
import { configs } from '../../rules/index.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const command = join(repository, 'node_modules', 'eslint', 'bin', 'eslint.js');
/** The command loads the compiled plugin, which only `npm test` has. */
const withBuild = process.env['LINEN2NNX_BUILD'] === undefined ? test.skip : test;

/** What a line is flagged with stands at its end. */
const model = `// A class of the old style.
import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen'; // L2N103

export class Model extends nn.Module {
  @nn.compact // L2N101
  call(x: tf.Tensor): tf.Tensor {
    return new nn.Dense(4).call(x);
  }
}
`;
const use = `import type * as tf from '@tensorflow/tfjs';
import { Model } from '../src/model.js';

const model = new Model();
export const run = (params: never, x: tf.Tensor) =>
  model.apply({ params }, [x]); // L2N102
`;
const step = `import type * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import * as optax from 'linen2nnx/optax';

export const model = new nnx.Linear(2, 4, { rngs: new nnx.Rngs(jax.random.key(0)) });
export const optimizer = new nnx.Optimizer(model, optax.adam(0.1));
export const step = jax.jit((x: tf.Tensor) => model.call(x));
`;
const fixed = step
  .replace("import * as nn from 'linen2nnx/linen';\n", '')
  .replace('optax.adam(0.1))', 'optax.adam(0.1), { wrt: nnx.Param })')
  .replace('jax.jit', 'nnx.jit');

let root = '';
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'linen2nnx-editors-')));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A user's project with the plugin and ESLint installed. */
function project(files: { readonly [path: string]: string }): void {
  const settings = {
    'package.json': '{ "type": "module" }\n',
    'eslint.config.js':
      "import * as linen2nnx from 'linen2nnx/eslint';\n\nexport default [...linen2nnx.configs.recommended];\n",
  };
  for (const [path, text] of Object.entries({ ...settings, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  mkdirSync(join(root, 'node_modules'));
  symlinkSync(repository, join(root, 'node_modules', 'linen2nnx'));
}

/** Runs ESLint as a command, as editors and CI do. */
function eslint(...args: string[]): { readonly code: number | null; readonly results: readonly ESLint.LintResult[] } {
  const ended = spawnSync(process.execPath, [command, '--format', 'json', ...args], { cwd: root, encoding: 'utf8' });
  if (ended.stdout === '') throw new Error(ended.stderr);
  return { code: ended.status, results: JSON.parse(ended.stdout) as ESLint.LintResult[] };
}

function placesIn(results: readonly ESLint.LintResult[]): readonly string[] {
  return results.flatMap(({ filePath, messages }) =>
    messages.map(
      ({ line, message }) => `${filePath.slice(root.length + 1)}:${line} ${/^L2N\d+/.exec(message)?.[0] ?? message}`,
    ),
  );
}

function marksIn(files: { readonly [path: string]: string }): readonly string[] {
  return Object.entries(files).flatMap(([path, text]) =>
    text.split('\n').flatMap((line, index) => {
      const code = /\/\/ (L2N\d+)$/.exec(line)?.[1];
      return code === undefined ? [] : [`${path}:${index + 1} ${code}`];
    }),
  );
}

/** What a message underlines. */
function underlined(text: string, { line, column, endLine = line, endColumn = column }: Linter.LintMessage): string {
  const lines = text.split(/\r?\n/).slice(line - 1, endLine);
  lines[lines.length - 1] = lines.at(-1)!.slice(0, endColumn - 1);
  return lines.join('\n').slice(column - 1);
}

describe('eslint --format json', () => {
  withBuild('names the lines, also with CRLF and a byte order mark', () => {
    const files = { 'src/model.ts': model, 'tests/use.ts': use };
    const windows = `\ufeff${model.replaceAll('\n', '\r\n')}`;
    project({ ...files, 'src/windows.ts': windows });
    const { code, results } = eslint('.');
    const expected = [...marksIn(files), ...marksIn({ 'src/windows.ts': model })];
    expect([...placesIn(results)].sort()).toEqual([...expected].sort());
    expect(code).toBe(0);
    const found = results.flatMap(({ filePath, messages }) =>
      messages.map((each) => underlined(readFileSync(filePath, 'utf8').replace('\ufeff', ''), each)),
    );
    const inModel = ["import * as nn from 'linen2nnx/linen';", '@nn.compact'];
    expect(found).toEqual([...inModel, ...inModel, 'apply']);
  });

  withBuild('ends with 1 under the preset migrated', () => {
    project({
      'src/model.ts': model,
      'eslint.config.js': "import { configs } from 'linen2nnx/eslint';\nexport default configs.migrated;\n",
    });
    const { code, results } = eslint('src');
    expect(results.map((each) => each.errorCount)).toEqual([2]);
    expect(code).toBe(1);
  });
});

describe('--fix', () => {
  withBuild('as a command writes what is safe, and a second time nothing', () => {
    project({ 'src/step.ts': step });
    eslint('--fix', '.');
    expect(readFileSync(join(root, 'src/step.ts'), 'utf8')).toBe(fixed);
    expect(placesIn(eslint('--fix', '.').results)).toEqual([]);
    expect(readFileSync(join(root, 'src/step.ts'), 'utf8')).toBe(fixed);
  });

  test('through the Node API leaves what only the codemod may change', async () => {
    project({ 'src/step.ts': step, 'src/model.ts': model });
    const overrideConfig = configs.recommended as unknown as Linter.Config[];
    const linter = new ESLint({ cwd: root, overrideConfigFile: true, overrideConfig, fix: true });
    await ESLint.outputFixes(await linter.lintFiles(['src']));
    expect(readFileSync(join(root, 'src/step.ts'), 'utf8')).toBe(fixed);
    expect(readFileSync(join(root, 'src/model.ts'), 'utf8')).toBe(model);
    expect([...placesIn(await linter.lintFiles(['src']))].sort()).toEqual(
      [...marksIn({ 'src/model.ts': model })].sort(),
    );
  });
});
