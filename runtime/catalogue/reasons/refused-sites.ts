import type { ReasonRecord } from '../record.js';

type Words = readonly [code: string, name: string, what: string, why: string, fix: string];

const inModel =
  'In NNX the model itself holds its variables, so a value that stands beside it would go stale or change under its reader.';
const unseen = 'What cannot be followed could keep, change or compare the variables.';
const plainly = 'Hand the variables only to `apply`, to `tx.init`/`tx.update` and to functions of this project.';

const words: readonly Words[] = [
  [
    'L2N450',
    'site-state-twice',
    'An older version of the {collection} is used after it was replaced',
    inModel,
    'Use the newest version only, or keep the old one by hand with `nnx.clone` or `nnx.state`.',
  ],
  [
    'L2N451',
    'site-state-kept',
    'State of the model is kept in a place of its own (a snapshot, a target network, a structure)',
    inModel,
    'Convert this place by hand: `nnx.clone(model)` for a second model, `nnx.state(model)` for a copy of the values.',
  ],
  ['L2N452', 'site-state-escapes', 'State of the model goes where it cannot be followed', unseen, plainly],
  [
    'L2N453',
    'site-state-changed',
    'State of the model is changed in place',
    inModel,
    'Make the new variables with `jax.tree.map` or an optimizer.',
  ],
  [
    'L2N454',
    'site-model-escapes',
    'The model goes where it cannot be followed ({name})',
    unseen,
    'Hand the model only to functions of this project.',
  ],
  [
    'L2N455',
    'site-variable-unknown',
    'The variable `{name}` is not one that the conversion knows',
    'Its new path follows from the converted class.',
    'Name an existing variable by its full path.',
  ],
  [
    'L2N456',
    'site-receiver',
    'Which model this runs is not known',
    'The call is converted to one of a certain model.',
    'Call `model.apply(…)` on a constant that holds `new Model(…)`.',
  ],
  [
    'L2N457',
    'site-fresh-model',
    'The model is made anew in the call',
    'In NNX a model that is made anew has new variables.',
    'Make the model once and keep it in a constant.',
  ],
  [
    'L2N458',
    'site-init-twice',
    'The model is initialised more than once',
    'Each `init` gives a set of variables of its own; an NNX model holds one.',
    'Make a model for each set of variables.',
  ],
  [
    'L2N459',
    'site-entry',
    'This form is not converted yet: {name}',
    'It has no counterpart in the converted program so far.',
    'Convert it by hand.',
  ],
  [
    'L2N460',
    'site-init-place',
    'The model is initialised in another place than it is made, where the two cannot be joined',
    'In NNX making a model makes its variables.',
    'Call `init` outside of `jax.jit`, where the model is made.',
  ],
  [
    'L2N461',
    'site-unreached',
    'This call was not reached, or its method is not known',
    'Only code whose state can be followed is converted.',
    'Call the function from this project, or remove it.',
  ],
  [
    'L2N462',
    'site-several-meanings',
    'This place means different models or parts of their state at different times',
    'One text can only be written for one meaning.',
    'Write a function for each.',
  ],
  [
    'L2N463',
    'site-too-complex',
    'The flow of state here is too complex to follow',
    unseen,
    'Write the loop or function more plainly.',
  ],
  [
    'L2N464',
    'site-captured',
    '`{name}` is read from outside a compiled function',
    'A compiled Linen function keeps the first value; an NNX function sees the newest.',
    'Pass it as an argument.',
  ],
  [
    'L2N465',
    'site-form',
    'The arguments of this call are not written out',
    'Which of them stay is decided from the text.',
    'Write the arguments as an array and the options as an object in the call.',
  ],
  [
    'L2N466',
    'site-other-model',
    'The variables of another model are given',
    inModel,
    'Give each model its own variables.',
  ],
  [
    'L2N467',
    'site-collection-missing',
    'The collection `{collection}` is not given to `apply`',
    'Linen makes it anew or fails; the NNX model always has it.',
    'Give all collections that the model has.',
  ],
  [
    'L2N468',
    'site-mode',
    'The mode flag is not a plain `true` or `false`',
    'The mode of each call is decided from the text.',
    'Write the flag as a literal at each call.',
  ],
  [
    'L2N469',
    'site-gradient',
    'This use of gradients is not converted yet',
    'Gradients are taken with respect to the model’s parameters.',
    'Differentiate a function whose first argument is the parameters, with no option but `hasAux`.',
  ],
  [
    'L2N470',
    'site-optimizer-twice',
    'Several optimizer states, or transformations, serve one model',
    'An `nnx.Optimizer` is one transformation with one state.',
    'Use one transformation for each model.',
  ],
  [
    'L2N471',
    'site-optimizer',
    'This use of the gradient transformation is not converted yet',
    'An `nnx.Optimizer` updates model and state in one.',
    'Write `tx.update(grads, optState, params)`, then `optax.applyUpdates(params, updates)`.',
  ],
  [
    'L2N472',
    'site-tree-map',
    'This use of `jax.tree.map` over state is not converted yet',
    inModel,
    'Map over the parameters and their gradients, parameters first.',
  ],
  [
    'L2N473',
    'site-dispose',
    'Variables that the model still holds are freed',
    'The NNX model would be left without them.',
    'Free only what was replaced.',
  ],
  [
    'L2N474',
    'site-text',
    'State of the model stands in a form that is not converted yet',
    'Each place that holds state needs a text of its own.',
    'Write it in simple statements: one call each, its results taken apart at once.',
  ],
  [
    'L2N475',
    'site-key',
    'The key given to `init` is not known where the model is made',
    'In NNX the key is needed when the model is made.',
    'Make the key before the model.',
  ],
  [
    'L2N476',
    'site-size',
    'The input sizes of the model are not known here',
    'An NNX model is made with its input sizes.',
    'Initialise the model with a sample whose shape is written out.',
  ],
  [
    'L2N477',
    'site-side-effect',
    'An argument that would go does something besides giving a value',
    'Leaving it out would change the program.',
    'Take it out into a statement of its own before the call.',
  ],
];

/** 450–499: call sites that are left as they are. */
export const siteRefusals: readonly ReasonRecord[] = words.map(([code, name, what, why, fix]) => ({
  code,
  name,
  severity: 'warning',
  what,
  why,
  fix,
  before: null,
  after: null,
}));
