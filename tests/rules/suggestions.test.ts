import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ESLint, type Linter } from 'eslint';
import { configs } from '../../rules/index.js';

const guide = fileURLToPath(new URL('../../fixtures/guide/', import.meta.url));
const singles = readdirSync(guide).filter((each) => existsSync(join(guide, each, 'linen.ts')));
const root = realpathSync(mkdtempSync(join(tmpdir(), 'linen2nnx-suggestions-')));
writeFileSync(join(root, '.prettierrc'), '{ "printWidth": 100, "singleQuote": true }\n');
afterAll(() => rmSync(root, { recursive: true }));

/** The suggestions run compiled code, which only `npm test` has. */
const built = process.env['LINEN2NNX_BUILD'] !== undefined;

describe('suggestions', () => {
  (built ? test.each(singles) : test.skip.each(singles))('applied to %s give what the codemod writes', async (name) => {
    const file = join(root, `${name}.ts`);
    cpSync(join(guide, name, 'linen.ts'), file);
    const preset = configs.recommended as unknown as Linter.Config[];
    const overrideConfig = [...preset, { settings: { linen2nnx: { suggestions: true } } }];
    const eslint = new ESLint({ cwd: root, overrideConfigFile: true, overrideConfig });
    let text = readFileSync(file, 'utf8');
    const [result] = await eslint.lintText(text, { filePath: file });
    const suggestion = result!.messages.flatMap(({ suggestions }) => suggestions ?? [])[0];
    expect(suggestion?.desc).toMatch(/^Convert .* in this file, unverified\. \(`npx linen2nnx .*\.ts` also/);
    text = suggestion!.fix.text;
    expect(text).toBe(readFileSync(join(guide, name, 'nnx.ts'), 'utf8'));
    const [after] = await eslint.lintText(text, { filePath: file });
    expect(after!.messages).toEqual([]);
  });

  test('are not computed on the command line', async () => {
    const eslint = new ESLint({
      cwd: root,
      overrideConfigFile: true,
      overrideConfig: configs.recommended as unknown as Linter.Config[],
    });
    const text = readFileSync(join(guide, singles[0]!, 'linen.ts'), 'utf8');
    const [result] = await eslint.lintText(text, { filePath: join(root, 'a.ts') });
    expect(result!.messages.flatMap(({ suggestions }) => suggestions ?? [])).toEqual([]);
    expect(result!.messages.length).toBeGreaterThan(0);
  });
});
