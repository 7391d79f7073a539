/** `linen2nnx/eslint`: the ESLint plugin. `import * as linen2nnx from 'linen2nnx/eslint'` is the plugin object. */
import type { TSESLint } from '@typescript-eslint/utils';
import * as parser from '@typescript-eslint/parser';
import type { LintRule } from './define-rule.js';
import { noCompact } from './no-compact.js';
import { noInitApply } from './no-init-apply.js';
import { noLinenImport } from './no-linen-import.js';

export const meta = { name: 'linen2nnx' } as const;

/** The rules by name. */
export const rules: { readonly [name: string]: LintRule } = {
  'no-compact': noCompact,
  'no-init-apply': noInitApply,
  'no-linen-import': noLinenImport,
};

/** Flat configs. `recommended` needs no type information. */
export const configs: { readonly recommended: TSESLint.FlatConfig.ConfigArray } = {
  recommended: [
    {
      name: 'linen2nnx/typescript',
      files: ['**/*.{ts,tsx,mts,cts}'],
      languageOptions: { parser },
    },
    {
      name: 'linen2nnx/recommended',
      plugins: { linen2nnx: { meta, rules: { ...rules } } },
      rules: Object.fromEntries(Object.keys(rules).map((name) => [`linen2nnx/${name}`, 'warn'])),
    },
  ],
};
