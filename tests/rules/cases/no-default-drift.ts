import { at, importNn, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNn}new nn.Dense(4);\nnew nn.LayerNorm();`,
    `${importNnx}new nnx.Linear(2, 4, { rngs });`,
    `${importNn}new nn.Dense(4, options);`,
    // an option that only NNX has
    `${importNn}new nn.GRUCell(8);`,
  ],
  invalid: [
    {
      code: `${importNn}new nn.MultiHeadDotProductAttention(4, { qkvFeatures: 8 });`,
      output: `${importNn}new nn.MultiHeadDotProductAttention(4, { qkvFeatures: 8, decode: false });`,
      errors: [at(2, { layer: 'MultiHeadDotProductAttention', option: 'decode', linen: 'false', nnx: 'null' })],
    },
    // nothing to add to
    { code: `${importNn}new nn.SelfAttention(4);`, output: null, errors: [at(2)] },
  ],
};
