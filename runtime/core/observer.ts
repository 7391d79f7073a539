import type { Key } from './tree-typing.js';
import type { PathEntry } from './tree.js';

/** A key about to be drawn by a module. */
export interface KeyDraw {
  readonly module: object;
  /** Place of the module below the root, null when it is not known yet. */
  readonly path: readonly PathEntry[] | null;
  /** Name of the RNG stream. */
  readonly stream: string;
  /** How many keys were drawn from this stream at this place before. */
  readonly index: number;
  readonly key: Key;
}

/** A module method that has returned. */
export interface CallEvent {
  readonly module: object;
  readonly path: readonly PathEntry[] | null;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly output: unknown;
}

/** A mode that a layer has decided on: `deterministic`, `useRunningAverage`. */
export interface ModeEvent {
  readonly module: object;
  readonly option: string;
  readonly value: boolean;
}

/** Watches modules of both styles while they run. */
export interface Observer {
  /** Sees each key and answers the one to use. */
  key?(draw: KeyDraw): Key;
  call?(event: CallEvent): void;
  mode?(event: ModeEvent): void;
  /** A view of a module was made: what the copy does, the module does. */
  derived?(copy: object, module: object): void;
}

/** The innermost observer, or null. */
export function currentObserver(): Observer | null {
  return observers.at(-1) ?? null;
}

/** Runs `body` under `observer`, which hides outer observers. Async bodies are watched until they settle. */
export function withObserver<T>(observer: Observer, body: () => T): T {
  observers.push(observer);
  const leave = (): void => {
    observers.splice(observers.lastIndexOf(observer), 1);
  };
  let result: T;
  try {
    result = body();
  } catch (error) {
    leave();
    throw error;
  }
  if (result instanceof Promise) return result.finally(leave) as T;
  leave();
  return result;
}

const observers: Observer[] = [];
