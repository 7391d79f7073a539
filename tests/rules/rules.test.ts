import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, it, test } from '@jest/globals';
import { RuleTester } from '@typescript-eslint/rule-tester';
import { rules } from '../../rules/index.js';
import type { RuleCases } from './rule-cases.js';

RuleTester.afterAll = afterAll;
RuleTester.describe = describe;
RuleTester.it = it;
RuleTester.itOnly = it.only;

const tester = new RuleTester();
type Rule = Parameters<typeof tester.run<'found' | 'change', readonly []>>[1];

const files = readdirSync(new URL('./cases/', import.meta.url)).filter((each) => each.endsWith('.ts'));
for (const file of files) {
  const { cases } = (await import(`./cases/${file}`)) as { cases: RuleCases };
  const name = file.replace('.ts', '');
  // (The tester brings the types of its own release of the utils.)
  tester.run(name, rules[name] as unknown as Rule, cases);
}

test('every rule without types has its cases', () => {
  const withTypes = Object.entries(rules).filter(([, rule]) => rule.meta.docs?.requiresTypeChecking === true);
  const names = [...files.map((each) => each.replace('.ts', '')), ...withTypes.map(([name]) => name)];
  expect(names.sort()).toEqual(Object.keys(rules).sort());
});
