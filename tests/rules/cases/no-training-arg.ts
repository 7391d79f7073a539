import { at, importNn, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}class A extends nnx.Module { call(x, train) { return this.dropout.call(x, { deterministic: !train }); } }`,
    // a mode that never changes
    `${importNn}class A extends nn.Module { call(x) { return new nn.Dropout(0.5, { deterministic: true }).call(x); } }`,
    `${importNn}const settings = { deterministic: flag };`,
    `${importNn}class Runner { run(flag) { start({ deterministic: flag }); } }`,
  ],
  invalid: [
    {
      code: `${importNn}class A extends nn.Module {\n  call(x, train) {\n    return new nn.Dropout(0.5, { deterministic: !train }).call(x);\n  }\n}`,
      errors: [at(4, { flag: 'deterministic' })],
    },
    {
      code: `${importNn}class A extends nn.Module {\n  call(x, train) {\n    return this.norm.call(x, { useRunningAverage: !train });\n  }\n}`,
      errors: [at(4, { flag: 'useRunningAverage' })],
    },
    {
      code: `${importNn}export const make = (train) => new nn.BatchNorm({ useRunningAverage: !train });`,
      errors: [at(2)],
    },
  ],
};
