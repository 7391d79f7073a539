import type { ReasonRecord } from '../record.js';

/** 6xx: what a person should know about a conversion. */
export const noteReasons: readonly ReasonRecord[] = [
  {
    code: 'L2N600',
    name: 'initial-value',
    severity: 'note',
    what: "The initial value of `{variable}` in {class} differs: Linen's `init` runs the body once, an NNX constructor does not",
    why: 'A counter is 1 after `init` and 0 after construction. Checkpoints and the verifier take the values across.',
    fix: 'Nothing, unless the count itself matters: then add the difference where you read it.',
    before: null,
    after: null,
  },
  {
    code: 'L2N601',
    name: 'dropped-option',
    severity: 'note',
    what: 'The option `{option}` of {module} has no effect on one device and was dropped',
    why: 'Both styles compute the same without it.',
    fix: 'Nothing.',
    before: null,
    after: null,
  },
  {
    code: 'L2N602',
    name: 'dropped-annotation',
    severity: 'note',
    what: '`{name}` in {class} says where arrays live on several devices and was dropped',
    why: 'On one device it gives back its first argument.',
    fix: 'Nothing.',
    before: null,
    after: null,
  },
  {
    code: 'L2N630',
    name: 'dropped-key',
    severity: 'note',
    what: 'The key `{name}` only served this model and was dropped',
    why: 'An NNX model draws dropout keys from its own streams, so masks differ from those of the old key.',
    fix: 'Nothing; seed the streams with `nnx.reseed` where the old masks matter.',
    before: null,
    after: null,
  },
];
