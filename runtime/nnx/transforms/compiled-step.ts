import { CompiledFunction } from '../../core/jit/compiled.js';
import { type TreeDef, treeFlatten, treeMapUntil } from '../../core/tree.js';
import type { AnyFunction } from '../../core/tree-typing.js';
import { advanced, CountsFrom } from '../counts.js';
import { identityOf, rebuild } from '../graph.js';
import { Traversal } from '../traversal.js';
import { takingCopy, Variable } from '../variable.js';
import { RngCount } from '../variable-types.js';
import { CompiledInputs } from './compiled-inputs.js';
import { callLent } from './lending.js';
import { isGraph, type Parts } from './operands.js';
import { RemakeNotice } from './remake-notice.js';

/** How calls of a compiled function are told apart, as in `jax.jit`. */
export interface StaticOptions {
  readonly positions: readonly number[];
  readonly names: readonly string[];
}

const who = 'nnx.jit';

/** A function over modules, compiled for each structure that it is called with. */
export class CompiledStep {
  readonly #f: AnyFunction;
  readonly #options: StaticOptions;
  readonly #programs = new Map<string, CompiledFunction>();
  readonly #notice: RemakeNotice;
  /** The latest graphs, so that a walk need not be repeated. */
  readonly #recent: Known[] = [];
  #current: Current | null = null;

  constructor(f: AnyFunction, options: StaticOptions) {
    this.#f = f;
    this.#options = options;
    this.#notice = new RemakeNotice(f);
  }

  /** Runs the function; variables are set afterwards, and the tensors of the result are the caller's own. */
  call(self: unknown, args: readonly unknown[]): unknown {
    const split = splitArguments(args);
    const known = this.#knownFor(isGraph(self) ? [...split.graphs, self] : split.graphs);
    const inputs = known.inputs;
    const program = this.#programFor(known, split.kinds);
    this.#current = { self, args, split, traversal: known.traversal, traced: false };
    const values = inputs.read();
    const [plain, made, after, note] = program.call([values, ...split.arrays]) as Output;
    this.#notice.called(this.#current.traced);
    this.#current = null;
    return note.apply({ traversal: known.traversal, plain, made, after });
  }

  #knownFor(roots: readonly unknown[]): Known {
    const found = this.#recent.findIndex(({ traversal }) => sameItems(traversal.roots, roots));
    const known = this.#recent[found];
    if (known?.traversal.isCurrent === true) return known;
    if (found >= 0) this.#recent.splice(found, 1);
    const traversal = new Traversal(roots);
    const fresh: Known = { traversal, inputs: new CompiledInputs(traversal), programs: new Map() };
    this.#recent.unshift(fresh);
    this.#recent.splice(remembered);
    return fresh;
  }

  #programFor({ programs, traversal, inputs }: Known, kinds: string): CompiledFunction {
    const known = programs.get(kinds);
    if (known !== undefined) return known;
    const text = `${kinds}\n${inputs.kinds}\n${traversal.structure}`;
    const program = this.#programs.get(text) ?? this.#newProgram();
    this.#programs.set(text, program);
    programs.set(kinds, program);
    return program;
  }

  #newProgram(): CompiledFunction {
    const { positions, names } = this.#options;
    const f = (values: readonly unknown[], ...arrays: unknown[]): Output => this.#trace(values, arrays);
    const shifted = positions.map((position) => (position < 0 ? position : position + 1));
    return new CompiledFunction({ who, f: f as never, positions: shifted, names });
  }

  /** The function on tensors without values: called by the compiler, for the call that runs now. */
  #trace(values: readonly unknown[], arrays: readonly unknown[]): Output {
    const current = this.#current!;
    const { self, args, split, traversal } = current;
    current.traced = true;
    const operands = traversal.variables.map((variable, i) => ({ variable, axis: null, path: traversal.paths[i]! }));
    const given = CompiledInputs.lent(traversal, values);
    const parts = { operands, rebuild: () => restored(args, split, arrays) } as unknown as Parts;
    const body = (all: readonly unknown[]): unknown => {
      const result = (this.#f as (this: unknown, ...rest: unknown[]) => unknown).apply(self, [...all]);
      const changes = traversal.changes(who);
      return [result, changes.map(({ value }) => value), new Opaque(changes)];
    };
    const outcome = callLent(body, { who, args: parts, plain: [], values: given, keepCounts: true });
    traversal.undo();
    const note = new Note(traversal, outcome);
    return [
      [...outcome.plain],
      [...outcome.made],
      note.after.map((index) => note.arrayAfter(outcome.after[index])),
      note,
    ];
  }
}

const remembered = 8;

/** A graph that was walked, and the programs for it. */
interface Known {
  readonly traversal: Traversal;
  readonly inputs: CompiledInputs;
  readonly programs: Map<string, CompiledFunction>;
}

interface Current {
  readonly self: unknown;
  readonly args: readonly unknown[];
  readonly split: SplitArguments;
  readonly traversal: Traversal;
  traced: boolean;
}

type Output = [plain: unknown[], made: unknown[], after: unknown[], note: Note];

/** A leaf of trees, whatever is in it. */
class Opaque<T> {
  constructor(readonly content: T) {}
}

interface Applied {
  readonly traversal: Traversal;
  readonly plain: readonly unknown[];
  readonly made: readonly unknown[];
  readonly after: readonly unknown[];
}

/** What a traced function does besides its arithmetic: done at every call. */
class Note {
  /** Positions of the variables that are set. */
  readonly after: readonly number[];
  /** Whether what the program gives for it is its value: it is no counter. */
  readonly #plainAfter: readonly boolean[];
  readonly #parts: Parts;
  readonly #counts: ReadonlyMap<number, Uint32Array | CountsFrom>;
  readonly #nodes: ReadonlyMap<unknown, number>;
  readonly #variables: ReadonlyMap<unknown, number>;
  readonly #made: ReadonlyMap<unknown, number>;
  readonly #hasGraphs: boolean;

  constructor(traversal: Traversal, { parts, changed, after }: ReturnType<typeof callLent>) {
    this.#parts = parts;
    this.after = changed.flatMap((set, i) => (set ? [i] : []));
    this.#plainAfter = this.after.map((index) => !(traversal.variables[index] instanceof RngCount));
    const counts = this.after.map((index) => [index, after[index]] as const);
    this.#counts = new Map(
      counts.filter((entry): entry is [number, Uint32Array | CountsFrom] => isHostCount(entry[1])),
    );
    this.#nodes = new Map(traversal.nodes.map((node, i) => [identityOf(node), i]));
    this.#variables = new Map(traversal.variables.map((variable, i) => [variable, i]));
    this.#made = new Map(parts.operands.map(({ variable }, i) => [variable, i]));
    this.#hasGraphs = parts.fixed.some(isGraph);
  }

  /** What the program gives for a variable: nothing for counters, which are advanced on the host. */
  arrayAfter(value: unknown): unknown {
    return isHostCount(value) ? null : value;
  }

  apply(applied: Applied): unknown {
    const { traversal, plain, after } = applied;
    for (let i = 0; i < this.after.length; i++) {
      const index = this.after[i]!;
      const variable = traversal.variables[index]!;
      const value = this.#plainAfter[i] ? after[i] : this.#countsAfter(variable, index, after[i]);
      Variable.store(variable, value);
    }
    const tree = this.#parts.rebuild(plain);
    const [result, values, { content: changes }] = this.#hasGraphs
      ? this.#instantiated(tree, applied)
      : (tree as Result);
    changes.forEach(({ node, name, removed }, i) => {
      const target = traversal.nodes[node] as { [name: string]: unknown };
      if (removed) delete target[name];
      else target[name] = values[i];
    });
    return result;
  }

  #countsAfter(variable: Variable<unknown>, index: number, value: unknown): unknown {
    const counts = this.#counts.get(index);
    if (counts === undefined) return CompiledInputs.hostCounts(value);
    if (!(counts instanceof CountsFrom)) return advanced(counts, 0);
    return advanced(CompiledInputs.hostCounts(Variable.stored(variable)) as Uint32Array, counts.offset);
  }

  /** The result with the caller's modules in place of those it was traced with, and new ones each time. */
  #instantiated(tree: unknown, { traversal, made }: Applied): Result {
    const copies = new Map<unknown, unknown>();
    const variableOf = (variable: Variable<unknown>): unknown => {
      const own = this.#variables.get(variable);
      if (own !== undefined) return traversal.variables[own];
      const copy =
        copies.get(variable) ??
        takingCopy(variable, CompiledInputs.hostValue(variable, made[this.#made.get(variable)!]));
      copies.set(variable, copy);
      return copy;
    };
    const nodeOf = (node: object): object | undefined => {
      const at = this.#nodes.get(node);
      return at === undefined ? (copies.get(node) as object | undefined) : traversal.nodes[at];
    };
    return treeMapUntil(
      isGraph,
      (_path, leaf) => {
        if (!isGraph(leaf)) return leaf;
        return rebuild(leaf, {
          variable: (variable) => variableOf(variable as Variable<unknown>),
          known: nodeOf,
          node: (copy, _at, original) => copies.set(identityOf(original), copy),
        });
      },
      [tree],
    ) as Result;
  }
}

type Result = readonly [result: unknown, values: readonly unknown[], changes: Opaque<ReturnType<Traversal['changes']>>];

function isHostCount(value: unknown): boolean {
  return value instanceof CountsFrom || value instanceof Uint32Array;
}

/** The arguments of a call, graphs apart. */
interface SplitArguments {
  readonly graphs: readonly unknown[];
  /** For each argument: itself, null for a graph, or the leaves of a tree that has graphs in it. */
  readonly arrays: readonly unknown[];
  /** What each argument is, as text. */
  readonly kinds: string;
  readonly mixed: readonly (Mixed | null)[];
}

interface Mixed {
  readonly leaves: readonly unknown[];
  readonly treedef: TreeDef;
}

function splitArguments(args: readonly unknown[]): SplitArguments {
  const graphs: unknown[] = [];
  const mixed: (Mixed | null)[] = [];
  let kinds = '';
  const arrays = args.map((arg) => {
    mixed.push(null);
    if (isGraph(arg)) {
      graphs.push(arg);
      kinds += 'g';
      return null;
    }
    const flat = typeof arg === 'object' && arg !== null ? treeFlatten(arg, { isLeaf: isGraph }) : null;
    if (flat === null || !flat.leaves.some(isGraph)) {
      kinds += 'a';
      return arg;
    }
    graphs.push(...flat.leaves.filter(isGraph));
    mixed[mixed.length - 1] = flat;
    kinds += `(${flat.leaves.map((leaf) => (isGraph(leaf) ? 'g' : 'a')).join('')} ${String(flat.treedef)})`;
    return flat.leaves.filter((leaf) => !isGraph(leaf));
  });
  return { graphs, arrays, kinds, mixed };
}

/** The arguments with other arrays, and the graphs where they were. */
function restored(args: readonly unknown[], { mixed }: SplitArguments, arrays: readonly unknown[]): unknown[] {
  return args.map((arg, i) => {
    const tree = mixed[i];
    if (tree === null || tree === undefined) return isGraph(arg) ? arg : arrays[i];
    const given = (arrays[i] as readonly unknown[])[Symbol.iterator]();
    return tree.treedef.unflatten(tree.leaves.map((leaf) => (isGraph(leaf) ? leaf : given.next().value)));
  });
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
