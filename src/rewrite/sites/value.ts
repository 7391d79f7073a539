/** What the site analysis knows of a value: which part of which model's state it is, and which version of it. */
import type { ClassId, ConstructSite } from '../../ir/project.js';
import type { BindingId, Expression, FunctionExpression, New, Span } from '../../ir/syntax.js';
import type { SourcePath } from '../../ir/source.js';

/** One model: the `new` that makes it, or the parameter it comes in by. */
export interface Instance {
  readonly id: string;
  readonly class: ClassId;
  readonly construct: ConstructSite | null;
  readonly node: New | null;
  readonly path: SourcePath;
  /** What it is called where no name in the old program holds it. */
  readonly name?: string;
  /** Set where it is a second set of the parameters of another model, by the name or field that holds it. */
  readonly copyOf?: CopyOf;
}

export interface CopyOf {
  readonly instance: Instance;
  readonly held: string;
  /** The call that gave the field or name its first parameters; null where it comes in by a parameter. */
  readonly made: { readonly path: SourcePath; readonly span: Span } | null;
}

/** Two state values are equal when their versions are. */
export type Version = string;

/** The optimizer's state, as a collection of its own. */
export const optimizerCell = '#optimizer';

export type Value =
  | Plain
  | { readonly is: 'model'; readonly instance: Instance }
  | StateValue
  /** One variable's tensor. */
  | LeafValue
  | { readonly is: 'gradients'; readonly instance: Instance }
  | UpdatesValue
  /** A gradient transformation: `optax.adam(…)`, by the place that made it. */
  | { readonly is: 'transformation'; readonly id: string }
  | { readonly is: 'key' }
  | TupleValue
  | RecordValue
  | TrainStateValue
  | FunctionValue
  /** `jax.grad(f, …)`, before it is called. */
  | GradientFunction
  /** State that two paths disagree about. */
  | { readonly is: 'unclear' };

export interface Plain {
  readonly is: 'plain';
  /** The parameter of an entry function that it is, as long as nothing is known of it. */
  readonly symbol: BindingId | null;
}
export interface StateValue {
  readonly is: 'state';
  readonly instance: Instance;
  readonly collection: string;
  /** Names below the collection. */
  readonly path: readonly string[];
  readonly version: Version;
}
export interface LeafValue {
  readonly is: 'leaf';
  readonly instance: Instance;
  readonly collection: string;
  readonly version: Version;
}
/** First result of `tx.update`. */
export interface UpdatesValue {
  readonly is: 'updates';
  readonly instance: Instance;
  readonly transformation: string;
  readonly from: Version;
  readonly to: Version;
  readonly gradients: Expression;
}
export interface TupleValue {
  readonly is: 'tuple';
  readonly items: readonly Value[];
}
export interface RecordValue {
  readonly is: 'record';
  readonly entries: ReadonlyMap<string, Value>;
  /** Set where the record is the variables of a model. */
  readonly variablesOf: Instance | null;
}
/** A `TrainState`: parameters, optimizer state and what else it carries, by field. */
export interface TrainStateValue {
  readonly is: 'trainState';
  readonly instance: Instance;
  readonly fields: ReadonlyMap<string, Value>;
  /** The `TrainState.create(…)` that made it; null for one that comes in by a parameter. */
  readonly created: { readonly path: SourcePath; readonly span: Span } | null;
}
export interface FunctionValue {
  readonly is: 'function';
  readonly node: FunctionExpression;
  readonly path: SourcePath;
  /** Which run of the function around it made it. */
  readonly activation: number;
  /** Given to `jax.jit`: what it reads from outside is fixed when it is first called. */
  readonly compiled: boolean;
}
export interface GradientFunction {
  readonly is: 'gradient';
  readonly of: FunctionValue;
  readonly withValue: boolean;
  readonly hasAux: boolean;
}

export const plain: Plain = { is: 'plain', symbol: null };

/** Whether any part of it is state of a model or comes from it. */
export function holdsState(value: Value): boolean {
  switch (value.is) {
    case 'state':
    case 'updates':
    case 'trainState':
    case 'unclear':
      return true;
    case 'tuple':
      return value.items.some(holdsState);
    case 'record':
      return [...value.entries.values()].some(holdsState);
    default:
      return false;
  }
}

/** Whether it is nothing but state. */
export function isPureState(value: Value): boolean {
  switch (value.is) {
    case 'state':
    case 'updates':
      return true;
    case 'tuple':
      return value.items.length > 0 && value.items.every(isPureState);
    case 'record':
      return value.entries.size > 0 && [...value.entries.values()].every(isPureState);
    default:
      return false;
  }
}

/** Every state in it. */
export function statesIn(value: Value): readonly StateValue[] {
  switch (value.is) {
    case 'state':
      return [value];
    case 'tuple':
      return value.items.flatMap(statesIn);
    case 'record':
      return [...value.entries.values()].flatMap(statesIn);
    case 'trainState':
      return [...value.fields.values()].flatMap(statesIn);
    default:
      return [];
  }
}

/** The same value with other versions. */
export function mapVersions(value: Value, rename: (version: Version) => Version): Value {
  switch (value.is) {
    case 'state':
    case 'leaf':
      return { ...value, version: rename(value.version) };
    case 'updates':
      return { ...value, from: rename(value.from), to: rename(value.to) };
    case 'tuple':
      return { ...value, items: value.items.map((each) => mapVersions(each, rename)) };
    case 'record':
      return {
        ...value,
        entries: new Map([...value.entries].map(([name, each]) => [name, mapVersions(each, rename)])),
      };
    case 'trainState':
      return {
        ...value,
        fields: new Map([...value.fields].map(([name, each]) => [name, mapVersions(each, rename)])),
      };
    default:
      return value;
  }
}

/** What holds of a value that is one of two; `version` joins theirs. */
export function joinValues(a: Value, b: Value, version: (a: Version, b: Version) => Version): Value {
  if (a === b) return a;
  if (a.is === 'state' && b.is === 'state' && sameCell(a, b)) {
    return { ...a, version: version(a.version, b.version) };
  }
  if (a.is === 'leaf' && b.is === 'leaf' && a.instance.id === b.instance.id && a.collection === b.collection) {
    return { ...a, version: version(a.version, b.version) };
  }
  if (a.is === 'tuple' && b.is === 'tuple' && a.items.length === b.items.length) {
    return { is: 'tuple', items: a.items.map((each, index) => joinValues(each, b.items[index] ?? plain, version)) };
  }
  if (a.is === 'record' && b.is === 'record' && sameKeys(a, b)) {
    const entries = new Map(
      [...a.entries].map(([name, each]) => [name, joinValues(each, b.entries.get(name) ?? plain, version)]),
    );
    return { is: 'record', entries, variablesOf: a.variablesOf === b.variablesOf ? a.variablesOf : null };
  }
  if (a.is === 'trainState' && b.is === 'trainState' && sameFields(a, b)) {
    const fields = new Map(
      [...a.fields].map(([name, each]) => [name, joinValues(each, b.fields.get(name) ?? plain, version)]),
    );
    return { ...a, fields };
  }
  if (sameShallow(a, b)) return a;
  const careful = holdsState(a) || holdsState(b) || [a, b].some((each) => isTracked(each));
  return careful ? { is: 'unclear' } : plain;
}

function sameCell(a: StateValue, b: StateValue): boolean {
  return a.instance.id === b.instance.id && a.collection === b.collection && a.path.join() === b.path.join();
}

function sameKeys(a: RecordValue, b: RecordValue): boolean {
  return a.entries.size === b.entries.size && [...a.entries.keys()].every((name) => b.entries.has(name));
}

function sameFields(a: TrainStateValue, b: TrainStateValue): boolean {
  return (
    a.instance.id === b.instance.id &&
    a.created?.span.start === b.created?.span.start &&
    a.created?.path === b.created?.path &&
    a.fields.size === b.fields.size &&
    [...a.fields.keys()].every((name) => b.fields.has(name))
  );
}

function sameShallow(a: Value, b: Value): boolean {
  if (a.is === 'model' && b.is === 'model') return a.instance.id === b.instance.id;
  if (a.is === 'gradients' && b.is === 'gradients') return a.instance.id === b.instance.id;
  if (a.is === 'transformation' && b.is === 'transformation') return a.id === b.id;
  if (a.is === 'function' && b.is === 'function') return a.node === b.node && a.activation === b.activation;
  if (a.is === 'plain' && b.is === 'plain') return a.symbol === b.symbol;
  return a.is === 'key' && b.is === 'key';
}

function isTracked(value: Value): boolean {
  return value.is === 'model' || value.is === 'gradients' || value.is === 'leaf';
}

/** Compares all but versions: what a value is must be the same each time a place is reached. */
export function shapeOf(value: Value): string {
  switch (value.is) {
    case 'state':
      return `state ${value.instance.id} ${value.collection} ${value.path.join('.')}`;
    case 'updates':
      return `updates ${value.instance.id}`;
    case 'model':
    case 'gradients':
      return `${value.is} ${value.instance.id}`;
    case 'tuple':
      return `[${value.items.map(shapeOf).join()}]`;
    case 'record':
      return `{${[...value.entries].map(([name, each]) => `${name}:${shapeOf(each)}`).join()}}`;
    case 'trainState':
      return `train state ${value.instance.id} {${[...value.fields].map(([name, each]) => `${name}:${shapeOf(each)}`).join()}}`;
    case 'unclear':
      return 'unclear';
    default:
      return 'value';
  }
}

/** The parameters alone, also where they travel as the whole variables of a model that has nothing else. */
export function parametersOf(value: Value): StateValue | null {
  if (value.is === 'record') {
    const params = value.entries.size === 1 ? value.entries.get('params') : undefined;
    return params === undefined ? null : parametersOf(params);
  }
  return value.is === 'state' && value.collection === 'params' && value.path.length === 0 ? value : null;
}
