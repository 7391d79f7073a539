import { importNn, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNn}new nn.Dense(4);\nnew nn.LayerNorm();`,
    `${importNnx}new nnx.Linear(2, 4, { rngs });`,
    `${importNn}new nn.Dense(4, options);`,
  ],
  invalid: [],
};
