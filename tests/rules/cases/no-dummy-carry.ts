import { at, importNn, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNn}class Cell extends nn.Module { call(carry, x) { return [carry, x]; } }\nnn.scan(Cell, {});`,
    `${importNn}class Pair extends nn.Module { call(x, _) { return [x, null]; } }`,
    "import * as jax from 'linen2nnx/jax';\njax.lax.scan((c, _) => [c, null], c, xs);",
    `${importNn}nn.scan((module, carry, x) => [carry, f(x)], {});`,
  ],
  invalid: [
    {
      code: `${importNn}class Block extends nn.Module {\n  call(x, _) {\n    return [f(x), null];\n  }\n}\nconst Layers = nn.scan(Block, { length: 4 });`,
      errors: [at(3, { owner: 'Block.call', part: 'argument' }), at(4, { owner: 'Block.call', part: 'result' })],
    },
    { code: `${importNn}nn.scan((module, carry, _) => [carry, null], {});`, errors: [at(2), at(2)] },
    {
      code: `${importNn}function body(module, carry, x) {\n  if (x) return [carry, null];\n  return [carry, x];\n}\nnn.scan(body, {});`,
      errors: [at(3, { owner: 'body', part: 'result' })],
    },
  ],
};
