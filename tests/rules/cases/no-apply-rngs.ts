import { at, importNn, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}new nnx.Linear(2, 4, { rngs });`,
    `${importNn}f.apply(this, [1], { rngs });`,
    `${importNn}class A extends nn.Module { call(x) { return x.makeRng('a'); } }`,
    `${importNn}class Dice { roll() { return this.makeRng('a'); } }`,
  ],
  invalid: [
    {
      code: `${importNn}const model = new nn.Dropout(0.5);\nmodel.apply({ params }, [x], { rngs: { dropout: key } });`,
      errors: [at(3, { what: '`rngs` of `apply`' })],
    },
    {
      code: `${importNn}class A extends nn.Module {\n  call() { return this.makeRng('noise'); }\n}`,
      errors: [at(3, { what: "`this.makeRng('noise')`" })],
    },
  ],
};
