import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { makeProject, packageRoot, readProject } from '../fixtures/temporary-project.js';

const command = join(packageRoot, 'dist', 'src', 'cli', 'main.js');

interface Ended {
  readonly status: number | null;
  /** Both streams. */
  readonly said: string;
  /** Addresses of all scripts that were loaded. */
  readonly loaded: readonly string[];
}

/** Runs the built command in a folder. */
function runIn(root: string, args: readonly string[]): Ended {
  const coverage = mkdtempSync(join(tmpdir(), 'linen2nnx-coverage-'));
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, NODE_V8_COVERAGE: coverage, NO_COLOR: '1' },
    });
    const records = readdirSync(coverage).map((each) => readFileSync(join(coverage, each), 'utf8'));
    const loaded = records.flatMap((each) => (JSON.parse(each) as { result: { url: string }[] }).result);
    return { status, said: `${stdout}${stderr}`, loaded: loaded.map((each) => each.url) };
  } finally {
    rmSync(coverage, { recursive: true, force: true });
  }
}

const linen = `import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class Model extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new nn.Dense(3).call(x);
  }
}
`;

/** Runs the command in a project of these files; `files` of the answer are their texts afterwards. */
function runOn(
  files: { readonly [path: string]: string },
  args: readonly string[],
): Ended & { readonly files: { readonly [path: string]: string } } {
  const project = makeProject(files);
  try {
    const ended = runIn(project.root, args);
    return { ...ended, files: readProject(project.root, Object.keys(files)) };
  } finally {
    project.remove();
  }
}

describe('projects that cannot be converted as they are', () => {
  test('a syntax error is told with its place and without a stack: exit 5', () => {
    const broken = linen.replace('call(x: tf.Tensor)', 'call(x: tf.Tensor');
    const { status, said, files } = runOn({ 'src/model.ts': broken }, ['src', '--allow-no-vcs']);
    expect(said).toMatch(/src\/model\.ts\b.*\b6:/);
    expect(said).not.toMatch(/\n\s+at /);
    expect(status).toBe(5);
    expect(files).toEqual({ 'src/model.ts': broken });
  });

  test('a class is not converted while a file that uses it cannot be read', () => {
    const user = `import { Model } from './model.js';\nexport const run = (v: never, x: never) => new Model().apply(v, [x]);\n`;
    const before = { 'src/model.ts': linen, 'src/run.ts': `${user}export const broken = ;\n` };
    const { status, files } = runOn(before, ['src', '--allow-no-vcs', '--verify', 'off']);
    expect(status).toBe(5);
    expect(files['src/run.ts']).toBe(before['src/run.ts']);
    expect(files['src/model.ts']).toMatch(/extends nn\.Module/);
  });

  test('a project without Linen code has nothing to convert: exit 0', () => {
    const files = { 'src/sum.ts': 'export const sum = (a: number, b: number) => a + b;\n' };
    const { status, said } = runOn(files, ['src', '--allow-no-vcs']);
    expect(said).toMatch(/No Linen code found in 1 source file/);
    expect(status).toBe(0);
  });

  test('a tsconfig that is named and is not there: exit 2', () => {
    const { status, said } = runOn({ 'src/model.ts': linen }, ['src', '--project', 'tsconfig.build.json']);
    expect(said).toMatch(/There is no tsconfig at tsconfig\.build\.json/);
    expect(said).not.toMatch(/\n\s+at /);
    expect(status).toBe(2);
  });

  test('a project without a tsconfig is read as a folder, and told so', () => {
    const project = makeProject({ 'src/model.ts': linen });
    rmSync(join(project.root, 'tsconfig.json'));
    try {
      const { said } = runIn(project.root, ['--dry-run', '--verify', 'off']);
      expect(said).toMatch(/no tsconfig\.json/);
      expect(said).toMatch(/src\/model\.ts#Model/);
    } finally {
      project.remove();
    }
  });
});

describe('what is loaded', () => {
  test('a run without verification loads no TensorFlow.js', () => {
    const { loaded } = runOn({ 'src/model.ts': linen }, ['--dry-run', '--verify', 'off']);
    expect(loaded.some((each) => each.includes('ts-morph'))).toBe(true);
    expect(loaded.filter((each) => each.includes('@tensorflow'))).toEqual([]);
  });

  test('--help loads nothing but the command line', () => {
    const { status, loaded } = runIn(packageRoot, ['--help']);
    expect(status).toBe(0);
    const heavy = loaded.filter((each) => /ts-morph|typescript|prettier|@tensorflow|pipeline\.js/.test(each));
    expect(heavy).toEqual([]);
  });
});
