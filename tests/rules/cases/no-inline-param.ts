import { at, importNn, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    "import * as nnx from 'linen2nnx/nnx';\nclass A extends nnx.Module { call() { return this.param('a'); } }",
    `${importNn}class Other { run() { return this.param('kernel'); } }`,
    `${importNn}class A extends nn.Module { call(x) { return x.param('kernel'); } }`,
    `${importNn}class A extends nn.Module { call() { return function () { return this.variable('a', 'b'); }; } }`,
  ],
  invalid: [
    {
      code: `${importNn}class A extends nn.Module {\n  call() {\n    return this.param('kernel', init, [4]);\n  }\n}`,
      errors: [
        at(4, { entry: 'param', what: 'a parameter', collection: 'params', attribute: 'kernel', variable: 'Param' }),
      ],
    },
    {
      code: `${importNn}class A extends nn.Module {\n  setup() {\n    this.mean = this.variable('batch_stats', 'mean', f);\n  }\n}`,
      errors: [
        at(4, {
          entry: 'variable',
          what: 'a variable',
          collection: 'batch_stats',
          attribute: 'mean',
          variable: 'BatchStat',
        }),
      ],
    },
    // a wrapper passes `this` on
    {
      code: `${importNn}class A extends nn.Module {\n  call = nn.compact(function () { return this.param('w', f); });\n}`,
      errors: [at(3)],
    },
    {
      code: `${importNn}class A extends nn.Module {\n  call() { return [1].map(() => this.param(name, f)); }\n}`,
      errors: [at(3)],
    },
  ],
};
