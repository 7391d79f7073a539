import { at, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}nnx.mergeState(a, b);\nnnx.split(model);`,
    'nnx.GraphState.merge(a, b);',
    `${importNnx}other.GraphState.merge(a, b);`,
  ],
  invalid: [
    {
      code: `${importNnx}nnx.GraphState.merge(a, b);`,
      output: `${importNnx}nnx.mergeState(a, b);`,
      errors: [at(2, { name: 'nnx.GraphState.merge', present: 'nnx.mergeState' })],
    },
    { code: `${importNnx}nnx.graph.split(model);`, output: `${importNnx}nnx.split(model);`, errors: [at(2)] },
  ],
};
