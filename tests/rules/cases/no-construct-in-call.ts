import { at, importNn, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}class A extends nnx.Module { constructor(rngs) { super(); this.linear = new nnx.Linear(2, 4, { rngs }); } }`,
    `${importNnx}class A extends nnx.Module { call(x) { this.sown = new nnx.Intermediate(x); return new nnx.StateAxes([]); } }`,
    `${importNnx}class Factory { make(rngs) { return new nnx.Linear(2, 4, { rngs }); } }`,
    `${importNnx}class A extends nnx.Module { static create(rngs) { return new nnx.Linear(2, 4, { rngs }); } }`,
    `${importNn}class A extends nn.Module { call(x) { return new nn.Dense(4).call(x); } }`,
  ],
  invalid: [
    {
      code: `${importNnx}class A extends nnx.Module {\n  call(x) { return new nnx.Linear(2, 4, { rngs: this.rngs }).call(x); }\n}`,
      errors: [at(3, { name: 'nnx.Linear', owner: 'A.call' })],
    },
    {
      code: `${importNnx}class A extends nnx.Module {\n  call(x) { const w = new nnx.Param(x); return w.value; }\n}`,
      errors: [at(3)],
    },
    {
      code: `${importNnx}class Block extends nnx.Module {}\nclass A extends nnx.Module {\n  call(x) { return new Block(4).call(x); }\n}`,
      errors: [at(4, { name: 'Block', owner: 'A.call' })],
    },
  ],
};
