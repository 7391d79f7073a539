import { at, importNn, importNnx, importJax, importTf, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}const seed = Math.random();`,
    `${importTf}${importNnx}const noise = tf.randomNormal([2]);`,
    `${importTf}class Dice { roll() { return Math.random(); } }`,
    `${importNnx}class A extends nnx.Module { call(x) { return Math.floor(x); } }`,
  ],
  invalid: [
    {
      code: `${importNnx}class A extends nnx.Module {\n  call(x) { return Math.random(); }\n}`,
      errors: [at(3, { name: 'Math.random', present: 'uniform', stream: 'noise' })],
    },
    {
      code: `${importTf}${importNn}class A extends nn.Module {\n  call(x) { return tf.dropout(x, 0.5); }\n}`,
      errors: [at(4, { name: 'tf.dropout', present: 'bernoulli', stream: 'dropout' })],
    },
    { code: `${importTf}${importJax}const step = jax.jit((x) => tf.add(x, tf.randomNormal([2])));`, errors: [at(3)] },
  ],
};
