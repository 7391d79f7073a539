import { at, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}new nnx.Optimizer(model, tx, { wrt: nnx.Param });`,
    `${importNnx}new nnx.Optimizer(model, tx, options);`,
    `${importNnx}const optimizer = new nnx.Optimizer(model, tx, { wrt: nnx.Param });\noptimizer.update(model, grads);`,
    `${importNnx}hash.update(grads);\nconst sha = new Hash();\nsha.update(text);`,
    `${importNnx}const metrics = new nnx.MultiMetric({});\nmetrics.update({ loss });`,
  ],
  invalid: [
    {
      code: `${importNnx}new nnx.Optimizer(model, tx);`,
      output: `${importNnx}new nnx.Optimizer(model, tx, { wrt: nnx.Param });`,
      errors: [at(2)],
    },
    { code: `${importNnx}new nnx.Optimizer(model, tx, {});`, output: null, errors: [at(2)] },
    {
      code: `${importNnx}const model = make();\nconst optimizer = new nnx.Optimizer(model, tx, { wrt: nnx.Param });\noptimizer.update(grads);`,
      output: `${importNnx}const model = make();\nconst optimizer = new nnx.Optimizer(model, tx, { wrt: nnx.Param });\noptimizer.update(model, grads);`,
      errors: [at(4)],
    },
    {
      code: `${importNnx}function step(optimizer: nnx.Optimizer, grads) {\n  optimizer.update(grads);\n}`,
      output: null,
      errors: [at(3)],
    },
  ],
};
