import { at, importNn, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}class A extends nnx.Module { setup() {} }`,
    `${importNn}class Server { setup() {} }`,
    `${importNn}class A extends nn.Module { static setup() {} }`,
    `${importNn}const plan = { setup() {} };`,
  ],
  invalid: [
    { code: `${importNn}class A extends nn.Module {\n  setup() {}\n}`, errors: [at(3, { owner: 'A' })] },
    {
      code: `${importNn}const A = class extends nn.Module {\n  override setup(): void {}\n};`,
      errors: [at(3, { owner: 'This class' })],
    },
    {
      code: `${importNn}class A extends nn.Module {}\nclass B extends A {\n  setup() {}\n}`,
      errors: [at(4, { owner: 'B' })],
    },
  ],
};
