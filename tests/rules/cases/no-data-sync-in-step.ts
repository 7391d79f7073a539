import { at, importNnx, importJax, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}const step = nnx.jit((x) => tf.mean(x));\nstep(x).dataSync();`,
    `${importJax}const log = (x) => x.dataSync();`,
    `${importNnx}nnx.jit((x) => x.data(1));`,
    'jit((x) => x.dataSync());',
  ],
  invalid: [
    {
      code: `${importNnx}const step = nnx.jit((x) => f(tf.mean(x).dataSync()[0]));`,
      errors: [at(2, { name: 'dataSync', transform: 'jit' })],
    },
    {
      code: `${importJax}function loss(params) {\n  const l = f(params);\n  console.log(l.arraySync());\n  return l;\n}\nconst g = jax.grad(loss);`,
      errors: [at(4, { name: 'arraySync', transform: 'grad' })],
    },
    { code: `${importJax}jax.lax.scan((c, x) => [c, x.dataSync()], c, xs);`, errors: [at(2)] },
  ],
};
