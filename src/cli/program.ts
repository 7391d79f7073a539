import process from 'node:process';
import { Argument, Command } from 'commander';
import type { CheckFlags } from './check.js';
import type { ConvertFlags } from './convert-flags.js';
import { addCheckpoint } from './checkpoint-program.js';
import { convertFlags, fileFlags, listFormat, reportFormat, stageOf, unitFlags } from './flags.js';
import { examples } from './help.js';
import type { ListFlags } from './undo.js';
import type { VerifyFlags } from './verify.js';

/** The commands and flags. Actions load what they need when they run. */
export function makeProgram(): Command {
  const program = new Command('linen2nnx')
    .description('Converts Linen-style modules and training loops to NNX, and proves that they compute the same.')
    .argument('[paths...]', 'files, folders or globs to convert (default: the whole project)')
    .exitOverride()
    .showHelpAfterError('(linen2nnx --help lists the flags)')
    .enablePositionalOptions()
    .addHelpText('after', examples.convert);
  convertFlags(program)
    .option('--dry-run', 'say what would be converted; change nothing')
    .option('--diff', 'print the changes as a unified diff on stdout, fit for `git apply`; change nothing')
    .option('--interactive', 'show each unit and ask whether to convert it')
    .option('--out-dir <folder>', 'write the changed files there; leave the project as it is')
    .option('--stdin', 'convert the text of stdin, print it on stdout; needs --stdin-filename')
    .option('--stdin-filename <file>', 'the file of the project that the text of stdin is')
    .option('--allow-dirty', 'change files that have uncommitted changes')
    .option('--allow-no-vcs', 'change files outside version control')
    .option('-V, --version', 'print the version')
    .action(async (paths: string[], flags: ConvertFlags) => {
      const { convert } = await import('./convert.js');
      process.exitCode = await convert(paths, flags, { commands: program.commands.map((each) => each.name()) });
    });
  addPlan(program);
  addVerify(program);
  addCheck(program);
  addCheckpoint(program);
  program
    .command('explain')
    .description('the words of a code, with an example')
    .addArgument(new Argument('<code>', 'such as L2N101, or the name of a lint rule'))
    .addHelpText('after', examples.explain)
    .exitOverride()
    .action(async (code: string) => {
      const { explain } = await import('./explain.js');
      process.exitCode = explain(code);
    });
  addJournal(program);
  program
    .command('doctor')
    .description('versions, tsconfig, backends: what could keep the tool from working here')
    .option('--project <tsconfig>', 'a tsconfig other than the folder’s own')
    .addOption(listFormat())
    .addHelpText('after', examples.doctor)
    .exitOverride()
    .action(async (flags: ListFlags & { readonly project?: string }) => {
      const { doctor } = await import('./doctor.js');
      process.exitCode = await doctor(flags);
    });
  return program;
}

function addPlan(program: Command): void {
  const plan = program
    .command('plan')
    .description('analysis only: what would convert, in which order, with what effort, and why not the rest')
    .argument('[paths...]', 'files, folders or globs')
    .addHelpText('after', examples.plan)
    .exitOverride();
  convertFlags(plan).action(async (paths: string[], flags: ConvertFlags) => {
    const { plan: run } = await import('./plan.js');
    process.exitCode = await run(paths, flags);
  });
}

function addVerify(program: Command): void {
  const verify = program
    .command('verify')
    .description('runs what was converted beside its Linen version, from git or the journal, and compares them')
    .argument('[paths...]', 'files, folders or globs')
    .addHelpText('after', examples.verify)
    .exitOverride();
  unitFlags(verify)
    .option('--changed', 'only units with files that differ from the last commit')
    .option('--stages <n...>', 'only these stages of the battery, 0 to 11', stageOf)
    .action(async (paths: string[], flags: VerifyFlags) => {
      const { verify: run } = await import('./verify.js');
      process.exitCode = await run(paths, flags);
    });
}

function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description('for CI: is anything left of the Linen style, or any marker of a conversion?')
    .argument('[paths...]', 'files, folders or globs')
    .addHelpText('after', examples.check)
    .exitOverride();
  fileFlags(command)
    .option('--baseline <file>', 'allow what the file counts; it can only shrink')
    .option('--update-baseline', 'write the baseline: all there is the first time, then only what is gone')
    .addOption(reportFormat())
    .action(async (paths: string[], flags: CheckFlags) => {
      const { check } = await import('./check.js');
      process.exitCode = await check(paths, flags);
    });
}

function addJournal(program: Command): void {
  program
    .command('undo')
    .description('take a run back, without git; refused when a file was changed since')
    .argument('[run]', 'default: the last that stands')
    .addHelpText('after', examples.undo)
    .exitOverride()
    .action(async (run: string | undefined) => {
      const { undo } = await import('./undo.js');
      process.exitCode = await undo(run ?? null);
    });
  program
    .command('runs')
    .description('the conversions written in this folder')
    .addOption(listFormat())
    .addHelpText('after', examples.runs)
    .exitOverride()
    .action(async (flags: ListFlags) => {
      const { runs } = await import('./undo.js');
      process.exitCode = await runs(flags);
    });
}
