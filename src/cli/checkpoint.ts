/** `linen2nnx checkpoint inspect|convert|compare`: checkpoints through the manifest, both ways. */
import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import process from 'node:process';
import { checkpointFiles, readCheckpoint } from '../checkpoint/checkpoint-file.js';
import { compareCheckpoints } from '../checkpoint/compare-checkpoints.js';
import { type ConversionOptions, convertCheckpoint, listed } from '../checkpoint/convert-checkpoint.js';
import { findClass } from '../checkpoint/find-class.js';
import { CheckpointError } from '../checkpoint/problem.js';
import { type CheckpointSummary, summaryText, summarise } from '../checkpoint/summary.js';
import { writeWhole } from '../edit/disk.js';
import type { Manifest } from '../ir/manifest.js';
import { parseManifest } from '../manifest/manifest.js';
import { RunError } from '../pipeline/options.js';
import { manifestFile, readManifest } from '../pipeline/read-manifest.js';

export interface CheckpointFlags {
  readonly class?: string;
  readonly to?: 'linen' | 'nnx';
  readonly rest?: ConversionOptions['rest'];
  readonly manifest?: string;
  readonly overwrite?: boolean;
  readonly tolerance?: number;
  readonly format?: 'text' | 'json';
}

/** What a file holds: format, tensors with their ranges, the class it is of. */
export function inspect(path: string, flags: CheckpointFlags): Promise<number> {
  return said(async () => {
    const { format, checkpoint } = await readCheckpoint(path);
    const manifest = manifestOf(flags);
    const summary: CheckpointSummary = summarise(path, { format, checkpoint });
    const place = placeOf(() => findClass(checkpoint, asked(manifest, flags)));
    if (flags.format === 'json') print(JSON.stringify({ schemaVersion: 1, ...summary, ...place }, null, 2));
    else print(`${summaryText(summary)}${place.class === null ? '' : `of ${place.class}, ${place.style} names`}`);
    return 0;
  });
}

/** Writes the checkpoint as the other side names it; refuses where a tensor would be lost. */
export function convert(from: string, to: string, flags: CheckpointFlags): Promise<number> {
  return said(async () => {
    const taken = [resolve(to)].filter((each) => existsSync(each));
    if (taken.length > 0 && flags.overwrite !== true) {
      throw new RunError(`${to} is there already; nothing was written.\nName another file, or give --overwrite.`, 4);
    }
    const { checkpoint } = await readCheckpoint(from);
    const rest = flags.rest ?? 'refuse';
    const converted = convertCheckpoint(checkpoint, { ...asked(manifestOf(flags), flags), rest });
    const files = checkpointFiles(to, converted.checkpoint);
    for (const each of files) await writeWhole(resolve(each.path), each.bytes);
    const { class: name, from: side, renamed, kept, dropped, absent } = converted;
    if (flags.format === 'json') {
      const written = files.map((each) => relative(process.cwd(), resolve(each.path)));
      print(
        JSON.stringify({ schemaVersion: 1, class: name, from: side, written, renamed, kept, dropped, absent }, null, 2),
      );
      return 0;
    }
    for (const each of renamed) print(`${each.from.join(' + ')} → ${each.to.join(' + ')}`);
    const [old, made] = side === 'linen' ? ['Linen', 'NNX'] : ['NNX', 'Linen'];
    process.stderr.write(`${name}: ${renamed.length} variables from ${old} to ${made}, in ${to}\n`);
    if (kept.length > 0) process.stderr.write(`kept under their names: ${listed(kept)}\n`);
    if (dropped.length > 0) process.stderr.write(`left out, as asked: ${listed(dropped)}\n`);
    if (absent.length > 0) process.stderr.write(`nothing in the file for: ${listed(absent)}\n`);
    return 0;
  });
}

/** 0 where both hold the same, 3 where they differ; of two sides, the first is converted to the second's. */
export function compare(first: string, second: string, flags: CheckpointFlags): Promise<number> {
  return said(async () => {
    const [a, b] = [await readCheckpoint(first), await readCheckpoint(second)];
    const manifest = manifestOf(flags);
    const [left, right] = [a, b].map(({ checkpoint }) => placeOf(() => findClass(checkpoint, asked(manifest, flags))));
    const isAcross = left!.style !== null && right!.style !== null && left!.style !== right!.style;
    const across: ConversionOptions = { manifest, class: left!.class, to: right!.style, rest: 'keep' };
    const base = isAcross ? convertCheckpoint(a.checkpoint, across).checkpoint : a.checkpoint;
    const differences = compareCheckpoints(base, b.checkpoint, flags.tolerance ?? 0);
    if (flags.format === 'json') print(JSON.stringify({ schemaVersion: 1, converted: isAcross, differences }, null, 2));
    else
      for (const { name, what, expected, got } of differences)
        print(`${name}: ${what}: expected ${expected}, got ${got}`);
    const count = b.checkpoint.tensors.size;
    const through = isAcross ? `, the first converted by the manifest (${left!.class})` : '';
    process.stderr.write(
      differences.length === 0 ? `${count} tensors agree${through}\n` : `${differences.length} differ${through}\n`,
    );
    return differences.length === 0 ? 0 : 3;
  });
}

function asked(manifest: Manifest, { class: name, to }: CheckpointFlags): Omit<ConversionOptions, 'rest'> {
  return { manifest, class: name ?? null, to: to ?? null };
}

/** The class and side, where the manifest names one. */
function placeOf(find: () => { readonly class: string; readonly style: 'linen' | 'nnx' }): {
  readonly class: string | null;
  readonly style: 'linen' | 'nnx' | null;
} {
  try {
    const { class: name, style } = find();
    return { class: name, style };
  } catch (error) {
    if (error instanceof CheckpointError) return { class: null, style: null };
    throw error;
  }
}

function manifestOf({ manifest }: CheckpointFlags): Manifest {
  if (manifest === undefined) return readManifest(process.cwd());
  if (!existsSync(manifest)) {
    throw new RunError(`There is no manifest at ${manifest}.\nA conversion writes it as ${manifestFile}.`, 2);
  }
  const read = parseManifest(readFileSync(manifest, 'utf8'));
  if ('manifest' in read) return read.manifest;
  throw new RunError(`${manifest}: ${read.message}\nCorrect it, or restore it from version control.`, 2);
}

async function said(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof CheckpointError) throw new RunError(error.message, 2);
    throw error;
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
