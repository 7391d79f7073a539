import { mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ESLint, type Linter } from 'eslint';
import { configs, rules } from '../../rules/index.js';
import { lintReasons } from '../../runtime/catalogue/reasons/index.js';
import { rulePage } from './rule-page.js';

const linenProgram = `import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class Model extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new nn.Dense(4).call(x);
  }
}
const model = new Model();
export const run = (params: unknown, x: tf.Tensor) => model.apply({ params }, [x]);
`;

function lint(text: string, { filePath = 'model.ts', cwd = process.cwd() } = {}) {
  const overrideConfig = configs.recommended as unknown as Linter.Config[];
  const eslint = new ESLint({ cwd, overrideConfigFile: true, overrideConfig });
  return eslint.lintText(text, { filePath });
}

describe('the plugin', () => {
  test('lints TypeScript through its recommended preset alone', async () => {
    const [result] = await lint(linenProgram);
    expect(result?.messages.map(({ line, ruleId }) => [line, ruleId])).toEqual([
      [2, 'linen2nnx/no-linen-import'],
      [5, 'linen2nnx/no-compact'],
      [11, 'linen2nnx/no-init-apply'],
    ]);
    expect(result?.messages[1]?.message).toContain('L2N101: `Model.call` makes its submodules while it runs');
    expect(result?.messages.every(({ message }) => !message.includes('{{'))).toBe(true);
  });

  test('has a rule for each record, and no other', () => {
    expect(Object.keys(rules).sort()).toEqual(lintReasons.map(({ name }) => name).sort());
    for (const { name, code, flags, types } of lintReasons) {
      const { docs, type, schema } = rules[name]!.meta;
      expect(docs).toMatchObject({ code, description: flags, requiresTypeChecking: types });
      expect([type, schema]).toEqual([expect.stringMatching(/problem|suggestion/), []]);
    }
  });

  test('presets differ in what is an error, and in the need of types', () => {
    const levels = (name: keyof typeof configs) => configs[name][1]!.rules!;
    expect(levels('recommended')['linen2nnx/no-compact']).toBe('warn');
    expect(levels('migrating')['linen2nnx/no-compact']).toBe('warn');
    expect(levels('migrating')['linen2nnx/optimizer-wrt']).toBe('error');
    expect(levels('migrated')['linen2nnx/no-compact']).toBe('error');
    expect(levels('migrated')['linen2nnx/require-mode']).toBeUndefined();
    expect(levels('recommended-type-checked')['linen2nnx/require-mode']).toBe('warn');
  });

  test('follows names through other files of the project, and no look-alikes', async () => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'linen2nnx-rules-')));
    try {
      mkdirSync(join(root, 'lib'));
      writeFileSync(join(root, 'lib/index.ts'), "export * as nn from 'linen2nnx/linen';\nexport * from './base.js';\n");
      writeFileSync(
        join(root, 'lib/base.ts'),
        "import { Module as M } from 'linen2nnx/linen';\nexport class Base extends M {}\n",
      );
      writeFileSync(join(root, 'lib/other.ts'), 'export const nn = { compact: (f: unknown) => f };\n');
      const through =
        "import { Base, nn } from './lib/index.js';\nclass A extends Base {\n  @nn.compact call() {}\n  setup() {}\n}\n";
      const lookAlike = "import { nn } from './lib/other.js';\nclass A {\n  @nn.compact call() {}\n  setup() {}\n}\n";
      const [found] = await lint(through, { filePath: join(root, 'a.ts'), cwd: root });
      const [none] = await lint(lookAlike, { filePath: join(root, 'b.ts'), cwd: root });
      expect(found?.messages.map(({ line, ruleId }) => [line, ruleId])).toEqual([
        [3, 'linen2nnx/no-compact'],
        [4, 'linen2nnx/no-setup-method'],
      ]);
      expect(none?.messages).toEqual([]);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe('pages', () => {
  const folder = new URL('../../docs/rules/', import.meta.url);

  test('there is one for each rule', () => {
    if (process.env['UPDATE_PAGES'] === '1') {
      for (const reason of lintReasons) writeFileSync(new URL(`${reason.name}.md`, folder), rulePage(reason));
    }
    expect(readdirSync(folder).sort()).toEqual(lintReasons.map(({ name }) => `${name}.md`).sort());
  });

  test.each(lintReasons.map((reason) => [reason.name, reason] as const))(
    '%s says what its record says',
    (name, reason) => {
      expect(readFileSync(new URL(`${name}.md`, folder), 'utf8')).toBe(rulePage(reason));
    },
  );

  test('the README lists every rule', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    for (const { name, code } of lintReasons)
      expect(readme).toContain(`| [${name}](docs/rules/${name}.md) | ${code} |`);
  });
});
