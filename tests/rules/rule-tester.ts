import { afterAll, describe, it } from '@jest/globals';
import { RuleTester } from '@typescript-eslint/rule-tester';
import type { LintRule } from '../../rules/define-rule.js';

RuleTester.afterAll = afterAll;
RuleTester.describe = describe;
RuleTester.it = it;
RuleTester.itOnly = it.only;

type Cases = Parameters<typeof tester.run<'found', readonly []>>[2];
const tester = new RuleTester();

/** Runs a rule’s cases as TypeScript modules. (The tester brings the types of its own release of the utils.) */
export const ruleTester = {
  run: (name: string, rule: LintRule, cases: Cases): void =>
    tester.run(name, rule as unknown as Parameters<typeof tester.run<'found', readonly []>>[1], cases),
};

export const importNn = "import * as nn from 'linen2nnx/linen';\n";
