import { at, importNn, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}const { params } = nnx.split(model);`,
    // another library's params
    `${importNn}const { params } = router.current();\nrequest.params;`,
    `${importNn}const model = new Plugin();\nmodel.params;`,
    `${importNn}function f(variables: Settings) { return variables.params; }`,
  ],
  invalid: [
    {
      code: `${importNn}const model = new nn.Dense(4);\nconst { params, batch_stats: stats } = model.init(key, [x]);`,
      errors: [at(3)],
    },
    {
      code: `${importNn}const model = new nn.Dense(4);\nconst variables = model.init(key, [x]);\nconst p = variables.params;\nconst s = variables['batch_stats'];`,
      errors: [at(4, { what: '`variables.params`' }), at(5)],
    },
    { code: `${importNn}const params = new nn.Dense(4).init(key, [x]).params;`, errors: [at(2)] },
    {
      code: `${importNn}function f(v: nn.Variables) {\n  return v.params;\n}`,
      errors: [at(2, { what: 'The type `nn.Variables`' }), at(3)],
    },
    { code: `import type { Params as P } from 'linen2nnx/linen';\nexport type Q = P;`, errors: [at(2)] },
  ],
};
