/**
 * Watching both versions run. Keys are recorded by (module path, stream, index of the draw) on the Linen side and
 * handed to the module that the manifest names on the NNX side; modes and outputs are recorded alike.
 */
import type { Key } from '../../../runtime/core/tree-typing.js';
import type { PathPart } from '../mapping.js';
import type { Runtime } from './runtime.js';
import { readTree } from './values.js';

type Observer = import('../../../runtime/core/observer.js').Observer;

/** Path of a module in the names of the NNX side, joined; null for a module that the manifest does not know. */
export type ModulePlace = string | null;

export interface Draw {
  readonly place: ModulePlace;
  readonly stream: string;
  readonly index: number;
  readonly key: Key;
}
export interface ModeSeen {
  readonly place: ModulePlace;
  readonly option: string;
  readonly value: boolean;
}
export interface CallSeen {
  readonly place: ModulePlace;
  readonly method: string;
  readonly output: Map<string, unknown>;
}
export interface Trace {
  readonly draws: Draw[];
  readonly modes: ModeSeen[];
  readonly calls: CallSeen[];
  /** Classes of the modules that ran, and their bases. */
  readonly ran: Set<unknown>;
}

export function emptyTrace(): Trace {
  return { draws: [], modes: [], calls: [], ran: new Set() };
}

export interface Watching {
  readonly runtime: Runtime;
  /** Place of a module, by the object or by the path that the event gives. */
  readonly placeOf: (module: object, path: readonly PathPart[] | null) => ModulePlace;
  readonly trace: Trace;
  /** Outputs are copied to the host only when a divergence is looked for. */
  readonly outputs: boolean;
}

/** Runs `body` and records what its modules do. */
export function watch<T>(watching: Watching, replay: Replay | null, body: () => T): T {
  const { runtime, trace, outputs } = watching;
  const origins = new WeakMap<object, object>();
  const placeOf: Watching['placeOf'] = (module, path) => watching.placeOf(origins.get(module) ?? module, path);
  const observer: Observer = {
    key(draw) {
      const place = placeOf(draw.module, draw.path);
      const index = trace.draws.filter((each) => each.place === place && each.stream === draw.stream).length;
      const key = replay?.(place, draw.stream, index) ?? draw.key;
      trace.draws.push({ place, stream: draw.stream, index, key });
      return key;
    },
    derived(copy, module) {
      origins.set(copy, origins.get(module) ?? module);
    },
    mode({ module, option, value }) {
      trace.modes.push({ place: placeOf(module, null), option, value });
    },
    call({ module, path, method, output }) {
      for (let type: unknown = module.constructor; typeof type === 'function'; type = Object.getPrototypeOf(type))
        trace.ran.add(type);
      if (!outputs) return;
      trace.calls.push({ place: placeOf(module, path), method, output: readTree(runtime, output) });
    },
  };
  return runtime.observer.withObserver(observer, body);
}

/** The key to use in place of the one drawn; null to leave it. */
export type Replay = (place: ModulePlace, stream: string, index: number) => Key | null;

/** Hands out what was recorded. */
export function replayOf(recorded: readonly Draw[]): Replay {
  const keys = new Map(recorded.map((each) => [drawName(each), each.key]));
  return (place, stream, index) => keys.get(drawName({ place, stream, index })) ?? null;
}

/** What the two sides drew differently, in words; empty when they drew alike. */
export function drawDifference(linen: readonly Draw[], nnx: readonly Draw[]): string {
  const old = new Set(linen.map(drawName));
  const fresh = new Set(nnx.map(drawName));
  const missing = [...old].filter((each) => !fresh.has(each)).map((each) => `${each} is no longer drawn`);
  const added = [...fresh].filter((each) => !old.has(each)).map((each) => `${each} is drawn now`);
  return [...missing, ...added].join('; ');
}

/** The first layer that ran in another mode, in words; empty when all agree. */
export function modeDifference(linen: readonly ModeSeen[], nnx: readonly ModeSeen[]): string {
  const text = ({ place, option, value }: ModeSeen): string => `${place ?? 'unknown'}.${option} = ${value}`;
  const rest = nnx.map(text);
  for (const each of linen.map(text)) {
    const at = rest.indexOf(each);
    if (at < 0) return `${each} in the old version, ${sameOption(each, rest)} in the new one`;
    rest.splice(at, 1);
  }
  return rest.length === 0 ? '' : `${rest[0]} happens only in the new version`;
}

function sameOption(text: string, rest: readonly string[]): string {
  const name = text.slice(0, text.indexOf(' = '));
  return rest.find((each) => each.startsWith(`${name} = `)) ?? 'not run';
}

function drawName({ place, stream, index }: Omit<Draw, 'key'>): string {
  return `${place === '' ? 'the model' : (place ?? 'unknown')}: stream '${stream}', draw ${index + 1}`;
}
