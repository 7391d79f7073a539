import { at, importJax, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importJax}const [a, b] = jax.random.split(key);\njax.random.normal(a);\njax.random.normal(b);`,
    // folded, not used up
    `${importJax}for (let i = 0; i < 3; i++) jax.random.normal(jax.random.foldIn(key, i));`,
    `${importJax}function f(key, wide) {\n  if (wide) return jax.random.normal(key, [8]);\n  return jax.random.normal(key, [4]);\n}`,
    `${importJax}const x = wide ? jax.random.normal(key) : jax.random.uniform(key);`,
    // a new key in each turn
    `${importJax}let key = jax.random.key(0);\nfor (let i = 0; i < 3; i++) {\n  const [next, use] = jax.random.split(key);\n  key = next;\n  jax.random.normal(use);\n}`,
    `${importJax}for (const key of jax.random.split(root, 3)) jax.random.normal(key);`,
    // functions of their own
    `${importJax}const f = (key) => jax.random.normal(key);\nconst g = (key) => jax.random.normal(key);`,
    'normal(key);\nuniform(key);',
  ],
  invalid: [
    {
      code: `${importJax}const key = jax.random.key(0);\njax.random.normal(key);\njax.random.uniform(key);`,
      errors: [at(4, { key: 'key' })],
    },
    {
      code: `${importJax}const key = jax.random.key(0);\nconst [a, b] = jax.random.split(key);\njax.random.uniform(key);`,
      errors: [at(4)],
    },
    {
      code: `${importJax}const key = jax.random.key(0);\nfor (let i = 0; i < 3; i++) {\n  xs.push(jax.random.normal(key));\n}`,
      errors: [at(4)],
    },
    {
      code: `import { random } from 'linen2nnx/jax';\nfunction f(key) {\n  const a = random.normal(key);\n  if (a) return random.uniform(key);\n  return a;\n}`,
      errors: [at(4)],
    },
  ],
};
