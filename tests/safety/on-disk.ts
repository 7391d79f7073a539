import { spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { convertProject } from '../../src/pipeline.js';
import { defaultRunOptions, type OnProgress, type RunOptions, type RunOutcome } from '../../src/pipeline/options.js';
import { packageRoot } from '../fixtures/temporary-project.js';

export interface OnDisk {
  readonly root: string;
  write(path: string, content: string | Uint8Array): void;
  read(path: string): string;
  bytes(path: string): Buffer;
  /** Every file and link below the folder by its path, but for packages and the journal. */
  tree(): { readonly [path: string]: string };
  git(...args: readonly string[]): string;
  commit(): void;
  /** The whole tool in this process; writes without verification unless told otherwise. */
  convert(options?: Partial<RunOptions>, onProgress?: OnProgress): Promise<RunOutcome>;
  remove(): void;
}

const compilerOptions = {
  target: 'ES2022',
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  lib: ['ES2023', 'DOM'],
  types: [],
  strict: true,
  skipLibCheck: true,
  allowJs: true,
  jsx: 'preserve',
  noEmit: true,
};

/** A user's project in a folder with a space and letters of other scripts in its name. */
export function onDisk(
  files: { readonly [path: string]: string | Uint8Array },
  { tsconfig = { compilerOptions } as object | null, packages = true } = {},
): OnDisk {
  const root = mkdtempSync(join(tmpdir(), 'mein Projekt 模型 '));
  const write = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  write('package.json', '{ "name": "user", "private": true, "type": "module" }\n');
  if (tsconfig !== null) write('tsconfig.json', JSON.stringify(tsconfig));
  if (packages) symlinkSync(join(packageRoot, 'node_modules'), join(root, 'node_modules'));
  for (const [path, content] of Object.entries(files)) write(path, content);
  const git = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(
      'git',
      ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args],
      {
        cwd: root,
        encoding: 'utf8',
      },
    );
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  return {
    root,
    write,
    read: (path) => readFileSync(join(root, path), 'utf8'),
    bytes: (path) => readFileSync(join(root, path)),
    tree: () => treeOf(root),
    git,
    commit: () => {
      git('init', '-q');
      git('config', 'core.autocrlf', 'false');
      writeFileSync(join(root, '.git', 'info', 'exclude'), 'node_modules\n.linen2nnx\n');
      git('add', '-A');
      git('commit', '-qm', 'start');
    },
    convert: (options = {}, onProgress = () => undefined) =>
      convertProject(root, { ...defaultRunOptions, verify: 'off', allowNoVcs: true, ...options }, onProgress),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export { compilerOptions };

function treeOf(root: string): { readonly [path: string]: string } {
  const found: { [path: string]: string } = {};
  const visit = (path: string): void => {
    for (const name of readdirSync(join(root, path)).sort()) {
      if (path === '' && ['node_modules', '.linen2nnx', '.git'].includes(name)) continue;
      const below = path === '' ? name : `${path}/${name}`;
      const stat = lstatSync(join(root, below));
      if (stat.isSymbolicLink()) found[below] = `→ ${readlinkSync(join(root, below))}`;
      else if (stat.isDirectory()) visit(below);
      else found[below] = `${(stat.mode & 0o777).toString(8)} ${readFileSync(join(root, below), 'latin1')}`;
    }
  };
  visit('');
  return found;
}

/** A class of the Linen style whose conversion needs no other file. */
export function linenClass(name = 'Model'): string {
  return `import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

/** A layer and a nonlinearity. */
export class ${name} extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    // First the layer.
    const y = new nn.Dense(4).call(x);
    return tf.relu(y); // then this
  }
}
`;
}

/** Where it is built and run, so that its sizes are known. */
export function useOf(name = 'Model', from = './model.js'): string {
  return `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import { ${name} } from '${from}';

const model = new ${name}();
const variables = model.init(jax.random.key(0), [tf.ones([1, 8])]);
export const output = model.apply(variables, [tf.ones([2, 8])]);
`;
}
