import { at, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}class A extends nnx.Module { constructor({ rngs }) { super(); this.a = new nnx.Linear(2, 4, { rngs }); } }`,
    `${importNnx}class A extends nnx.Module { constructor(options, { rngs }) { super(); this.a = new nnx.Linear(2, 4, options); this.b = new nnx.Linear(2, 4, { ...options }); } }`,
    // none at hand
    `${importNnx}class A extends nnx.Module { constructor() { super(); this.a = new nnx.Linear(2, 4, {}); } }`,
    `${importNnx}const make = ({ rngs }) => new nnx.Linear(2, 4, {});`,
  ],
  invalid: [
    {
      code: `${importNnx}class A extends nnx.Module {\n  constructor({ rngs }) { super(); this.a = new nnx.Linear(2, 4, { useBias: false }); }\n}`,
      output: `${importNnx}class A extends nnx.Module {\n  constructor({ rngs }) { super(); this.a = new nnx.Linear(2, 4, { useBias: false, rngs }); }\n}`,
      errors: [at(3, { name: 'nnx.Linear' })],
    },
    {
      code: `${importNnx}class A extends nnx.Module {\n  constructor({ rngs }) { super(); this.a = new nnx.Linear(2, 4); }\n}`,
      output: `${importNnx}class A extends nnx.Module {\n  constructor({ rngs }) { super(); this.a = new nnx.Linear(2, 4, { rngs }); }\n}`,
      errors: [at(3)],
    },
  ],
};
