/** Examples of each command. */

const exitCodes = `
Exit codes: 0 done · 1 work remains · 2 usage or config · 3 not equivalent · 4 refused · 5 tool failure · 130 interrupted`;

export const examples = {
  convert: `
Examples:
  linen2nnx src --dry-run        what would be converted, verified, and why not the rest
  linen2nnx src --diff           the same as a diff; apply it with: linen2nnx src --diff | git apply
  linen2nnx src                  convert, verify, write
  linen2nnx --class Encoder      one class with all that belongs to it
  linen2nnx --since main         what this branch touches
  linen2nnx undo                 take the last run back, with or without git
  linen2nnx check src            for CI: is anything left?
  linen2nnx explain L2N404       why a class was left, and what would make it convertible
${exitCodes}`,
  plan: `
Examples:
  linen2nnx plan                     every unit in the order to convert it: leaf modules first
  linen2nnx plan src --format json   the same for a program
  linen2nnx plan --class Encoder     one class`,
  verify: `
Examples:
  linen2nnx verify                     everything the manifest says was converted
  linen2nnx verify src --stages 2 6    outputs in evaluation mode and gradients only
  linen2nnx verify --shard 1/4         the first of four parts, for CI
  linen2nnx verify --format junit      for the test page of a CI server`,
  check: `
Examples:
  linen2nnx check src                                        every line that is left; exit code 1 where there are any
  linen2nnx check --baseline legacy.json --update-baseline   count what is there today
  linen2nnx check --baseline legacy.json                     fail only where something was added`,
  checkpoint: `
Examples:
  linen2nnx checkpoint inspect old.msgpack                     tensors, shapes, ranges, and the class they are of
  linen2nnx checkpoint convert old.msgpack new.safetensors     Linen names to NNX names, through linen2nnx.manifest.json
  linen2nnx checkpoint convert new.safetensors old.msgpack     and back
  linen2nnx checkpoint compare old.msgpack new.safetensors     do both hold the same? exit code 3 where they do not

Formats by the file's ending: .safetensors, .msgpack (Flax), .npz (NumPy), .json (TensorFlow.js weights).`,
  explain: `
Examples:
  linen2nnx explain L2N101        a code that a report names
  linen2nnx explain no-compact    a lint rule`,
  undo: `
Examples:
  linen2nnx undo           take back the last run that stands; refused when a file was changed since
  linen2nnx undo <run>     an earlier one; \`linen2nnx runs\` names them`,
  runs: `
Examples:
  linen2nnx runs                  the conversions written in this folder, the oldest first
  linen2nnx runs --format json    the same for a program`,
  doctor: `
Examples:
  linen2nnx doctor                  versions, settings, tsconfig, journal; exit code 2 where something keeps the tool from working
  linen2nnx doctor --format json    the same for a program`,
} as const;
