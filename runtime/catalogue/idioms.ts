import type { IdiomRecord } from './record.js';

/** The rewrites, and what an edit may name as its reason. */
export const idioms = [
  {
    name: 'basic-module',
    what: 'A compact module gets a constructor that builds its submodules',
    section: 'Basic Module Definition',
  },
  {
    name: 'variable-creation',
    what: 'A model is made with its input sizes and streams; its variables are read from its attributes',
    section: 'Variable Creation',
  },
  {
    name: 'training-step',
    what: 'Functions that took and gave variables take the model',
    section: 'Training Step and Compilation',
  },
  {
    name: 'collections',
    what: 'Variables of a collection become attributes of a Variable class',
    section: 'Collections and Variable Types',
  },
  {
    name: 'multiple-methods',
    what: '`setup` becomes the constructor; every method keeps its name',
    section: 'Using Multiple Methods',
  },
  {
    name: 'lifted',
    what: 'A lifted class becomes the class, and a function of it under the transform',
    section: 'Lifted Transforms',
  },
  { name: 'cache', what: 'A cache that `init` made for its inputs is made by `initCache`', section: null },
  { name: 'apply', what: '`model.apply(variables, [x])` becomes `model.call(x)`', section: null },
  { name: 'optimizer', what: '`tx.init` becomes an `nnx.Optimizer`', section: null },
  { name: 'state', what: 'Statements that only passed state on go; what they did besides stays', section: null },
  { name: 'modes', what: '`train()`, `eval()` or a view takes the place of mode flags', section: null },
  { name: 'size', what: 'An expression over an input’s shape becomes one over constructor values', section: null },
  { name: 'imports', what: 'Imports follow the text', section: null },
  { name: 'marker', what: 'A comment says why a unit was left', section: null },
] as const satisfies readonly IdiomRecord[];

export type IdiomName = (typeof idioms)[number]['name'];
