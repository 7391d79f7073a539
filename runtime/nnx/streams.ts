import { foldIn, isKey, type Key, key as makeKey } from '../core/key.js';
import type { Options } from '../core/tree-typing.js';
import { mistake, shapeText } from '../functional/mistake.js';
import { zeroCounts } from './counts.js';
import { walk } from './graph.js';
import { partsOfStream, type StreamParts } from './rngs.js';
import { splitKey } from './stream-keys.js';

/**
 * New keys for the named streams, counters to 0: stream number i in order of attributes gets `fold_in(seed, i)`. A
 * layer's stream answers to its own name and to the name it was asked for by (`dropout`, where that fell back to
 * `default`).
 */
export function reseed(
  node: object,
  streams: { readonly [stream: string]: number | Key },
  options: Options<{ /** Default 'scalars_only'. */ policy: 'scalars_only' | 'match_shape' }> = {},
): void {
  const found = [...walk(node)].flatMap(([, each]) => partsOfStream(each) ?? []);
  for (const [name, seed] of Object.entries(streams)) {
    const source = isKey(seed) ? seed : makeKey(seed);
    const named = found.filter(({ tag, asked }) => tag === name || (asked === name && streams[tag] === undefined));
    named.forEach((parts, i) => restart(parts, foldIn(source, i), options.policy ?? 'scalars_only'));
  }
}

function restart({ key, count, tag }: StreamParts, fresh: Key, policy: 'scalars_only' | 'match_shape'): void {
  const { shape } = key.value;
  if (shape.length > 0 && policy === 'scalars_only') {
    throw mistake(
      'nnx.reseed',
      `expected streams of one key, got '${tag}' with keys of shape ${shapeText(shape)}.`,
      "Pass { policy: 'match_shape' } to split the new key.",
    );
  }
  key.value = shape.length === 0 ? fresh : splitKey(fresh, shape);
  count.value = zeroCounts(shape);
}
