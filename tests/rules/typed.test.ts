import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ESLint, type Linter } from 'eslint';
import { configs } from '../../rules/index.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const root = realpathSync(mkdtempSync(join(tmpdir(), 'linen2nnx-typed-')));
afterAll(() => rmSync(root, { recursive: true }));

const tsconfig = { compilerOptions: { target: 'ES2022', module: 'NodeNext', strict: true, skipLibCheck: true } };
const model = `import * as nnx from 'linen2nnx/nnx';
export class Head extends nnx.Module {
  readonly dropout = new nnx.Dropout(0.5);
}
export class Model extends nnx.Module {
  readonly linear: nnx.Linear;
  readonly heads: readonly Head[];
  constructor(rngs: nnx.Rngs) {
    super();
    this.linear = new nnx.Linear(2, 2, { rngs });
    this.heads = [new Head()];
  }
  call(x: number): number {
    return x;
  }
}
export class Plain extends nnx.Module {
  call(x: number): number {
    return x;
  }
}
`;
const use = (name: string, before: string) => `import * as nnx from 'linen2nnx/nnx';
import { ${name} } from './model.js';
const model = new ${name}(${name === 'Model' ? 'new nnx.Rngs(0)' : ''});
${before}
export const y = model.call(1);
`;
const files: { readonly [path: string]: string } = {
  'packages/a/tsconfig.json': JSON.stringify(tsconfig),
  'packages/a/model.ts': model,
  'packages/a/bare.ts': use('Model', ''),
  'packages/a/set.ts': use('Model', 'model.eval();'),
  'packages/b/tsconfig.json': JSON.stringify(tsconfig),
  'packages/b/model.ts': model,
  'packages/b/plain.ts': use('Plain', ''),
  'packages/b/view.ts': use('Model', 'export const seen = nnx.view(model, { deterministic: true });'),
};
for (const [path, text] of Object.entries(files)) {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}
writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
mkdirSync(join(root, 'node_modules'));
symlinkSync(repository, join(root, 'node_modules', 'linen2nnx'));
symlinkSync(join(repository, 'node_modules', '@tensorflow'), join(root, 'node_modules', '@tensorflow'));

describe('the type-checked preset', () => {
  test('finds models without a mode, in a project of several tsconfigs', async () => {
    const overrideConfig = configs['recommended-type-checked'] as unknown as Linter.Config[];
    const eslint = new ESLint({ cwd: root, overrideConfigFile: true, overrideConfig });
    const results = await eslint.lintFiles(['packages']);
    const found = results.flatMap(({ filePath, messages }) =>
      messages.map(({ line, ruleId, message }) => [filePath.slice(root.length + 1), line, ruleId ?? message]),
    );
    expect(found).toEqual([['packages/a/bare.ts', 5, 'linen2nnx/require-mode']]);
    expect(results.flatMap(({ messages }) => messages)[0]!.message).toContain(
      '`model` runs Dropout and nothing here sets',
    );
  });

  test('says what it needs where there are no types', async () => {
    const [, preset] = configs['recommended-type-checked'];
    const [parserOnly] = configs.recommended;
    const overrideConfig = [parserOnly, preset] as unknown as Linter.Config[];
    const eslint = new ESLint({ cwd: root, overrideConfigFile: true, overrideConfig });
    await expect(eslint.lintFiles(['packages/a/bare.ts'])).rejects.toThrow(
      /expected type information[^]*projectService/,
    );
  });
});
