import { importNn, type RuleCases } from '../rule-cases.js';

const found = (line: number, owner: string) => ({ messageId: 'found' as const, line, data: { owner } });

export const cases: RuleCases = {
  valid: [
    "import * as nnx from 'linen2nnx/nnx';\nclass Block extends nnx.Module {\n  call(x) { return this.linear.call(x); }\n}",
    // another library's decorator and module
    "import { compact } from 'other';\nclass A {\n  @compact\n  call() {}\n}",
    // a local of the same name
    'const nn = { compact: (f) => f };\nconst f = nn.compact(function () {});',
    // shadowed by a parameter
    `${importNn}function wrap(nn) {\n  return nn.compact(() => 1);\n}`,
    // only mentioned
    `${importNn}// @nn.compact\nconst text = '@nn.compact';`,
    `${importNn}const table = { compact: nn.Dense };\ntable.compact();`,
  ],
  invalid: [
    {
      code: `${importNn}class Block extends nn.Module {\n  @nn.compact\n  call(x) { return new nn.Dense(4).call(x); }\n}`,
      errors: [found(3, 'Block.call')],
    },
    {
      code: "import { Module, compact as inline } from 'linen2nnx/linen';\nclass Block extends Module {\n  @inline\n  forward(x) { return x; }\n}",
      errors: [found(3, 'Block.forward')],
    },
    {
      code: `${importNn}class Block extends nn.Module {\n  call = nn.compact(function (x) { return x; });\n}`,
      errors: [found(3, 'Block.call')],
    },
    {
      code: `${importNn}const { compact } = nn;\nconst other = nn['compact'];\nclass A extends nn.Module {\n  @compact a() {}\n}\nclass B extends nn.Module {\n  @other b() {}\n}`,
      errors: [found(5, 'A.a'), found(8, 'B.b')],
    },
    {
      code: `${importNn}export const f = nn.compact(function () {});`,
      errors: [found(2, 'This function')],
    },
  ],
};
