import { at, importNnx, importJax, importTf, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importTf}${importNnx}class A extends nnx.Module { constructor() { super(); this.w = new nnx.Param(tf.ones([2])); } }`,
    `${importTf}${importNnx}class Cache { constructor() { this.w = tf.ones([2]); } }`,
    `${importTf}${importNnx}class A extends nnx.Module { constructor() { super(); this.w.value = tf.ones([2]); } }`,
    `${importTf}${importNnx}class A extends nnx.Module { static mean = tf.ones([2]); }`,
    `${importJax}${importNnx}class A extends nnx.Module { constructor() { super(); this.key = jax.random.key(0); } }`,
  ],
  invalid: [
    {
      code: `${importTf}${importNnx}class A extends nnx.Module {\n  constructor() { super(); this.scale = tf.ones([2]); }\n}`,
      errors: [at(4, { field: 'scale' })],
    },
    {
      code: `${importTf}${importNnx}class A extends nnx.Module {\n  scale = tf.zeros([2]);\n}`,
      errors: [at(4, { field: 'scale' })],
    },
    {
      code: `${importJax}${importNnx}class A extends nnx.Module {\n  constructor(key) { super(); this.w = jax.random.normal(key, [2]); }\n}`,
      errors: [at(4, { field: 'w' })],
    },
  ],
};
