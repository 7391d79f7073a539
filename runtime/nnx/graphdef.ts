import { mistake } from '../functional/mistake.js';
import type { AnyFunction } from '../core/tree-typing.js';
import { registerNode } from '../core/tree.js';
import { type Filter, toPredicate, toPredicates } from './filters.js';
import { childrenOf, rebuild, Slot, variablesOf, walk } from './graph.js';
import { type Path, Pytree, pathText } from './pytree.js';
import {
  at,
  entriesOf,
  exhaustive,
  nest,
  noEntry,
  sortEntries,
  type State,
  type StateInput,
  type States,
  valueOf,
} from './state.js';
import { argumentCopy, looseCopy, ownedCopy, Variable, writeCopy } from './variable.js';

/** Names of a module's own methods. */
export type MethodName<M> = keyof {
  [K in Exclude<keyof M, BaseMember> as [Extract<M[K], AnyFunction>] extends [never] ? never : K]: unknown;
} &
  string;
/** Members of `Module` itself. `module.ts` checks that none is missing. */
export type BaseMember = 'train' | 'eval' | 'setAttributes' | 'sow' | 'perturb';

/** A method run on a rebuilt module: the output, and `[graphdef, state]` afterwards. */
export type Applied<M, F> = F extends (...args: infer A) => infer R
  ? (...args: A) => [output: R, updates: [graphdef: GraphDef<M>, state: State]]
  : never;

/** What `graphdef.apply(...)` gives: callable as the module, and by method name. */
export type AppliedModule<M> = (M extends { call: infer F } ? Applied<M, F> : unknown) & {
  readonly [K in MethodName<M>]: Applied<M, M[K]>;
};

/** The structure of a module without its variables. */
export interface GraphDef<M = object> {
  /** Rebuilds the module from states and runs it. May be passed on without the graphdef. */
  readonly apply: (...states: [StateInput, ...StateInput[]]) => AppliedModule<M>;
}

const templates = new WeakMap<object, object>();

/** Structure and variables: `[graphdef, state]`, or one state for each filter (the first that matches). */
export function split<M extends object>(node: M): [graphdef: GraphDef<M>, state: State];
export function split<M extends object, F extends readonly [Filter, ...Filter[]]>(
  node: M,
  ...filters: F
): [graphdef: GraphDef<M>, ...states: States<F>];
export function split(node: object, ...filters: Filter[]): [GraphDef, ...State[]] {
  const entries = variablesOf(node);
  return [graphdef(node), ...exhaustive(entries, filters.length === 0 ? ['...'] : filters, 'nnx.split')];
}

/** The structure alone. */
export function graphdef<M extends object>(node: M): GraphDef<M> {
  return graphdefOf(rebuild(node, { variable: (each) => (each instanceof Slot ? each : new Slot(each)) }));
}

/** A new module from structure and variables; it owns copies of them. */
export function merge<M>(graphdef: GraphDef<M>, ...states: [StateInput, ...StateInput[]]): M {
  return build(graphdef, states, ownedCopy);
}

/** Writes states (or dicts of tensors) into a module, in place; the module takes copies. */
export function update(node: object, ...states: [StateInput, ...StateInput[]]): void {
  const variables = new Map(variablesOf(node).map(([path, variable]) => [path.join('/'), variable]));
  for (const [path, value] of states.flatMap((state) => entriesOf(state))) {
    const variable = variables.get(path.join('/'));
    if (variable === undefined) throw noEntry('nnx.update', path);
    writeCopy(variable, valueOf(value));
  }
}

/** The variables, shared and not copied; with filters, one state for each, leftovers allowed. */
export function state(node: object): State;
export function state(node: object, filter: Filter): State;
export function state<F extends readonly [Filter, Filter, ...Filter[]]>(node: object, ...filters: F): States<F>;
export function state(node: object, ...filters: Filter[]): State | State[] {
  const entries = variablesOf(node);
  if (filters.length === 0) return nest(entries);
  const states = sortEntries(entries, toPredicates(filters)).slice(0, -1).map(nest);
  return filters.length === 1 ? states[0]! : states;
}

/** Same as `state`. */
export const variables: typeof state = state;

/** A copy with variables of its own. */
export function clone<M extends object>(node: M): M {
  return rebuild(node, { variable: (each) => (each instanceof Slot ? each : ownedCopy(each, Variable.stored(each))) });
}

/** Removes the matching variables from a module and returns them. */
export function pop(node: object, filter: Filter): State;
export function pop<F extends readonly [Filter, Filter, ...Filter[]]>(node: object, ...filters: F): States<F>;
export function pop(node: object, ...filters: Filter[]): State | State[] {
  const any = toPredicate(filters);
  const removed = variablesOf(node).filter(([path, variable]) => any(path, variable));
  const gone = new Set<unknown>(removed.map(([, variable]) => variable));
  for (const [, parent] of [...walk(node)]) {
    for (const [part, child] of childrenOf(parent) ?? []) {
      if (gone.has(child)) delete (parent as { [part: string]: unknown })[part];
    }
  }
  const states = sortEntries(removed, toPredicates(filters)).slice(0, -1).map(nest);
  return filters.length === 1 ? states[0]! : states;
}

/** `f(path, value)` on each variable, in a copy. */
export function map<M extends object>(f: (path: Path, variable: Variable) => Variable, node: M): M {
  return rebuild(node, { variable: (variable, path) => f(path, variable as unknown as Variable) });
}

/** Runs a module given as `[graphdef, state]`. */
export function call<M>([graphdef, state]: readonly [graphdef: GraphDef<M>, state: StateInput]): AppliedModule<M> {
  return graphdef.apply(state);
}

function graphdefOf<M extends object>(template: M): GraphDef<M> {
  const definition: GraphDef<M> = { apply: (...states) => applied(definition, states) };
  templates.set(definition, template);
  return definition;
}

/** Methods of a module rebuilt around the states' own tensors: nothing is kept, all intermediates are the caller's. */
function applied<M>(definition: GraphDef<M>, states: readonly StateInput[]): AppliedModule<M> {
  const run =
    (method: string) =>
    (...args: unknown[]) => {
      const module = build(definition, states, looseCopy);
      const body = (module as { [name: string]: unknown })[method];
      if (typeof body !== 'function') {
        throw mistake('graphdef.apply', `expected a method '${method}', got none.`, 'Name one that the module has.');
      }
      const output = (body as (...all: unknown[]) => unknown).apply(module, args);
      return [output, split(module as object)];
    };
  return new Proxy(run('call'), {
    get: (target, name) => (typeof name === 'string' ? run(name) : (Reflect.get(target, name) as unknown)),
  }) as unknown as AppliedModule<M>;
}

function build<M>(
  definition: GraphDef<M>,
  states: readonly StateInput[],
  make: (variable: object, value: unknown) => object,
): M {
  const template = templates.get(definition) as M | undefined;
  if (template === undefined) throw mistake('nnx.merge', 'expected a graphdef first.', 'Pass what nnx.split returned.');
  checkEntries(template, states);
  return rebuild(template, {
    variable(slot, path) {
      const entry = entryAt(states, path);
      return make(entry instanceof Variable ? entry : (slot as Slot).variable, valueOf(entry));
    },
  });
}

/** Each variable of the structure has an entry, and each entry a variable. */
function checkEntries(template: unknown, states: readonly StateInput[]): void {
  const paths = [...walk(template)].filter(([, node]) => node instanceof Slot).map(([path]) => path);
  const absent = paths.find((path) => entryAt(states, path) === undefined);
  if (absent !== undefined) throw missing(absent);
  const wanted = new Set(paths.map((path) => path.join('/')));
  const extra = states.flatMap((state) => entriesOf(state)).find(([path]) => !wanted.has(path.join('/')));
  if (extra !== undefined) throw noEntry('nnx.merge', extra[0]);
}

function entryAt(states: readonly StateInput[], path: Path): unknown {
  return states.map((state) => at(state, path)).find((entry) => entry !== undefined);
}

function missing(path: Path): Error {
  return mistake(
    'nnx.merge',
    `expected an entry at ${pathText(path)}, got none in the states.`,
    'Pass all the states that nnx.split returned.',
  );
}

registerNode(Pytree as unknown as abstract new () => object, {
  flatten(node) {
    const entries = variablesOf(node);
    return { keys: entries.map(([path]) => pathText(path)), children: entries.map(([, each]) => each), meta: node };
  },
  unflatten(meta, children) {
    const states = [nest(variablesOf(meta).map(([path], i) => [path, children[i]] as const))];
    return build(graphdef(meta as object), states, argumentCopy);
  },
  sameMeta: (a, b) => (a as object).constructor === (b as object).constructor,
});
