import type { ReasonRecord } from '../record.js';

/** 1xx: patterns of the Linen style. Each is a lint rule of the same name. */
export const legacyReasons: readonly ReasonRecord[] = [
  {
    code: 'L2N101',
    name: 'no-compact',
    severity: 'warning',
    what: '`{owner}` makes its submodules while it runs (`compact`).',
    why: 'In NNX a module owns its submodules: they are made once, in the constructor, with explicit input sizes.',
    fix: 'Run `npx linen2nnx` on this file, or make the submodules in the constructor and keep them as attributes.',
    before: '@nn.compact\ncall(x: tf.Tensor) {\n  return new nn.Dense(this.features).call(x);\n}',
    after: 'call(x: tf.Tensor) {\n  return this.linear.call(x);\n}',
  },
  {
    code: 'L2N102',
    name: 'no-init-apply',
    severity: 'warning',
    what: '`{receiver}.{entry}` passes variables in and out.',
    why: 'In NNX the model holds its variables: nothing is initialised apart from the constructor, and nothing is handed to a call.',
    fix: '{replacement}',
    before: 'const logits = model.apply({ params }, [x, false]);',
    after: 'const logits = model.call(x);',
  },
  {
    code: 'L2N103',
    name: 'no-linen-import',
    severity: 'warning',
    what: 'This file still imports `{module}`.',
    why: 'A file is migrated when nothing in it comes from the Linen style.',
    fix: 'Run `npx linen2nnx` on this file; when nothing of the import is used any more, remove it.',
    before: "import * as nn from 'linen2nnx/linen';",
    after: "import * as nnx from 'linen2nnx/nnx';",
  },
];
