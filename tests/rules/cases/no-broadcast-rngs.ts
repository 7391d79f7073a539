import { at, importNnx, importJax, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}nnx.vmap((model: nnx.Linear, x) => model.call(x), { inAxes: [null, 0] });`,
    `${importNnx}nnx.vmap((rngs: nnx.Rngs) => new Model({ rngs }), { inAxes: 0 });`,
    `${importNnx}class Model extends nnx.Module { dropout: nnx.Dropout; }\nnnx.vmap((model: Model, x) => model.call(x), { inAxes: [axes, 0] });`,
    `${importJax}${importNnx}jax.vmap((rngs: nnx.Rngs, x) => x, { inAxes: [null, 0] });`,
  ],
  invalid: [
    {
      code: `${importNnx}nnx.vmap((rngs: nnx.Rngs, x) => tf.add(x, rngs.normal()), { inAxes: [null, 0] });`,
      errors: [at(2, { parameter: 'rngs' })],
    },
    {
      code: `${importNnx}class Model extends nnx.Module { dropout: nnx.Dropout; }\nfunction forward(model: Model, x) { return model.call(x); }\nnnx.vmap(forward, { inAxes: [null, 0] });`,
      errors: [at(4, { parameter: 'model' })],
    },
  ],
};
