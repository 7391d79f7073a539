import { at, importNn, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}class A extends nnx.Module { call(x) { this.sow(nnx.Intermediate, 'h', x); } }`,
    `${importNnx}class Field { plant() { this.sow('wheat', 'h'); } }`,
    `${importNnx}class A extends nnx.Module { call(x) { x.sow('intermediates', 'h'); } }`,
  ],
  invalid: [
    {
      code: `${importNnx}class A extends nnx.Module {\n  call(x) { this.sow('intermediates', 'h', x); }\n}`,
      output: `${importNnx}class A extends nnx.Module {\n  call(x) { this.sow(nnx.Intermediate, 'h', x); }\n}`,
      errors: [at(3, { collection: 'intermediates', variable: 'Intermediate' })],
    },
    // an own collection has an own class: nothing to write
    {
      code: `${importNnx}class A extends nnx.Module {\n  call(x) { this.sow('losses', 'h', x); }\n}`,
      output: null,
      errors: [at(3)],
    },
    // Linen asks for a string
    {
      code: `${importNn}class A extends nn.Module {\n  call(x) { this.sow('intermediates', 'h', x); }\n}`,
      output: null,
      errors: [at(3)],
    },
  ],
};
