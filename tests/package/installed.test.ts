import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { packageRoot } from '../fixtures/temporary-project.js';
import { isLong } from '../long-run.js';

const model = `import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class Model extends nn.Module {
  constructor(readonly features: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return tf.relu(new nn.Dense(this.features).call(x));
  }
}
`;
const start = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import { Model } from './model.js';

const model = new Model(4);
const variables = model.init(jax.random.key(0), [tf.ones([1, 8])]);
export const shape = model.apply(variables, [tf.ones([2, 8])]).shape;
`;
const names = ['', '/checkpoint', '/eslint', '/jax', '/linen', '/nnx', '/optax', '/testing', '/training'];
const entries = names.map((name, at) => `export * as e${at} from 'linen2nnx${name}';\n`).join('');
const config = (module: string, moduleResolution: string) =>
  JSON.stringify({
    // TensorFlow.js's own declarations do not pass without skipLibCheck.
    compilerOptions: {
      target: 'ES2022',
      module,
      moduleResolution,
      lib: ['ES2023', 'DOM'],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
    },
    include: ['src'],
  });

/** How each package manager installs what `package.json` says, and what its `node_modules` must look like. */
const managers: readonly { name: string; install: readonly string[] }[] = [
  { name: 'npm', install: ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund'] },
  {
    name: 'pnpm, isolated',
    install: [
      ...['npx', '--yes', 'pnpm@9', 'install', '--ignore-scripts', '--store-dir', '../store'],
      ...['--config.node-linker=isolated', '--config.auto-install-peers=false'],
    ],
  },
  {
    name: 'yarn, hoisted',
    install: ['npx', '--yes', 'yarn@1.22.22', 'install', '--ignore-scripts', '--non-interactive'],
  },
];

// It downloads from the registry and takes minutes.
(isLong ? describe : describe.skip)('the package as a user gets it', () => {
  let folder: string;
  let tarball: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'linen2nnx-installed-'));
    const packed = spawnSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
      cwd: packageRoot,
      encoding: 'utf8',
    });
    tarball = (JSON.parse(packed.stdout) as { filename: string }[])[0]!.filename;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe.each(managers)('$name', ({ name, install }) => {
    let root: string;
    const call = (command: string, ...args: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync(command, args, {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, NODE_PATH: undefined, CI: '1', NO_COLOR: '1' },
      });
      return { status, stdout, said: `${stdout}${stderr}` };
    };
    beforeAll(() => {
      root = join(folder, name.split(',')[0]!);
      const files = {
        'package.json': JSON.stringify({
          name: 'user',
          private: true,
          type: 'module',
          dependencies: {
            linen2nnx: `file:../${tarball}`,
            '@tensorflow/tfjs': '4.22.0',
            '@tensorflow/tfjs-backend-wasm': '4.22.0',
          },
          devDependencies: { typescript: '6.0.3' },
        }),
        'src/model.ts': model,
        'src/start.ts': start,
        'src/entries.ts': entries,
        'tsconfig.json': config('NodeNext', 'nodenext'),
        'tsconfig.bundler.json': config('ESNext', 'bundler'),
      };
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
      }
      const { status, said } = call(install[0]!, ...install.slice(1));
      if (status !== 0) throw new Error(said);
    }, 600_000);

    test('is laid out as that manager does it', () => {
      const isolated = name.startsWith('pnpm');
      expect(lstatSync(join(root, 'node_modules/linen2nnx')).isSymbolicLink()).toBe(isolated);
      expect(existsSync(join(root, 'node_modules/ts-morph'))).toBe(!isolated);
    });

    test('types resolve under nodenext and under bundler', () => {
      expect(call('npx', 'tsc', '-p', 'tsconfig.json').said).toBe('');
      expect(call('npx', 'tsc', '-p', 'tsconfig.bundler.json').said).toBe('');
    }, 300_000);

    test('a plain run loads no TensorFlow.js', () => {
      const coverage = join(root, 'coverage');
      const bin = join(root, 'node_modules/linen2nnx/dist/src/cli/main.js');
      const run = spawnSync(process.execPath, [bin, '--dry-run', '--verify', 'off'], {
        cwd: root,
        env: { ...process.env, NODE_V8_COVERAGE: coverage },
      });
      expect(run.status).toBe(1);
      const records = readdirSync(coverage).map((each) => readFileSync(join(coverage, each), 'utf8'));
      const urls = records
        .flatMap((each) => (JSON.parse(each) as { result: { url: string }[] }).result)
        .map(({ url }) => url);
      expect(urls.some((url) => url.includes('ts-morph'))).toBe(true);
      expect(urls.filter((url) => url.includes('node_modules/@tensorflow/'))).toEqual([]);
      rmSync(coverage, { recursive: true });
    }, 120_000);

    test('npx runs it: doctor is content, the project is converted and verified, and type-checks', () => {
      cpSync(join(root, 'src'), join(root, 'before'), { recursive: true });
      expect(call('npx', 'linen2nnx', '--version')).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      });
      expect(call('npx', 'linen2nnx', 'doctor')).toMatchObject({ status: 0 });
      const { status, said } = call('npx', 'linen2nnx', 'src', '--allow-no-vcs', '--verify', 'strict');
      expect([status, said]).toEqual([0, expect.stringMatching(/src\/model\.ts#Model +converted/)]);
      expect(readFileSync(join(root, 'src/start.ts'), 'utf8')).toContain('new Model(8, 4, { rngs: new nnx.Rngs(0) })');
      expect(call('npx', 'tsc', '-p', 'tsconfig.json').said).toBe('');
      expect(call('npx', 'linen2nnx', 'undo').status).toBe(0);
      expect(readFileSync(join(root, 'src/model.ts'), 'utf8')).toBe(
        readFileSync(join(root, 'before/model.ts'), 'utf8'),
      );
    }, 300_000);
  });
});
