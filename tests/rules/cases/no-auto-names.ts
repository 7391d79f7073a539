import { at, importNn, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNn}const Widget_0 = 1;\nconst s = 'Widget_0';`,
    `${importNn}const s = 'Dense_a';\nconst t = 'dense_0';`,
    // no import of the package
    "const s = 'Dense_0';",
    `${importNnx}const names = ['step_1', 'epoch_2'];`,
  ],
  invalid: [
    { code: `${importNn}const kernel = params['Dense_0'].kernel;`, errors: [at(2, { name: 'Dense_0' })] },
    { code: `${importNn}params.Dense_12.kernel;`, errors: [at(2, { name: 'Dense_12' })] },
    { code: `${importNn}const path = 'params/BatchNorm_0/mean';`, errors: [at(2, { name: 'BatchNorm_0' })] },
    {
      code: `${importNn}const frozen = ['Block_1'];\nclass Block extends nn.Module {}`,
      errors: [at(2, { name: 'Block_1' })],
    },
    {
      code: `${importNn}class Block extends nn.Module {}\nparams.ScanBlock_0;`,
      errors: [at(3, { name: 'ScanBlock_0' })],
    },
    { code: `${importNn}const tree = { Dense_0: { kernel } };`, errors: [at(2, { name: 'Dense_0' })] },
  ],
};
