import { at, importNn, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}class A extends nnx.Module { call(x) { return new nnx.Linear(x.shape[1], 4, { rngs }); } }`,
    // a size of the module's own
    `${importNn}class A extends nn.Module { call(x) { return new nn.Dense(this.features).call(x); } }`,
    // shapes that size no layer
    `${importNn}class A extends nn.Module { call(x) { return tf.reshape(x, [x.shape[0], -1]); } }`,
    // a constant of the file
    `${importNn}const image = { shape: [28, 28] };\nclass A extends nn.Module { call(x) { return new nn.Dense(image.shape[0]).call(x); } }`,
  ],
  invalid: [
    {
      code: `${importNn}class A extends nn.Module {\n  call(x) { return new nn.Dense(x.shape.at(-1)!).call(x); }\n}`,
      errors: [at(3, { text: 'x.shape', user: 'nn.Dense' })],
    },
    {
      code: `${importNn}class A extends nn.Module {\n  call(x) {\n    const size = x.shape[1];\n    return new nn.Dense(4 * size).call(x);\n  }\n}`,
      errors: [at(5, { text: 'size', user: 'nn.Dense' })],
    },
    {
      code: `${importNn}class A extends nn.Module {\n  call(x) {\n    const [, features] = x.shape;\n    return this.param('w', init, [features, 4]);\n  }\n}`,
      errors: [at(5, { text: 'features', user: 'this.param' })],
    },
    {
      code: `${importNn}class B extends nn.Module {}\nclass A extends nn.Module {\n  call(x) { return new B({ width: x.shape[1] }).call(x); }\n}`,
      errors: [at(4)],
    },
  ],
};
