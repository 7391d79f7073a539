import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { ESLint } from 'eslint';
import * as plugin from '../../rules/index.js';
import { legacyReasons } from '../../runtime/catalogue/reasons/legacy.js';

const linenProgram = `import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class Model extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new nn.Dense(4).call(x);
  }
}
const model = new Model();
export const run = (params: nn.Params, x: tf.Tensor) => model.apply({ params }, [x]);
`;

describe('the plugin', () => {
  test('lints TypeScript through its recommended preset alone', async () => {
    const eslint = new ESLint({ overrideConfigFile: true, overrideConfig: [...plugin.configs.recommended] as never });
    const [result] = await eslint.lintText(linenProgram, { filePath: 'model.ts' });
    expect(result?.messages.map(({ line, ruleId }) => [line, ruleId])).toEqual([
      [2, 'linen2nnx/no-linen-import'],
      [5, 'linen2nnx/no-compact'],
      [11, 'linen2nnx/no-init-apply'],
    ]);
    expect(result?.messages[1]?.message).toContain('L2N101: `Model.call` makes its submodules while it runs');
    expect(result?.messages.every(({ message }) => !message.includes('{'))).toBe(true);
  });

  test('has a rule for each legacy reason, and no other', () => {
    expect(Object.keys(plugin.rules).sort()).toEqual(legacyReasons.map(({ name }) => name).sort());
  });

  test.each(legacyReasons.map(({ name }) => name))('%s has a page that says what its record says', (name) => {
    const path = new URL(`../../docs/rules/${name}.md`, import.meta.url);
    expect(existsSync(path)).toBe(true);
    const page = readFileSync(path, 'utf8');
    const reason = legacyReasons.find((each) => each.name === name)!;
    for (const part of [`# ${name} (${reason.code})`, reason.why, reason.before!, reason.after!]) {
      expect(page).toContain(part);
    }
    for (const heading of ['## What', '## Why', '## Fix', '## When not to use it']) expect(page).toContain(heading);
  });
});
