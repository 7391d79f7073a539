import { at, importNn, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}class A extends nnx.Module { call() { return this.isInitializing(); } }`,
    `${importNn}class Form { check() { return this.hasVariable('a'); } }`,
    `${importNn}const f = g.bind(this);\nconst h = (() => 1).bind(null);`,
    `${importNn}const copy = tensor.clone();`,
  ],
  invalid: [
    {
      code: `${importNn}class A extends nn.Module {\n  call(x) {\n    if (!this.isInitializing()) f(x);\n    return this.hasVariable('cache', 'k');\n  }\n}`,
      errors: [at(4, { entry: 'this.isInitializing' }), at(5)],
    },
    {
      code: `${importNn}const model = new nn.Dense(4);\nconst bound = model.bind(variables);`,
      errors: [at(3, { entry: 'model.bind' })],
    },
    {
      code: `${importNn}class A extends nn.Module {\n  setup() { nn.shareScope(this, this.inner); }\n}`,
      errors: [at(3, { entry: 'nn.shareScope' })],
    },
  ],
};
