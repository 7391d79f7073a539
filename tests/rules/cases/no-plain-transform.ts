import { at, importNnx, importJax, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}const model = new nnx.Linear(2, 4, { rngs });\nconst step = nnx.jit((model: nnx.Linear, x) => model.call(x));`,
    `${importNnx}${importJax}const step = jax.jit((state: nnx.State, x) => nnx.merge(graphdef, state).call(x));`,
    `${importJax}const f = jax.grad((params, x) => loss(params, x));`,
    // only its constants are read
    `${importNnx}${importJax}const model = new nnx.Linear(2, 4, { rngs });\nconst f = jax.jit((x) => tf.mul(x, model.outFeatures));`,
  ],
  invalid: [
    {
      code: `${importNnx}${importJax}const model = new nnx.Linear(2, 4, { rngs });\nconst step = jax.jit((x) => model.call(x));`,
      output: `${importNnx}${importJax}const model = new nnx.Linear(2, 4, { rngs });\nconst step = nnx.jit((x) => model.call(x));`,
      errors: [at(4, { transform: 'jit', model: 'model' })],
    },
    {
      code: `${importNnx}${importJax}class Model extends nnx.Module {}\nfunction loss(model: Model, x) { return model.call(x); }\nconst grads = jax.grad(loss);`,
      output: `${importNnx}${importJax}class Model extends nnx.Module {}\nfunction loss(model: Model, x) { return model.call(x); }\nconst grads = nnx.grad(loss);`,
      errors: [at(5, { transform: 'grad', model: 'model' })],
    },
    // options differ: nothing is written
    {
      code: `${importNnx}${importJax}const rngs = new nnx.Rngs(0);\nconst f = jax.vmap((x) => tf.add(x, rngs.normal()), { inAxes: 0 });`,
      output: null,
      errors: [at(4)],
    },
  ],
};
