import process from 'node:process';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { CheckFlags } from './check.js';
import type { ConvertFlags } from './convert.js';

/** The commands and flags. Actions load what they need when they run. */
export function makeProgram(): Command {
  const program = new Command('linen2nnx')
    .description('Converts Linen-style modules and training loops to NNX, and proves that they compute the same.')
    .argument('[paths...]', 'files, folders or globs to convert (default: the whole project)')
    .exitOverride()
    .showHelpAfterError('(linen2nnx --help lists the flags)')
    .enablePositionalOptions()
    .addHelpText('after', examples);
  convertFlags(program)
    .option('--dry-run', 'say what would be converted; change nothing')
    .option('--diff', 'print the changes as a unified diff on stdout, fit for `git apply`; change nothing')
    .option('--allow-dirty', 'change files that have uncommitted changes')
    .option('--allow-no-vcs', 'change files outside version control')
    .option('-V, --version', 'print the version')
    .action(async (paths: string[], flags: ConvertFlags) => {
      const { convert } = await import('./convert.js');
      process.exitCode = await convert(paths, flags);
    });
  const plan = program
    .command('plan')
    .description('analysis only: what would convert, with what confidence, and why not the rest')
    .argument('[paths...]', 'files, folders or globs')
    .exitOverride();
  convertFlags(plan).action(async (paths: string[], flags: ConvertFlags) => {
    const { convert } = await import('./convert.js');
    process.exitCode = await convert(paths, { ...flags, dryRun: true, verify: 'off' });
  });
  program
    .command('check')
    .description('for CI: is anything left of the Linen style, or any marker of a conversion?')
    .argument('[paths...]', 'files, folders or globs')
    .option('--project <tsconfig>', 'a tsconfig other than the folder’s own')
    .option('--include <glob...>', 'only these source files')
    .option('--exclude <glob...>', 'none of these source files')
    .option('--baseline <file>', 'allow what the file counts; it can only shrink')
    .option('--update-baseline', 'write the baseline: all there is the first time, then only what is gone')
    .addOption(new Option('--format <format>', 'form of the findings').choices(['text', 'json']))
    .addHelpText('after', checkExamples)
    .exitOverride()
    .action(async (paths: string[], flags: CheckFlags) => {
      const { check } = await import('./check.js');
      process.exitCode = await check(paths, flags);
    });
  program
    .command('explain')
    .description('the words of a code, with an example')
    .addArgument(new Argument('<code>', 'such as L2N101'))
    .exitOverride()
    .action(async (code: string) => {
      const { explain } = await import('./explain.js');
      process.exitCode = explain(code);
    });
  return program;
}

function convertFlags(command: Command): Command {
  return command
    .option('--project <tsconfig>', 'a tsconfig other than the folder’s own')
    .option('--include <glob...>', 'only these source files')
    .option('--exclude <glob...>', 'none of these source files')
    .addOption(new Option('--verify <how>', 'equivalence check before writing').choices(['auto', 'off', 'strict']))
    .addOption(new Option('--backend <name...>', 'backends to verify on').choices(['cpu', 'wasm']))
    .option('--seed <n>', 'seed of verification', wholeNumber)
    .option('--no-format', 'do not run prettier')
    .addOption(new Option('--format <format>', 'form of the report').choices(['text', 'json']))
    .option('--output <file>', 'write the report to a file')
    .option('-q, --quiet', 'only the report')
    .option('-v, --verbose', 'sizes with their evidence, notes, seconds of each phase');
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || text.trim() === '') throw new InvalidArgumentError('Expected a whole number.');
  return value;
}

const checkExamples = `
Examples:
  linen2nnx check src                                        every line that is left; exit code 1 where there are any
  linen2nnx check --baseline legacy.json --update-baseline   count what is there today
  linen2nnx check --baseline legacy.json                     fail only where something was added`;

const examples = `
Examples:
  linen2nnx src --dry-run        what would be converted, verified, and why not the rest
  linen2nnx src --diff           the same as a diff; apply it with: linen2nnx src --diff | git apply
  linen2nnx src                  convert, verify, write
  linen2nnx check src            for CI: is anything left?
  linen2nnx explain L2N404       why a class was left, and what would make it convertible

Exit codes: 0 done · 1 work remains · 2 usage or config · 3 not equivalent · 4 refused · 5 tool failure · 130 interrupted`;
