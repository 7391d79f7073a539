import type { AnyFunction, FunctionTransform, Options, Pytree as PytreeMark } from '../core/tree-typing.js';
import type { Key } from '../core/key.js';
import { selectKeys } from '../core/key.js';
import { mistake, shapeText } from '../functional/mistake.js';
import { zeroCounts } from './counts.js';
import { type Filter, toPredicate } from './filters.js';
import { walk } from './graph.js';
import { pathText, type Path } from './pytree.js';
import { draw, partsOfStream, type StreamParts } from './rngs.js';
import { splitKey } from './stream-keys.js';
import { asTransform } from './transforms/decorating.js';

/** Options of `splitRngs`. */
export interface SplitRngsOptions {
  /** How many keys each stream is split into. */
  splits: number | readonly number[];
  /** Streams that are split. Default '...'. */
  only?: Filter | undefined;
  /** With `splits` 1: no new axis. Default false. */
  squeeze?: boolean | undefined;
}

/** What `restoreRngs` needs. */
export interface RngBackups {
  readonly size: number;
}

interface Backup {
  readonly parts: StreamParts;
  readonly key: Key;
  readonly count: Uint32Array;
}

const kept = new WeakMap<RngBackups, readonly Backup[]>();

/**
 * Splits the streams of a function's arguments while it runs, or those of `node` until `restoreRngs`: the next key of a
 * stream makes `splits` keys, whose counters start at 0. A stream that has keys of that shape already stays as it is.
 * Flax `nnx.split_rngs`.
 */
export function splitRngs(options: SplitRngsOptions): FunctionTransform;
export function splitRngs(node: object, options: SplitRngsOptions): RngBackups;
export function splitRngs(first: object, second?: SplitRngsOptions): unknown {
  if (second !== undefined) return splitIn(first, second);
  return asTransform((f) => during((args) => splitIn(args, first as SplitRngsOptions), f));
}

/**
 * Forks the streams of a function's arguments while it runs, or those of `node` until `restoreRngs`. Flax
 * `nnx.fork_rngs`.
 */
export function forkRngs(options?: Options<{ /** Default null. */ split: number | null }>): FunctionTransform;
export function forkRngs(
  node: PytreeMark,
  options?: Options<{ /** Default null. */ split: number | null }>,
): RngBackups;
export function forkRngs(first: object = {}, second?: { split?: number | null | undefined }): unknown {
  if (second !== undefined || !isOptions(first)) return forkIn(first, second?.split ?? null);
  const { split = null } = first as { split?: number | null };
  return asTransform((f) => during((args) => forkIn(args, split), f));
}

/** Puts streams back as they were: their keys, and counters past the draw that split them. Flax `nnx.restore_rngs`. */
export function restoreRngs(backups: RngBackups): void {
  const found = kept.get(backups);
  if (found === undefined) {
    throw mistake(
      'nnx.restoreRngs',
      'expected what nnx.splitRngs or nnx.forkRngs returned, got another value.',
      'Keep the backups: const backups = nnx.splitRngs(model, { splits: 3 }).',
    );
  }
  for (const { parts, key, count } of found) {
    parts.key.value = key;
    parts.count.value = count;
  }
}

function during(change: (args: readonly unknown[]) => RngBackups, f: AnyFunction): AnyFunction {
  return function (this: unknown, ...args: unknown[]) {
    const backups = change([this, args]);
    try {
      return (f as (this: unknown, ...all: unknown[]) => unknown).apply(this, args);
    } finally {
      restoreRngs(backups);
    }
  };
}

function splitIn(node: object, { splits, only = '...', squeeze = false }: SplitRngsOptions): RngBackups {
  const shape = [splits].flat() as number[];
  if (squeeze && (shape.length !== 1 || shape[0] !== 1)) {
    throw mistake('nnx.splitRngs', `expected splits 1 with squeeze, got ${shapeText(shape)}.`, 'Pass { splits: 1 }.');
  }
  const change = ({ parts, path }: Found): Key | null => {
    const { key } = parts;
    if (key.value.shape.length > 0) return alreadySplit(key.value.shape, shape, path);
    const keys = splitKey(draw(parts), shape);
    return squeeze ? selectKeys(keys, [], [0]) : keys;
  };
  return changed(streamsIn(node, only), change);
}

function forkIn(node: object, split: number | null): RngBackups {
  return changed(streamsIn(node, '...'), ({ parts }) => {
    const key = draw(parts);
    return split === null ? key : splitKey(key, split);
  });
}

interface Found {
  readonly parts: StreamParts;
  readonly path: Path;
}

function changed(streams: readonly Found[], newKey: (stream: Found) => Key | null): RngBackups {
  const backups: Backup[] = [];
  for (const stream of streams) {
    const { key, count } = stream.parts;
    const fresh = newKey(stream);
    if (fresh === null) continue;
    backups.push({ parts: stream.parts, key: key.value, count: count.value });
    key.value = fresh;
    count.value = zeroCounts(fresh.shape);
  }
  const token: RngBackups = { size: backups.length };
  kept.set(token, backups);
  return token;
}

function streamsIn(node: object, only: Filter): Found[] {
  const chosen = toPredicate(only);
  return [...walk(node)].flatMap(([path, each]) => {
    const parts = partsOfStream(each);
    if (parts === undefined) return [];
    const both = chosen([...path, 'key'], parts.key) && chosen([...path, 'count'], parts.count);
    return both ? [{ parts, path }] : [];
  });
}

function alreadySplit(shape: readonly number[], splits: readonly number[], path: Path): null {
  if (shape.length === splits.length && shape.every((size, i) => size === splits[i])) return null;
  throw mistake(
    `nnx.splitRngs at ${pathText(path)}`,
    `expected a stream of one key, or of keys of shape ${shapeText(splits)}, got shape ${shapeText(shape)}.`,
    'It was split before, into another number: leave it out with { only }, or pass that number.',
  );
}

function isOptions(value: object): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.keys(value).every((name) => name === 'split');
}
