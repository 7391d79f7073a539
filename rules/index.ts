/** `linen2nnx/eslint`: the ESLint plugin. `import * as linen2nnx from 'linen2nnx/eslint'` is the plugin object. */
import type { TSESLint } from '@typescript-eslint/utils';
import * as parser from '@typescript-eslint/parser';
import { lintReasons } from '../runtime/catalogue/reasons/index.js';
import { legacyReasons } from '../runtime/catalogue/reasons/legacy.js';
import type { LintReason } from '../runtime/catalogue/record.js';
import type { LintRule } from './define-rule.js';
import { noApplyRngs } from './no-apply-rngs.js';
import { noAutoNames } from './no-auto-names.js';
import { noBaseTypeFilter } from './no-base-type-filter.js';
import { noBroadcastRngs } from './no-broadcast-rngs.js';
import { noCompact } from './no-compact.js';
import { noConstructInCall } from './no-construct-in-call.js';
import { noDataSyncInStep } from './no-data-sync-in-step.js';
import { noDefaultDrift } from './no-default-drift.js';
import { noDroppedRngs } from './no-dropped-rngs.js';
import { noDummyCarry } from './no-dummy-carry.js';
import { noInitApply } from './no-init-apply.js';
import { noInlineParam } from './no-inline-param.js';
import { noKeyReuse } from './no-key-reuse.js';
import { noLifecycleProbe } from './no-lifecycle-probe.js';
import { noLiftedTransform } from './no-lifted-transform.js';
import { noLinenImport } from './no-linen-import.js';
import { noMathRandom } from './no-math-random.js';
import { noOutdatedNnx } from './no-outdated-nnx.js';
import { noPlainTransform } from './no-plain-transform.js';
import { noRawTensorField } from './no-raw-tensor-field.js';
import { noScanParamsOut } from './no-scan-params-out.js';
import { noSetupMethod } from './no-setup-method.js';
import { noShapeFromInput } from './no-shape-from-input.js';
import { noSowString } from './no-sow-string.js';
import { noTrainState } from './no-train-state.js';
import { noTrainingArg } from './no-training-arg.js';
import { noUnreadSow } from './no-unread-sow.js';
import { noVariableOverwrite } from './no-variable-overwrite.js';
import { noVariablesDict } from './no-variables-dict.js';
import { noWeightCopy } from './no-weight-copy.js';
import { optimizerWrt } from './optimizer-wrt.js';
import { requireMode } from './require-mode.js';

export const meta = { name: 'linen2nnx' } as const;

/** The rules by name. */
export const rules: { readonly [name: string]: LintRule } = {
  'no-compact': noCompact,
  'no-init-apply': noInitApply,
  'no-linen-import': noLinenImport,
  'no-inline-param': noInlineParam,
  'no-setup-method': noSetupMethod,
  'no-variables-dict': noVariablesDict,
  'no-auto-names': noAutoNames,
  'no-apply-rngs': noApplyRngs,
  'no-training-arg': noTrainingArg,
  'no-lifted-transform': noLiftedTransform,
  'no-dummy-carry': noDummyCarry,
  'no-train-state': noTrainState,
  'no-sow-string': noSowString,
  'no-lifecycle-probe': noLifecycleProbe,
  'no-shape-from-input': noShapeFromInput,
  'no-default-drift': noDefaultDrift,
  'require-mode': requireMode,
  'no-plain-transform': noPlainTransform,
  'optimizer-wrt': optimizerWrt,
  'no-raw-tensor-field': noRawTensorField,
  'no-variable-overwrite': noVariableOverwrite,
  'no-construct-in-call': noConstructInCall,
  'no-key-reuse': noKeyReuse,
  'no-broadcast-rngs': noBroadcastRngs,
  'no-scan-params-out': noScanParamsOut,
  'no-base-type-filter': noBaseTypeFilter,
  'no-unread-sow': noUnreadSow,
  'no-weight-copy': noWeightCopy,
  'no-dropped-rngs': noDroppedRngs,
  'no-outdated-nnx': noOutdatedNnx,
  'no-math-random': noMathRandom,
  'no-data-sync-in-step': noDataSyncInStep,
};

type Levels = { readonly legacy: 'warn' | 'error'; readonly hazards: 'warn' | 'error'; readonly types: boolean };

/**
 * Flat configs. `recommended`: everything that needs no type information, as warnings. `migrating`: the Linen style
 * warns, hazards are errors. `migrated`: both are errors. `recommended-type-checked`: with the rules that need types
 * (`languageOptions.parserOptions.projectService`).
 */
export const configs: {
  readonly [
    name in 'recommended' | 'migrating' | 'migrated' | 'recommended-type-checked'
  ]: TSESLint.FlatConfig.ConfigArray;
} = {
  recommended: preset('recommended', { legacy: 'warn', hazards: 'warn', types: false }),
  migrating: preset('migrating', { legacy: 'warn', hazards: 'error', types: false }),
  migrated: preset('migrated', { legacy: 'error', hazards: 'error', types: false }),
  'recommended-type-checked': preset('recommended-type-checked', { legacy: 'warn', hazards: 'warn', types: true }),
};

function preset(name: string, { legacy, hazards, types }: Levels): TSESLint.FlatConfig.ConfigArray {
  const level = (reason: LintReason): 'warn' | 'error' => (legacyReasons.includes(reason) ? legacy : hazards);
  const active = lintReasons.filter((reason) => types || !reason.types);
  return [
    {
      name: 'linen2nnx/typescript',
      files: ['**/*.{ts,tsx,mts,cts}'],
      languageOptions: { parser, ...(types ? { parserOptions: { projectService: true } } : {}) },
    },
    {
      name: `linen2nnx/${name}`,
      plugins: { linen2nnx: { meta, rules: { ...rules } } },
      rules: Object.fromEntries(active.map((reason) => [`linen2nnx/${reason.name}`, level(reason)])),
    },
  ];
}
