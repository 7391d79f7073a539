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
    `${importJax}function f(root) {\n  for (const key of jax.random.split(root, 3)) jax.random.normal(key);\n}`,
    `${importJax}function f(root) {\n  for (let k = jax.random.split(root), i = 0; i < 2; i++) g(k, i);\n}`,
    // uses that end their loop, or their turn of it
    `${importJax}function f(key) {\n  for (;;) {\n    jax.random.normal(key);\n    break;\n  }\n}`,
    `${importJax}function f(key) {\n  while (true) {\n    if (a) return jax.random.normal(key);\n    tick();\n  }\n}`,
    `${importJax}function f(keys) {\n  for (const key of keys) {\n    if (a) {\n      jax.random.normal(key);\n      continue;\n    }\n    jax.random.uniform(key);\n  }\n}`,
    `${importJax}function f(key) {\n  return (a && jax.random.normal(key)) || jax.random.uniform(key);\n}`,
    `${importJax}function f(key) {\n  try {\n    return jax.random.normal(key);\n  } catch {\n    return jax.random.uniform(key);\n  }\n}`,
    // functions of their own
    `${importJax}const f = (key) => jax.random.normal(key);\nconst g = (key) => jax.random.normal(key);`,
    'normal(key);\nuniform(key);',
  ],
  invalid: [
    {
      // the loop is left, not what follows it
      code: `${importJax}function f(key) {\n  for (;;) {\n    jax.random.normal(key);\n    break;\n  }\n  return jax.random.uniform(key);\n}`,
      errors: [at(7)],
    },
    {
      // what asks is no tensor
      code: `${importJax}function f(key) {\n  return isGood(jax.random.normal(key)) || jax.random.uniform(key);\n}`,
      errors: [at(3)],
    },
    {
      // what throws may come behind the draw
      code: `${importJax}function f(key) {\n  try {\n    check(jax.random.normal(key));\n  } catch {\n    jax.random.uniform(key);\n  }\n}`,
      errors: [at(6)],
    },
    {
      // `continue` goes on to the next turn
      code: `${importJax}function f(key, xs) {\n  for (const x of xs) {\n    jax.random.normal(key);\n    continue;\n  }\n}`,
      errors: [at(4)],
    },
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
