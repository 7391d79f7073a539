import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { ESLint, type Linter } from 'eslint';
import { configs } from '../../rules/index.js';
import { legacyReasons } from '../../runtime/catalogue/reasons/legacy.js';
import { findLegacy } from '../../src/check/find-legacy.js';

const root = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const legacy = new Set(legacyReasons.map(({ name }) => `linen2nnx/${name}`));
const areas = readdirSync(root, { withFileTypes: true }).filter((each) => each.isDirectory() && each.name !== 'flax');

describe('`check` counts what lint flags', () => {
  test.each(areas.map(({ name }) => name))('in all fixtures of %s', async (area) => {
    const paths = readdirSync(`${root}${area}`, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.includes('node_modules'))
      .map((path) => `${area}/${path}`)
      .sort();
    const files = paths.map((path) => ({ path, text: readFileSync(`${root}${path}`, 'utf8') }));
    const overrideConfig = configs.recommended as unknown as Linter.Config[];
    const eslint = new ESLint({ cwd: root, overrideConfigFile: true, overrideConfig });
    const flagged: string[] = [];
    for (const { path, text } of files) {
      const [result] = await eslint.lintText(text, { filePath: `${root}${path}` });
      for (const { ruleId, line, column, message } of result!.messages) {
        if (legacy.has(ruleId ?? '')) flagged.push(`${path}:${line}:${column} ${message}`);
      }
    }
    const { found, broken } = findLegacy(root, files);
    const counted = found.filter(({ rule }) => rule !== 'marker');
    expect(broken).toEqual([]);
    expect(counted.map((each) => `${each.path}:${each.line}:${each.column} ${each.message}`).sort()).toEqual(
      flagged.sort(),
    );
    expect(flagged.length > 0 || area === 'refused').toBe(true);
  });
});
