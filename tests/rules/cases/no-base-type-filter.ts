import { at, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}nnx.split(model, nnx.Param, nnx.BatchStat, '...');`,
    `${importNnx}nnx.split(model, nnx.Param, nnx.Variable);`,
    `${importNnx}nnx.pop(model, nnx.Intermediate);`,
    `${importNnx}class Loss extends nnx.Intermediate {}\nnnx.pop(model, Loss);`,
    'split(text, Variable, Param);',
  ],
  invalid: [
    {
      code: `${importNnx}nnx.split(model, nnx.Variable, nnx.Param);`,
      errors: [at(2, { filter: 'nnx.Variable', subclass: 'nnx.Param' })],
    },
    {
      code: `${importNnx}class Loss extends nnx.Intermediate {}\nnnx.pop(model, nnx.Intermediate);`,
      errors: [at(3, { filter: 'nnx.Intermediate', subclass: 'Loss' })],
    },
    {
      code: `${importNnx}class Frozen extends nnx.Param {}\nnnx.split(model, nnx.Param, Frozen, '...');`,
      errors: [at(3)],
    },
  ],
};
