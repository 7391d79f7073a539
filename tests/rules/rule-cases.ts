import type { RunTests } from '@typescript-eslint/rule-tester';

/** Cases of one rule, valid ones first. */
export type RuleCases = RunTests<'found' | 'change', readonly []>;

export const importNn = "import * as nn from 'linen2nnx/linen';\n";
export const importNnx = "import * as nnx from 'linen2nnx/nnx';\n";
export const importJax = "import * as jax from 'linen2nnx/jax';\n";
export const importTf = "import * as tf from '@tensorflow/tfjs';\n";

/** A finding on a line, and the values in its message. */
export function at(line: number, data?: { readonly [name: string]: string }) {
  return { messageId: 'found' as const, line, ...(data === undefined ? {} : { data }) };
}
