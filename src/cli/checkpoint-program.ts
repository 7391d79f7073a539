/** The commands below `checkpoint`. */
import process from 'node:process';
import { type Command, Option } from 'commander';
import type { CheckpointFlags } from './checkpoint.js';
import { listFormat, tolerance } from './flags.js';
import { examples } from './help.js';

export function addCheckpoint(program: Command): void {
  const checkpoint = program
    .command('checkpoint')
    .description('checkpoints of either style: what is in them, one from the other, differences')
    .addHelpText('after', examples.checkpoint)
    .exitOverride();
  const add = (name: string, description: string): Command =>
    checkpoint
      .command(name)
      .description(description)
      .option('--class <name>', 'the class that the checkpoint is of: Name or path#Name (default: the one that fits)')
      .option('--manifest <file>', 'default: linen2nnx.manifest.json in this folder')
      .addOption(listFormat())
      .exitOverride();
  add('inspect', 'tensors with dtype, shape and range, and the class they are of')
    .argument('<file>', 'safetensors, Flax msgpack, npz, or the JSON file of TensorFlow.js weights')
    .action(async (file: string, flags: CheckpointFlags) => {
      const { inspect } = await import('./checkpoint.js');
      process.exitCode = await inspect(file, flags);
    });
  add('convert', 'writes the variables under the names of the other style; every value is kept to the bit')
    .argument('<from>', 'the checkpoint to read')
    .argument('<to>', 'the file to write; its ending says the format')
    .addOption(new Option('--to <style>', 'default: the other one').choices(['linen', 'nnx']))
    .addOption(
      new Option('--rest <what>', 'tensors among the model’s that the manifest does not name').choices([
        'refuse',
        'keep',
        'drop',
      ]),
    )
    .option('--overwrite', 'replace a file that is there')
    .action(async (from: string, to: string, flags: CheckpointFlags) => {
      const { convert } = await import('./checkpoint.js');
      process.exitCode = await convert(from, to, flags);
    });
  add('compare', 'names, dtypes, shapes and values; across styles the first is converted by the manifest')
    .argument('<first>')
    .argument('<second>')
    .option('--tolerance <n>', 'largest difference of a value; 0 is to the bit', tolerance)
    .action(async (first: string, second: string, flags: CheckpointFlags) => {
      const { compare } = await import('./checkpoint.js');
      process.exitCode = await compare(first, second, flags);
    });
}
