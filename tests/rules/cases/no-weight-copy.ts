import { at, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}class A extends nnx.Module { constructor() { super(); this.head.kernel = this.embed.embedding; } }`,
    // a target network, later
    `${importNnx}class A extends nnx.Module { sync() { this.target.kernel.value = this.online.kernel.value; } }`,
    `${importNnx}class A extends nnx.Module { constructor(x) { super(); this.w = new nnx.Param(x.value); } }`,
    `${importNnx}class Form { constructor() { this.a.value = this.b.value; } }`,
  ],
  invalid: [
    {
      code: `${importNnx}class A extends nnx.Module {\n  constructor() { super(); this.head.kernel.value = this.embed.embedding.value; }\n}`,
      errors: [at(3, { target: 'this.head.kernel', from: 'this.embed.embedding' })],
    },
    {
      code: `${importNnx}class A extends nnx.Module {\n  constructor() { super(); this.out = new nnx.Param(this.embed.embedding.value); }\n}`,
      errors: [at(3, { target: 'this.out', from: 'this.embed.embedding' })],
    },
  ],
};
