import { at, importNn, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}nnx.scan(f);`,
    "import * as jax from 'linen2nnx/jax';\nimport * as nn from 'linen2nnx/linen';\njax.lax.scan(f, c, xs);\njax.vmap(f);",
    `${importNn}nn.relu(x);\nother.scan(f);`,
    `${importNn}function f(nn) { nn.scan(Block); }`,
  ],
  invalid: [
    {
      code: `${importNn}const Layers = nn.scan(Block, { length: 4 });`,
      errors: [at(2, { transform: 'scan', replacement: 'Use `nnx.scan` over a function of modules.' })],
    },
    { code: "import { remat as checkpoint } from 'linen2nnx/linen';\nconst B = checkpoint(Block);", errors: [at(2)] },
    { code: `${importNn}const M = nn.mapVariables(nn.Dense, 'params', {});`, errors: [at(2)] },
    { code: `${importNn}class A extends nn.Module {\n  @nn.remat\n  call(x) { return x; }\n}`, errors: [at(3)] },
  ],
};
