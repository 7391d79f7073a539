import type { Key } from '../core/key.js';
import { mistake } from '../functional/mistake.js';
import { foldStatic } from './fold-static.js';
import { type CollectionFilter, type Dict, inFilter, isDict, type VariableNode, type Variables } from './variables.js';

/** What all scopes of one `init` or `apply` share. */
export interface Root {
  /** Collections by name; those that may change are copies of the caller's. */
  readonly collections: Dict;
  readonly mutable: CollectionFilter;
  readonly rngs: { readonly [stream: string]: Key };
  readonly initializing: boolean;
  /** Calls whose results are recorded in `intermediates`. */
  readonly capture: ((module: object, methodName: string) => boolean) | null;
  /** Modules that were built outside and adopted: the original → its bound copy. */
  readonly adopted: Map<object, object>;
}

/** Draws made so far in a scope and below. */
interface Counters {
  readonly draws: Map<string, number>;
  readonly children: Map<string, Counters>;
}

/**
 * A place in the tree of variables: reads, creates and sets them, draws keys, and guards names. Flax `Scope`.
 * Names are reserved for one run of a compact method; `rewound` forgets them and keeps the draws.
 */
export class ModuleScope {
  readonly #reserved = new Map<string, Set<string | null>>();

  private constructor(
    private readonly shared: Root,
    readonly parent: ModuleScope | null,
    readonly name: string | null,
    private readonly counters: Counters,
  ) {}

  static root(shared: Root): ModuleScope {
    return new ModuleScope(shared, null, null, newCounters());
  }

  get path(): readonly string[] {
    return this.parent === null ? [] : [...this.parent.path, this.name!];
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

  /** The scope of submodule `name`; re-entering it continues its draws. */
  child(name: string): ModuleScope {
    this.reserve(name, null);
    const counters = this.counters.children.get(name) ?? newCounters();
    this.counters.children.set(name, counters);
    return new ModuleScope(this.shared, this, name, counters);
  }

  /** The same place with no names reserved. */
  rewound(): ModuleScope {
    return new ModuleScope(this.shared, this.parent, this.name, this.counters);
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
    const root = this.shared.rngs[used];
    if (root === undefined || !this.hasRng(used)) {
      throw mistake(who, `expected a key for stream '${stream}', got none.`, `Pass it: { rngs: { ${stream}: key } }.`);
    }
    const index = this.counters.draws.get(used) ?? 0;
    this.counters.draws.set(used, index + 1);
    return { key: foldStatic(root, [...this.path, index + 1]), index };
  }

  isMutableCollection(collection: string): boolean {
    return inFilter(this.shared.mutable, collection);
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
    this.#mutablePlace(collection)[name] = value;
  }

  /** The variables of this scope and below, by collection. */
  variables(): Variables {
    const names = Object.keys(this.shared.collections);
    const places = names.map((name) => [name, this.#place(name)] as const);
    return Object.fromEntries(places.filter(([, place]) => place !== undefined)) as unknown as Variables;
  }

  /** The collections that may change, as they are now. */
  mutableVariables(): Variables {
    const { collections, mutable } = this.shared;
    return Object.fromEntries(
      Object.entries(collections).filter(([name]) => inFilter(mutable, name)),
    ) as unknown as Variables;
  }

  #place(collection: string): Dict | undefined {
    const within = this.parent === null ? this.shared.collections : this.parent.#place(collection);
    const name = this.name ?? collection;
    const place = within !== undefined && Object.hasOwn(within, name) ? within[name] : undefined;
    return typeof place === 'object' && place !== null ? (place as Dict) : undefined;
  }

  #mutablePlace(collection: string): Dict {
    const within = this.parent === null ? this.shared.collections : this.parent.#mutablePlace(collection);
    const name = this.name ?? collection;
    if (!Object.hasOwn(within, name)) within[name] = {};
    return within[name] as Dict;
  }
}

function newCounters(): Counters {
  return { draws: new Map(), children: new Map() };
}
