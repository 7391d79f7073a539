import { at, importNnx, importTf, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importTf}${importNnx}class A extends nnx.Module { count: nnx.Variable; constructor() { super(); this.count = new nnx.Variable(tf.scalar(0)); } call() { this.count.value = tf.add(this.count.value, 1); } }`,
    // a plain number
    `${importNnx}class A extends nnx.Module { steps = 0; call() { this.steps += 1; } }`,
    `${importNnx}class Meter { count: nnx.Variable; call() { this.count = 1; } }`,
    // another Variable in its place, and one shared on purpose
    `${importNnx}class A extends nnx.Module { w: nnx.Param; tie(other) { this.w = other.embedding; } reset(x) { this.w = new nnx.Param(x); } }`,
  ],
  invalid: [
    {
      code: `${importTf}${importNnx}class A extends nnx.Module {\n  count: nnx.Variable;\n  call() { this.count = tf.add(this.count.value, 1); }\n}`,
      errors: [at(5, { field: 'count' })],
    },
    {
      code: `${importNnx}class Count extends nnx.Variable {}\nclass A extends nnx.Module {\n  constructor() { super(); this.count = new Count(0); }\n  call() { this.count += 1; }\n}`,
      errors: [at(5)],
    },
    {
      code: `${importNnx}class A extends nnx.Module {\n  readonly count = new nnx.Variable(0);\n  call() { this.count++; }\n}`,
      errors: [at(4)],
    },
  ],
};
