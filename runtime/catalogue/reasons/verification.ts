import type { ReasonRecord } from '../record.js';

type Words = readonly [code: string, name: string, what: string, why: string, fix: string];

const differs = 'The new version does not do what the old one did, so it was not written.';
const report =
  'Look at the named place in both versions. If the conversion is wrong, please report it with both files.';
const cases =
  'Add a `*.cases.ts` file that exports `cases = [{ class, construct, args }]`, and run `linen2nnx verify`.';

/** The two versions were run, and differ. */
const differences: readonly Words[] = [
  [
    'L2N501',
    'wrong-version-ran',
    '{subject} is not the version it should be: {detail}.',
    'A check proves nothing when it runs the same style twice.',
    'Make sure that nothing replaces the class while the project is loaded.',
  ],
  ['L2N502', 'structure-differs', 'The variables of {subject} differ: {detail}.', differs, report],
  ['L2N503', 'evaluation-differs', '{subject} gives another output in evaluation mode: {detail}.', differs, report],
  ['L2N504', 'training-differs', '{subject} gives another output in training mode: {detail}.', differs, report],
  ['L2N505', 'state-differs', '{subject} leaves other values in its variables: {detail}.', differs, report],
  ['L2N506', 'sown-values-differ', '{subject} sows other values: {detail}.', differs, report],
  ['L2N507', 'gradient-differs', '{subject} has another gradient: {detail}.', differs, report],
  ['L2N508', 'steps-differ', '{subject} trains differently: {detail}.', differs, report],
  ['L2N509', 'resume-differs', '{subject} goes on differently after a checkpoint: {detail}.', differs, report],
  ['L2N510', 'method-differs', '{subject} gives another result: {detail}.', differs, report],
  ['L2N511', 'program-differs', '{subject} gives another result: {detail}.', differs, report],
  [
    'L2N512',
    'key-use-differs',
    '{subject} draws other random keys: {detail}.',
    'Noise that is shared, missing or drawn twice trains another model, often without an error.',
    report,
  ],
  [
    'L2N513',
    'mode-differs',
    '{subject} runs layers in another mode: {detail}.',
    'NNX models start in training mode and keep the mode they were put in.',
    report,
  ],
  [
    'L2N514',
    'variable-created-late',
    '{subject} creates variables in a call: {detail}.',
    'The structure of an NNX module is fixed when it is constructed.',
    report,
  ],
  ['L2N515', 'backends-differ', '{subject} differs between backends: {detail}.', differs, report],
];

/** The two versions could not be run to the end. */
const unverified: readonly Words[] = [
  [
    'L2N520',
    'no-sample',
    'No sample input is known for {subject}: {detail}.',
    'Without an input there is nothing to compare.',
    cases,
  ],
  [
    'L2N521',
    'time-limit',
    '{subject} took too long: {detail}',
    'Code of the project runs under a time limit.',
    'Give a smaller sample in a `*.cases.ts` file, or more time.',
  ],
  [
    'L2N522',
    'memory-limit',
    '{subject} took too much memory: {detail}',
    'Code of the project runs under a memory limit.',
    'Give a smaller sample in a `*.cases.ts` file, or more memory.',
  ],
  [
    'L2N523',
    'process-ended',
    '{subject} could not be checked: {detail}',
    'The project is run in a process of its own; that process ended.',
    'Take the call that ends the process out of the modules that the classes need.',
  ],
  [
    'L2N524',
    'code-threw',
    '{subject} threw: {detail}',
    'The code of the project failed on the sample, so there is nothing to compare.',
    cases,
  ],
  [
    'L2N525',
    'missing-dependency',
    '{subject} needs something that is not installed: {detail}',
    'The project has to be runnable where it is verified.',
    'Install the dependencies of the project.',
  ],
  [
    'L2N526',
    'cannot-load',
    '{subject} cannot be loaded: {detail}',
    'A module of the project failed while it was loaded.',
    'Run the module with Node; the same error should appear.',
  ],
  [
    'L2N527',
    'no-argument',
    'An argument of {subject} could not be made: {detail}.',
    'The verifier makes arguments from what a program does with them; here that does not tell.',
    'Add `programs = [{ name, args }]` to a `*.cases.ts` file.',
  ],
  [
    'L2N528',
    'program-unreachable',
    '{subject} cannot be run on its own: {detail}.',
    'A function inside another function exists only while that one runs.',
    'Move the function to the top level of its file, or check it by hand.',
  ],
  [
    'L2N529',
    'backend-absent',
    'Backend {subject} is not usable here: {detail}.',
    'A check that did not run is not a success.',
    'Install the backend, or leave it out with `--backend`.',
  ],
  [
    'L2N530',
    'stage-not-run',
    'Stage not run: {detail}.',
    'A stage that did not run is listed, and is not a success.',
    'Ask for it with `--stages`.',
  ],
  [
    'L2N531',
    'old-version-absent',
    'The Linen version of {subject} is not known any more: {detail}.',
    'The old version is read from git by its hash, else from the journal in .linen2nnx; without it there is nothing to compare with.',
    'Fetch the whole history (`git fetch --unshallow`), or commit the Linen version before the conversion.',
  ],
  [
    'L2N532',
    'nothing-shown',
    'The sample of {subject} shows nothing: {detail}.',
    'Two versions that both give NaN, or no value at all, agree whatever they compute.',
    cases,
  ],
];

/** 5xx: what verification found. */
export const verificationReasons: readonly ReasonRecord[] = [
  ...differences.map(recordOf('error')),
  ...unverified.map(recordOf('warning')),
];

function recordOf(severity: ReasonRecord['severity']): (words: Words) => ReasonRecord {
  return ([code, name, what, why, fix]) => ({ code, name, severity, what, why, fix, before: null, after: null });
}
