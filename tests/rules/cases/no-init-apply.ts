import { importNn, type RuleCases } from '../rule-cases.js';

const at = (line: number, column?: number) => ({
  messageId: 'found' as const,
  line,
  ...(column === undefined ? {} : { column }),
});
const block = 'class Block extends nn.Module {}\n';

export const cases: RuleCases = {
  valid: [
    // no import of the package: never looked at
    'model.apply({ params }, [x]);',
    "import * as nnx from 'linen2nnx/nnx';\nconst y = model.call(x);",
    // an optimizer has init, too
    "import * as optax from 'linen2nnx/optax';\nconst tx = optax.adam(1e-3);\nconst state = tx.init(params);",
    // Function.prototype.apply
    `${importNn}function f() {}\nf.apply(this, [1]);\nf.apply({ a: 1 }, [1]);`,
    `${importNn}const g = (...xs) => xs;\ng.apply({}, [1]);`,
    `${importNn}Math.max.apply(null, [1, 2]);\ncallbacks.done.apply(this, [1]);`,
    // a class of this file that is no Linen module
    `${importNn}class Plugin { apply(a, b) {} }\nconst plugin = new Plugin();\nplugin.apply({}, [1]);`,
    // passed on, not called
    "import { TrainState } from 'linen2nnx/training';\nTrainState.create({ applyFn: model.apply, params, tx });",
    `${importNn}${block}const model = new Block();\nmodel.apply;`,
  ],
  invalid: [
    {
      code: `${importNn}${block}const model = new Block();\nconst variables = model.init(key, [x]);\nmodel.apply(variables, [x]);`,
      errors: [at(4, 25), at(5, 7)],
    },
    // known class: any form
    { code: `${importNn}${block}const out = new Block().initWithOutput(key, args);`, errors: [at(3)] },
    { code: `${importNn}const dense = new nn.Dense(4);\ndense.init(key, inputs);`, errors: [at(3)] },
    // a chain of classes in this file
    { code: `${importNn}${block}class Wide extends Block {}\nnew Wide().apply(variables, args);`, errors: [at(4)] },
    // annotated parameter
    {
      code: `${importNn}${block}function run(model: Block) {\n  return model.apply(variables, args);\n}`,
      errors: [at(4)],
    },
    // class from another file: told by the call's form
    {
      code: "import * as jax from 'linen2nnx/jax';\nimport { Model } from './model.js';\nconst model = new Model(4);\nconst y = model\n  .apply({ params }, [x, true], { rngs: { dropout: key } });",
      errors: [at(5, 4)],
    },
    {
      code: "import * as jax from 'linen2nnx/jax';\nimport { model } from './model.js';\nconst variables = model.init(jax.random.key(0), [x]);",
      errors: [at(3)],
    },
    {
      code: `${importNn}class Head extends nn.Module {\n  predict(v, x) { return this.apply(v, [x]); }\n}`,
      errors: [at(3)],
    },
  ],
};
