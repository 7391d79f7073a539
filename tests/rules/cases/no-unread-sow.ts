import { at, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}class A extends nnx.Module { call(x) { this.sow(nnx.Intermediate, 'aux_loss', x); } }`,
    `${importNnx}class A extends nnx.Module { call(x) { this.sow(nnx.Intermediate, 'aux_loss', x); } }\nnnx.grad((model) => tf.add(f(model), g(nnx.pop(model, nnx.Intermediate))));`,
    `${importNnx}class A extends nnx.Module { call(x) { this.sow(nnx.Intermediate, 'features', x); } }\nnnx.grad(f);`,
  ],
  invalid: [
    {
      code: `${importNnx}class A extends nnx.Module {\n  call(x) { this.sow(nnx.Intermediate, 'aux_loss', x); }\n}\nnnx.grad((model) => f(model));`,
      errors: [at(3, { name: 'aux_loss', variable: 'Intermediate' })],
    },
  ],
};
