import type { ReasonRecord } from '../record.js';

const size = (code: string, name: string, text: { what: string; why: string; fix: string }): ReasonRecord => ({
  code,
  name,
  severity: 'error',
  ...text,
  before: null,
  after: null,
});

/** 3xx: input sizes that could not be found or proved. */
export const sizeReasons: readonly ReasonRecord[] = [
  size('L2N310', 'size-not-known', {
    what: 'The size of {what} is not known: {why}.',
    why: 'NNX layers are built before they see data, so their input sizes must follow from constructor values.',
    fix: 'Let the value come from the constructor, or from a function of this project whose shapes can be followed.',
  }),
  size('L2N311', 'rank-not-known', {
    what: 'The size of {what} needs the rank of a tensor that is not known: {why}.',
    why: 'Transposing, slicing or flattening gives other sizes for every rank.',
    fix: 'Give the parameter a rank (`x: tf.Tensor3D`), or run `init` with a sample in this project.',
  }),
  size('L2N312', 'reshape-not-known', {
    what: 'The size of {what} comes from a reshape that cannot be computed: {why}.',
    why: 'The target shape must follow from constructor values and the axes of the inputs.',
    fix: 'Write the target as an array of sizes, `-1` at most once.',
  }),
  size('L2N313', 'branches-disagree', {
    what: 'The size of {what} differs between branches: {why}.',
    why: 'The constructor must know which size to use, and it cannot make this test: the test reads data or call arguments.',
    fix: 'Make what the test asks a field of the module, or let both branches give the same size.',
  }),
  size('L2N314', 'loop-decides', {
    what: 'The size of {what} is decided inside a loop in a way that cannot be written down: {why}.',
    why: 'A size carried around a loop is written as a variable of the same loop in the constructor; this one has no such form.',
    fix: 'Carry the value in a variable of its own, keep its rank, or collect sizes in a list of fields.',
  }),
  size('L2N315', 'one-place-many-sizes', {
    what: '{what} is fed different sizes: {why}.',
    why: 'One construction in the text is one module in NNX, with one size.',
    fix: 'Construct the modules in places of their own.',
  }),
  size('L2N316', 'no-shape-rule', {
    what: 'The size of {what} is not known: {why}.',
    why: 'There is no shape rule for this operation here.',
    fix: 'Use operations with a rule, or report the one that is missing.',
  }),
  size('L2N317', 'site-contradicts', {
    what: '{what}: {why}.',
    why: 'The body of the class proves one size from another, and this use of the class does not keep to it.',
    fix: 'Usually one of the two is broadcast from 1: expand it before the call.',
  }),
  size('L2N318', 'module-inside-itself', {
    what: 'The size of {what} is not known: {why}.',
    why: 'A class that is nested in itself, or calls that nest without end, has no summary to start from.',
    fix: 'Unroll the recursion, or pass the size as a field.',
  }),
  size('L2N319', 'trace-disagrees', {
    what: '{what} was planned as `{expression}` = {planned}, but the run fed it {seen}.',
    why: 'The running program decides; an expression that it contradicts is never written.',
    fix: 'This is a fault in our analysis: please report the class.',
  }),
  size('L2N320', 'no-sample', {
    what: 'The size of {what} is not known where the model is built: {why}.',
    why: 'The size would come from the sample given to `init`.',
    fix: 'Call `init` on this model with a sample whose shape can be read, in scope of the construction.',
  }),
  size('L2N321', 'class-not-known', {
    what: 'The size of {what} is not known: {why}.',
    why: 'Which module is built or called here cannot be told from the text.',
    fix: 'Name the class at this place, or pass it as a field at a site in this project.',
  }),
];
