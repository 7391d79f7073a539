import type { RuleCases } from '../rule-cases.js';

const found = (line: number) => ({ messageId: 'found' as const, line });

export const cases: RuleCases = {
  valid: [
    "import * as nnx from 'linen2nnx/nnx';\nnew nnx.Rngs(0);",
    "import * as nn from 'other/linen';\nnn.Dense;",
    "const path = 'linen2nnx/linen';",
    "// import * as nn from 'linen2nnx/linen';",
  ],
  invalid: [
    {
      code: "import * as nn from 'linen2nnx/linen';\nexport class A extends nn.Module {}",
      output: null,
      errors: [found(1)],
    },
    {
      code: "import type { Params } from 'linen2nnx/linen';\nexport type P = Params;",
      output: null,
      errors: [found(1)],
    },
    {
      code: "import * as tf from '@tensorflow/tfjs';\nimport * as nn from 'linen2nnx/linen';\ntf.ones([1]);",
      output: "import * as tf from '@tensorflow/tfjs';\ntf.ones([1]);",
      errors: [found(2)],
    },
    { code: "export * from 'linen2nnx/linen';", output: null, errors: [found(1)] },
    { code: "export { Dense } from 'linen2nnx/linen';", output: null, errors: [found(1)] },
    { code: "import 'linen2nnx/linen';", output: null, errors: [found(1)] },
    { code: "const nn = await import('linen2nnx/linen');\nnn.Dense;", output: null, errors: [found(1)] },
  ],
};
