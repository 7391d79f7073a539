/** Keys drawn by the old version, given to the new one, over any stretch of code: a step, or a whole training run. */
import type { Manifest } from '../ir/manifest.js';
import type { ClassId } from '../ir/project.js';
import { mapModulePath } from './mapping.js';

/** A key as plain data, so that it can be kept in a file or sent to another process. */
export interface RecordedKey {
  /** Path of the Linen module that drew it, joined with `/`; empty for the model itself. */
  readonly path: string;
  readonly stream: string;
  /** Draws of this stream at this path before, since the recording began. */
  readonly index: number;
  readonly words: readonly number[];
}

/** Which NNX module draws what which Linen module drew. */
export interface KeyMapping {
  readonly model: object;
  readonly manifest: Manifest;
  /** Class of `model`. */
  readonly class: ClassId;
}

type Key = import('../../runtime/core/key.js').Key;
type Draw = Parameters<NonNullable<import('../../runtime/core/observer.js').Observer['key']>>[0];

/**
 * Runs `body` and records every key that Linen modules draw in it, parameter initialisation apart.
 * Returns what `body` returns, awaited, and the keys in the order of the draws.
 */
export async function recordKeys<T>(
  body: () => T | Promise<T>,
): Promise<{ readonly result: T; readonly keys: readonly RecordedKey[] }> {
  const { withObserver } = await import('../../runtime/core/observer.js');
  const { keyWords } = await import('../../runtime/core/key.js');
  const keys: RecordedKey[] = [];
  const count = counter();
  const result = await withObserver(
    {
      key({ path, stream, key }) {
        const place = (path ?? []).join('/');
        keys.push({ path: place, stream, index: count(`${place}:${stream}`), words: [...keyWords(key)] });
        return key;
      },
    },
    body,
  );
  return { result, keys };
}

/**
 * Runs `body` with the recorded keys in place of those that NNX modules draw: by module path where `mapping` is given,
 * else in the order of the draws of each stream. Throws when a key is drawn that was not recorded.
 */
export async function replayKeys<T>(
  keys: readonly RecordedKey[],
  body: () => T | Promise<T>,
  mapping: KeyMapping | null = null,
): Promise<T> {
  const { withObserver } = await import('../../runtime/core/observer.js');
  const { makeKey } = await import('../../runtime/core/key.js');
  const name = mapping === null ? (draw: Draw) => draw.stream : await placedName(mapping);
  const recorded = new Map<string, RecordedKey>();
  const counted = counter();
  for (const each of keys) {
    const place = mapping === null ? each.stream : `${mappedPath(mapping, each.path)}:${each.stream}`;
    recorded.set(`${place} ${counted(place)}`, each);
  }
  const count = counter();
  const key = (draw: Draw): Key => {
    const place = name(draw);
    const at = count(place);
    const found = recorded.get(`${place} ${at}`);
    if (found !== undefined) return makeKey(Uint32Array.from(found.words), []);
    throw new Error(
      `replayKeys: expected a recorded key for draw ${at + 1} of '${place}', got none.\n` +
        'The new version draws more keys than the old one; compare the layers that draw them.',
    );
  };
  return await withObserver({ key }, body);
}

async function placedName({ model }: KeyMapping): Promise<(draw: Draw) => string> {
  const nnx = await import('../../runtime/nnx/index.js');
  const places = new Map<object, string>();
  for (const [path, node] of nnx.iterGraph(model)) {
    if (typeof node === 'object' && node !== null) places.set(node, path.join('/'));
  }
  return ({ module, stream }) => `${places.get(module) ?? 'unknown'}:${stream}`;
}

function mappedPath({ manifest, class: root }: KeyMapping, path: string): string {
  const parts = path === '' ? [] : path.split('/');
  return mapModulePath(manifest, root, parts)?.join('/') ?? 'unknown';
}

/** Counts how often each name was asked for before. */
function counter(): (name: string) => number {
  const counts = new Map<string, number>();
  return (name) => {
    const before = counts.get(name) ?? 0;
    counts.set(name, before + 1);
    return before;
  };
}
