import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const executable = join(repository, 'dist', 'src', 'cli', 'main.js');

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
export interface TemporaryProject {
  readonly folder: string;
  write(path: string, text: string | Uint8Array): void;
  read(path: string): string;
  git(...args: string[]): string;
  /** Runs the built command in the folder. */
  run(...args: string[]): RunResult;
  /** The same with a text on stdin. */
  pipe(input: string, ...args: string[]): RunResult;
  remove(): void;
}

const tsconfig = {
  compilerOptions: {
    target: 'ES2022',
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['src'],
};

/** A user's project in a temporary folder, with this package and TensorFlow.js installed. */
export function temporaryProject(files: { readonly [path: string]: string }, { config = true } = {}): TemporaryProject {
  const folder = mkdtempSync(join(tmpdir(), 'linen2nnx ü '));
  const write = (path: string, text: string | Uint8Array) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write('package.json', '{ "type": "module", "private": true }\n');
  write('.gitignore', 'node_modules\n');
  write('.prettierrc', '{ "printWidth": 100, "singleQuote": true }\n');
  if (config) write('tsconfig.json', JSON.stringify(tsconfig));
  for (const [path, text] of Object.entries(files)) write(path, text);
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(repository, join(folder, 'node_modules', 'linen2nnx'));
  symlinkSync(join(repository, 'node_modules', '@tensorflow'), join(folder, 'node_modules', '@tensorflow'));
  const env = { ...process.env, CI: 'true', NO_COLOR: '1', FORCE_COLOR: undefined };
  const call = (command: string, args: readonly string[], input = ''): RunResult => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, env, input, encoding: 'utf8' });
    return { code: status, stdout, stderr };
  };
  return {
    folder,
    write,
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    git: (...args) => call('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args]).stdout,
    run: (...args) => call(process.execPath, [executable, ...args]),
    pipe: (input, ...args) => call(process.execPath, [executable, ...args], input),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export const linenModel = `import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class Model extends nn.Module {
  constructor(readonly features: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new nn.Dense(this.features).call(x);
  }
}
`;

export const initSite = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import { Model } from './model.js';

const model = new Model(4);
const variables = model.init(jax.random.key(0), [tf.ones([1, 8])]);
export const shape = variables.params.Dense_0.kernel.shape;
`;
