import type { Key } from '../core/key.js';
import { currentLevel, type LevelBackend } from '../core/levels.js';
import { mistake } from '../functional/mistake.js';
import { childCounters, type Counters, newCounters } from './counters.js';
import { foldStatic } from './fold-static.js';
import { type Dict, isDict, type VariableNode, type Variables } from './variables.js';

/** Whether a collection or stream is meant. */
export type Accepts = (name: string) => boolean;

/** The key of a stream at a root, and the names to fold in before those below the root. */
export interface StreamKey {
  readonly key: Key;
  readonly suffix: readonly string[];
}

/** What all scopes of one `init` or `apply`, or of one run of a lifted function, share. */
export interface Root {
  /** Where the root is: `[]`, but for lifted functions. */
  readonly path: readonly string[];
  /** Collections by name; those that may change are copies of the caller's. */
  readonly collections: Dict;
  readonly mutable: Accepts;
  readonly rngs: { readonly [stream: string]: StreamKey };
  readonly initializing: boolean;
  /** Calls whose results are recorded in `intermediates`. */
  readonly capture: ((module: object, methodName: string) => boolean) | null;
  /** Modules that were built outside and adopted: the original → its bound copy. */
  readonly adopted: Map<object, object>;
  /** Whether it is the inside of a lifted function, where only what the transform names is there. */
  readonly lifted: boolean;
  /** The interpreter level its tensors belong to. */
  readonly level: LevelBackend | null;
  /** Runs an initializer: at once, or where values are when the rest runs on shapes. */
  readonly make: <T>(body: () => T) => T;
}

/**
 * A place in the tree of variables: reads, creates and sets them, draws keys, and guards names. Flax `Scope`.
 * Names are reserved for one run of a compact method; `rewound` forgets them and keeps the draws.
 */
export class ModuleScope {
  readonly #reserved = new Map<string, Set<string | null>>();

  private constructor(
    readonly shared: Root,
    readonly parent: ModuleScope | null,
    /** Names below the root. */
    readonly below: readonly string[],
    readonly counters: Counters,
  ) {}

  static root(shared: Root, counters: Counters = newCounters()): ModuleScope {
    return new ModuleScope(shared, null, [], counters);
  }

  get path(): readonly string[] {
    return [...this.shared.path, ...this.below];
  }

  get name(): string | null {
    return this.path.at(-1) ?? null;
  }

  get root(): ModuleScope {
    return this.parent === null ? this : this.parent.root;
  }

  get initializing(): boolean {
    return this.shared.initializing;
  }

  get capture(): Root['capture'] {
    return this.shared.capture;
  }

  get adopted(): Map<object, object> {
    return this.shared.adopted;
  }

  /** The streams that have a key here, with the names to fold in. */
  get streams(): Root['rngs'] {
    const entries = Object.entries(this.shared.rngs);
    return Object.fromEntries(
      entries.map(([stream, { key, suffix }]) => [stream, { key, suffix: [...suffix, ...this.below] }]),
    );
  }

  /** The scope of submodule `name`; re-entering it continues its draws. */
  child(name: string): ModuleScope {
    this.reserve(name, null);
    return new ModuleScope(this.shared, this, [...this.below, name], childCounters(this.counters, name));
  }

  /** The same place with no names reserved. */
  rewound(): ModuleScope {
    return new ModuleScope(this.shared, this.parent, this.below, this.counters);
  }

  /** Whether the name is taken by a submodule, or by a variable of the same collection. */
  isReserved(name: string, collection: string | null): boolean {
    const users = this.#reserved.get(name);
    return users !== undefined && (collection === null || users.has(null) || users.has(collection));
  }

  reserve(name: string, collection: string | null): void {
    this.#reserved.set(name, (this.#reserved.get(name) ?? new Set()).add(collection));
  }

  hasRng(stream: string): boolean {
    return Object.hasOwn(this.shared.rngs, stream);
  }

  /** The stream's next key, and how many were drawn before; a missing stream draws from `params`. */
  draw(stream: string, who: string): { readonly key: Key; readonly index: number } {
    const used = this.hasRng(stream) ? stream : 'params';
    const root = this.hasRng(used) ? this.shared.rngs[used] : undefined;
    if (root === undefined) {
      const fix = this.shared.lifted
        ? `Pass it, { rngs: { ${stream}: key } }, and name it in the lifted transform: splitRngs: { ${stream}: true }.`
        : `Pass it: { rngs: { ${stream}: key } }.`;
      throw mistake(who, `expected a key for stream '${stream}', got none.`, fix);
    }
    const index = this.counters.draws.get(used) ?? 0;
    this.counters.draws.set(used, index + 1);
    return { key: foldStatic(root.key, [...root.suffix, ...this.below, index + 1]), index };
  }

  isMutableCollection(collection: string): boolean {
    return this.shared.mutable(collection);
  }

  /** Whether the root has the collection, with anything in it. */
  hasCollection(collection: string): boolean {
    const stored = this.shared.collections[collection];
    return isDict(stored) && Object.keys(stored).length > 0;
  }

  hasVariable(collection: string, name: string): boolean {
    const place = this.#place(collection);
    return place !== undefined && Object.hasOwn(place, name);
  }

  getVariable(collection: string, name: string): VariableNode | undefined {
    const place = this.#place(collection);
    return place !== undefined && Object.hasOwn(place, name) ? (place[name] as VariableNode) : undefined;
  }

  putVariable(collection: string, name: string, value: unknown, who: string): void {
    if (!this.isMutableCollection(collection)) {
      throw mistake(
        who,
        `expected collection '${collection}' to be mutable to set '${name}'.`,
        `Add it to the call: { mutable: ['${collection}'] }; its new value is then in the updates that apply returns.`,
      );
    }
    if (currentLevel() !== this.shared.level) throw otherLevel(who, name);
    this.#mutablePlace(collection)[name] = value;
  }

  /** The variables of this scope and below, by collection. */
  variables(): Variables {
    const names = Object.keys(this.shared.collections);
    const places = names.map((name) => [name, this.#place(name)] as const);
    return Object.fromEntries(places.filter(([, place]) => place !== undefined)) as unknown as Variables;
  }

  /** Those of the collections that may change, as they are now. */
  mutableVariables(): Variables {
    const entries = Object.entries(this.variables()).filter(([name]) => this.isMutableCollection(name));
    return Object.fromEntries(entries) as unknown as Variables;
  }

  #place(collection: string): Dict | undefined {
    let place: unknown = this.shared.collections;
    for (const name of [collection, ...this.below]) {
      if (typeof place !== 'object' || place === null || !Object.hasOwn(place, name)) return undefined;
      place = (place as Dict)[name];
    }
    return typeof place === 'object' && place !== null ? (place as Dict) : undefined;
  }

  #mutablePlace(collection: string): Dict {
    let place = this.shared.collections;
    for (const name of [collection, ...this.below]) {
      if (!Object.hasOwn(place, name)) place[name] = {};
      place = place[name] as Dict;
    }
    return place;
  }
}

function otherLevel(who: string, name: string): Error {
  return mistake(
    who,
    `expected '${name}' to be set outside of jax transforms, got it inside one: its value would be lost there.`,
    'Use the lifted transform (nn.vmap, nn.scan, nn.jit), or call init and apply inside the transform.',
  );
}
