/** What the flags ask of a run, over what the config file says, over the defaults. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../config.js';
import { defaultRunOptions, RunError, type RunOptions } from '../pipeline/options.js';
import { toProjectPath } from '../project/read-config.js';
import type { ConvertFlags } from './convert-flags.js';
import { listedFiles } from './file-lists.js';

export function runOptions(
  root: string,
  { paths, flags, settings }: { paths: readonly string[]; flags: ConvertFlags; settings: Config },
): RunOptions {
  refuseContradictions(paths, flags);
  const overlay = flags.stdin === true ? overlayOf(root, flags.stdinFilename ?? '') : undefined;
  const given: { -readonly [K in keyof RunOptions]?: RunOptions[K] | undefined } = {
    paths: overlay === undefined ? paths : [overlay.path],
    include: flags.include,
    exclude: flags.exclude,
    only: listedFiles(root, flags) ?? undefined,
    classes: flags.class,
    shard: flags.shard,
    project: flags.project,
    style: flags.style,
    keys: flags.keys,
    minConfidence: flags.minConfidence,
    verify: flags.verify,
    backends: flags.backend,
    seed: flags.seed,
    format: flags.format === false ? false : undefined,
    write: flags.dryRun !== true && flags.diff !== true && overlay === undefined,
    outDir: flags.outDir,
    overlay,
    allowDirty: flags.allowDirty,
    allowNoVcs: flags.allowNoVcs,
  };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...defaultRunOptions, ...settings, ...set };
}

function refuseContradictions(paths: readonly string[], flags: ConvertFlags): void {
  if ((flags.stdin === true) !== (flags.stdinFilename !== undefined)) {
    throw new RunError(
      '--stdin and --stdin-filename go together.\nName the file of the project that the text of stdin is.',
      2,
    );
  }
  if (flags.stdin !== true) return;
  const others = [
    paths.length > 0 && 'paths',
    flags.diff === true && '--diff',
    flags.interactive === true && '--interactive',
    flags.outDir !== undefined && '--out-dir',
  ];
  const [other] = [...others, flags.filesFrom !== undefined && '--files-from'].filter((each) => each !== false);
  if (other === undefined) return;
  throw new RunError(`--stdin converts one text and prints it: ${other} cannot be given with it.\nLeave one out.`, 2);
}

function overlayOf(root: string, file: string): { path: string; text: string } {
  if (!existsSync(resolve(root, file)))
    throw new RunError(`There is no file ${file}.\n--stdin-filename names the file that the text belongs to.`, 2);
  return { path: toProjectPath(root, file), text: readFileSync(0, 'utf8') };
}
