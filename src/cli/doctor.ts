/** `linen2nnx doctor`: what could keep the tool from working in this folder. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { readSettings } from '../config.js';
import { packageRoot } from '../pipeline/package-root.js';
import { toolVersion } from '../pipeline/report-run.js';
import { findSources } from '../project/find-sources.js';
import type { ListFlags } from './undo.js';

interface Finding {
  readonly what: string;
  readonly found: string;
  /** What to do; null where all is well. */
  readonly fix: string | null;
}

/** Prints what was found and returns 0, or 2 where something is to be put right. */
export async function doctor({ format, project }: ListFlags & { readonly project?: string }): Promise<number> {
  const root = process.cwd();
  const findings = [...versions(root), await settingsOf(root), ...(await projectOf(root, project)), journalOf(root)];
  const wrong = findings.filter(({ fix }) => fix !== null);
  if (format === 'json') process.stdout.write(`${JSON.stringify({ schemaVersion: 1, findings }, null, 2)}\n`);
  else {
    const width = Math.max(...findings.map(({ what }) => what.length));
    for (const { what, found, fix } of findings) {
      process.stdout.write(`${fix === null ? 'ok ' : 'BAD'}  ${what.padEnd(width)}  ${found}\n`);
      if (fix !== null) process.stdout.write(`     fix: ${fix}\n`);
    }
  }
  return wrong.length === 0 ? 0 : 2;
}

function versions(root: string): readonly Finding[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isOld = major < 20 || (major === 20 && minor < 19);
  const packages = peers().map(([name, range]) => packageFinding(root, name, range));
  return [
    { what: 'linen2nnx', found: toolVersion(), fix: null },
    { what: 'node', found: process.versions.node, fix: isOld ? 'Install Node 20.19 or newer.' : null },
    ...packages,
  ];
}

/** Packages that verification runs the project with: name and range. */
function peers(): readonly (readonly [string, string])[] {
  const own = createRequire(import.meta.url)(join(packageRoot(), 'package.json')) as {
    readonly peerDependencies: { readonly [name: string]: string };
    readonly peerDependenciesMeta?: { readonly [name: string]: { readonly optional?: boolean } };
  };
  return Object.entries(own.peerDependencies).filter(([name]) => own.peerDependenciesMeta?.[name]?.optional !== true);
}

function packageFinding(root: string, name: string, range: string): Finding {
  const version = installedVersion(root, name);
  const install = `Install it: npm install ${name}@${range.replace('~', '')}`;
  if (version === null) return { what: name, found: 'not installed', fix: install };
  const wanted = /^~(\d+\.\d+)\./.exec(range)?.[1];
  const fits = wanted === undefined || version.startsWith(`${wanted}.`);
  return { what: name, found: version, fix: fits ? null : install };
}

function installedVersion(root: string, name: string): string | null {
  for (const folder of createRequire(join(root, 'package.json')).resolve.paths(name) ?? []) {
    const file = join(folder, name, 'package.json');
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  }
  return null;
}

async function settingsOf(root: string): Promise<Finding> {
  try {
    const names = Object.keys(await readSettings(root));
    return { what: 'settings', found: names.length === 0 ? 'none' : names.join(', '), fix: null };
  } catch (error) {
    const [found = '', fix = 'Correct it.'] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { what: 'settings', found, fix };
  }
}

async function projectOf(root: string, project: string | undefined): Promise<readonly Finding[]> {
  const { files, listed, config, problems } = await findSources(root, project === undefined ? {} : { project });
  const broken = problems.filter(({ problem }) => problem === 'config');
  const leftOut = problems.filter(({ problem }) => problem === 'file');
  return [
    broken.length === 0
      ? { what: 'tsconfig', found: config.path ?? 'none: every source file under the folder is read', fix: null }
      : { what: 'tsconfig', found: broken.map(({ message }) => message).join('; '), fix: 'Correct it.' },
    { what: 'sources', found: `${listed} files, ${files.length} with Linen code or beside it`, fix: null },
    ...leftOut.map(({ message }) => ({ what: 'left out', found: message, fix: null })),
  ];
}

function journalOf(root: string): Finding {
  const isCut = existsSync(join(root, '.linen2nnx', 'journal.json'));
  const fix = 'Run linen2nnx again: it finishes or undoes that run first.';
  return { what: 'journal', found: isCut ? 'a run was cut off' : 'no run was cut off', fix: isCut ? fix : null };
}
