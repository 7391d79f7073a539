/** What an abstract run is made of: values, where they live, and what a run finds out. Types only. */
import type { LayerRecord } from '../../runtime/catalogue/record.js';
import type { ClassId, ModuleClass, ProjectModel, SiteId } from '../ir/project.js';
import type { SourcePath } from '../ir/source.js';
import type {
  BindingId,
  ClassMethod,
  ClassNode,
  Expression,
  FunctionExpression,
  Span,
  Spread,
  Statement,
} from '../ir/syntax.js';
import type { Dim, Literal, NameAtom, Opaque, Test } from './atom.js';
import type { Shape } from './shape.js';

/** What an expression may be. Values never change; cells do. */
export type Value =
  | { readonly kind: 'number'; readonly dim: Dim }
  | { readonly kind: 'tensor'; readonly shape: Shape }
  /** `x.shape` of a tensor of unknown rank, or its leading part. */
  | { readonly kind: 'sizes'; readonly shape: Shape }
  /** Such sizes spread into an array. */
  | { readonly kind: 'leading'; readonly shape: Shape }
  /** Of known length. `id` tells arrays apart: a `push` reaches every place that holds this one. */
  | { readonly kind: 'array'; readonly id: number; readonly items: readonly Value[] }
  /** Of unknown length; `item` is what stands at turn `loop`. */
  | { readonly kind: 'list'; readonly id: number; readonly item: Value; readonly loop: string | null }
  | { readonly kind: 'record'; readonly id: number; readonly properties: ReadonlyMap<string, Value> }
  /** A constructor value, an argument or an outer name, known by name only. */
  | { readonly kind: 'name'; readonly atom: NameAtom }
  | { readonly kind: 'literal'; readonly value: Literal }
  /** A condition not decided here; null where it asks about data. */
  | { readonly kind: 'flag'; readonly test: Test | null }
  | FunctionValue
  | { readonly kind: 'external'; readonly module: string; readonly name: string }
  | { readonly kind: 'namespace'; readonly path: SourcePath }
  /** A member of a value, to be called. */
  | { readonly kind: 'member'; readonly name: string; readonly of: Value }
  | { readonly kind: 'class'; readonly class: ModuleClass; readonly lifts: readonly Lift[] }
  | { readonly kind: 'layerClass'; readonly layer: LayerRecord; readonly lifts: readonly Lift[] }
  /** A class that is no module. */
  | { readonly kind: 'plainClass'; readonly path: SourcePath; readonly node: ClassNode }
  | SelfValue
  | ModuleValue
  | LayerValue
  /** One of two functions. */
  | { readonly kind: 'either'; readonly test: Test | null; readonly a: Value; readonly b: Value }
  | { readonly kind: 'unknown'; readonly reason: Opaque };

export interface FunctionValue {
  readonly kind: 'function';
  readonly node: FunctionExpression | ClassMethod;
  readonly frame: Frame;
}
/** `this` of the class whose method runs; its attributes are cells. */
export interface SelfValue {
  readonly kind: 'self';
  readonly class: ModuleClass;
  readonly attributes: Map<string, number>;
}
export interface ModuleValue extends Made {
  readonly kind: 'module';
  readonly class: ModuleClass;
}
export interface LayerValue extends Made {
  readonly kind: 'layer';
  readonly layer: LayerRecord;
}
export interface Made {
  readonly args: readonly Value[];
  readonly site: Site;
  readonly lifts: readonly Lift[];
}
/** Where a module is built, by whom, and through which calls in that method. */
export interface Site {
  readonly id: SiteId;
  readonly path: SourcePath;
  readonly span: { readonly start: number; readonly end: number };
  /** The class whose constructor will hold it; null outside classes. */
  readonly owner: string | null;
  readonly via: string;
  /** The place that is given its sizes: the `new` itself, or the call of the function that only builds and returns it. */
  readonly sized: SiteId;
  /** The loop of unknown length it is built in; null outside loops. */
  readonly loop: string | null;
}
export interface Lift {
  readonly lift: 'scan' | 'vmap' | 'same';
  readonly options: Value;
}

// ---------------------------------------------------------------------------------------------------- running

/** Everything found about a project so far. */
export interface Session {
  readonly model: ProjectModel;
  readonly summaries: Map<string, Summary>;
  /** Summaries being computed: a class met inside itself. */
  readonly running: Set<string>;
  /** Ranks of inputs that were met in mid-run, by input key. */
  readonly ranks: Map<string, number>;
  /** Ranks that calls gave to inputs, by input key. */
  readonly seenRanks: Map<string, Set<number>>;
  /** Ranks of tensors that are known by an outer name. */
  readonly placeRanks: Map<BindingId, number>;
  /** Names that stand for the item or counter of a loop of known length: the loop, and their size at its last turn. */
  readonly turnNames: Map<BindingId, { readonly loop: string; readonly last: Dim | null }>;
  /** How the text itself calls an item or index of a loop, by path key. */
  readonly spellings: Map<string, string>;
  /** What each expression gave when it was evaluated last. */
  readonly latest: WeakMap<object, Value>;
  /** Values of names outside methods. */
  readonly outer: Map<BindingId, Value>;
  readonly interpreter: Interpreter;
  run: Run;
  nextId: number;
}
/** One method being run. */
export interface Run {
  readonly summary: Summary;
  store: Map<number, Value>;
  /** What each cell is called, for stable loop ids. */
  readonly labels: Map<number, string>;
  /** Cells written since each loop pass in progress began. */
  readonly writes: Set<number>[];
  /** Above 0 nothing is recorded: a loop is finding its sizes. */
  silent: number;
  /** Above 0 equalities prove nothing: they hold on some paths only. */
  guard: number;
  /** Turns of unrolled loops, `[0][2]`; `*` for a loop run once for all turns. */
  turn: string;
  /** Loops of unknown length in progress, innermost last. */
  readonly loops: string[];
  /** Functions in progress, with how often each is nested in itself. */
  readonly active: Map<FunctionExpression | ClassMethod, number>;
  /** Calls made so far. */
  calls: number;
}
/** A loop of unknown length. */
export interface LoopPlace {
  readonly path: SourcePath;
  readonly span: Span;
  /** Key of the list whose items it takes one by one: another loop's id for a list that loop filled. */
  readonly covers: string | null;
}
/** A size carried around a loop: `init` before the first turn, `next` after each. */
export interface LoopSize {
  readonly init: Dim;
  readonly next: Dim;
  /** After at least one turn, where that has a closed form. */
  readonly last: Dim | null;
  /** The variable that carries it and the axis; null for a number. */
  readonly name: string;
  readonly axis: number | null;
  /** Id of the loop. */
  readonly loop: string;
}

export interface Frame {
  readonly path: SourcePath;
  readonly cells: Map<BindingId, number>;
  readonly up: Frame | null;
  readonly self: SelfValue | null;
  /** The class whose text runs: where `super` starts. */
  readonly home: ModuleClass | null;
  readonly depth: number;
  /** Calls that led here inside the method being run. */
  readonly via: string;
  /** The innermost of them in the text; null in the method itself. */
  readonly calledAt: SiteId | null;
  readonly flow: Flow;
}
/** Control flow of one function body. */
export interface Flow {
  returns: { readonly value: Value; readonly test: Test | null }[];
  /** Nothing after this point runs on the current path. */
  dead: boolean;
  /** Conditions of the current path; null where one cannot be made by a constructor. */
  tests: readonly (Test | null)[];
  /** Stores at `break` and `continue`. */
  jumps: { readonly jump: 'break' | 'continue'; readonly store: Map<number, Value> }[];
}

/** The parts of the interpreter that call one another: each file sees those below it, and these through the session. */
export interface Interpreter {
  readonly evaluate: (session: Session, frame: Frame, node: Expression) => Value;
  readonly callValue: (session: Session, callee: Value, call: Callee) => Value;
  readonly invoke: (session: Session, callee: FunctionValue, call: Invocation) => Value;
  readonly runStatement: (session: Session, frame: Frame, node: Statement) => void;
  readonly memberOf: (session: Session, value: Value, name: string) => Value;
  readonly indexOf: (session: Session, value: Value, index: Value) => Value;
}

export interface Callee {
  readonly args: readonly Value[];
  readonly frame: Frame;
  /** The call in the text; null for a callback. */
  readonly span: Span | null;
  /** The arguments as written, where they can be written anew. */
  readonly nodes?: readonly (Expression | Spread)[];
}
export interface Invocation {
  readonly args: readonly Value[];
  /** The call; null for a getter. */
  readonly at: Callee | null;
}

// --------------------------------------------------------------------------------------------------- findings

export interface Summary {
  readonly id: string;
  /** Null for a root. */
  readonly class: ModuleClass | null;
  readonly method: string;
  /** Constructor arguments that it depends on beyond their numbers; null for the others, or where no site is known. */
  readonly built: readonly (Value | null)[] | null;
  /** Tensor parameters and parts of parameters, in order. */
  readonly inputs: readonly Input[];
  /** Whether a root leads here: its arguments are real. */
  readonly called: boolean;
  readonly out: Value;
  readonly needs: Need[];
  readonly uses: ModuleUse[];
  /** Sizes that must be equal for the method to run, the varying side first. */
  readonly equalities: (readonly [Dim, Dim])[];
  /** Sizes carried around loops, and the loops. */
  readonly loops: Map<string, LoopSize>;
  readonly places: Map<string, LoopPlace>;
  /** Variables that are made for inputs of one shape. */
  readonly caches: CacheNote[];
}
export interface CacheNote {
  /** `<path>@<start>` of `this.variable(…)`. */
  readonly key: string;
  readonly owner: ClassId | null;
  /** Of its first value; null where it is not known. */
  readonly shape: readonly Dim[] | null;
}
export interface Input {
  readonly key: string;
  readonly parameter: number;
  /** The parameter's name, and the part's where it is one of a record. */
  readonly name: string;
  readonly rank: number | null;
}
/** A call of a module built in this project. */
export interface ModuleUse {
  readonly site: Site;
  readonly class: ModuleClass;
  readonly summary: Summary;
  /** Constructor arguments, in the caller's terms. */
  readonly args: readonly Value[];
  /** Size here of each atom of the callee. */
  readonly bound: ReadonlyMap<string, Dim>;
  readonly turn: string;
  readonly at: { readonly path: SourcePath; readonly span: Span };
}
export interface MethodCall {
  readonly class: ModuleClass;
  readonly method: string;
  /** Null when nothing in the project calls it. */
  readonly args: readonly Value[] | null;
  /** Constructor arguments; null when no site is known. */
  readonly built: readonly Value[] | null;
  /** Whether optional tensors are there when `args` is null. */
  readonly whole?: true;
}

export interface Need {
  readonly asks: Asks;
  /** The class whose constructor will hold it; null outside classes. */
  readonly owner: ClassId | null;
  readonly dim: Dim;
  /** Turns of the loops around it. */
  readonly turn: string;
  /** Where the value is used. */
  readonly at: { readonly path: SourcePath; readonly span: Span };
}
export type Asks =
  /** Size argument `index` of a layer built at `site`. */
  | {
      readonly asks: 'layer';
      readonly site: Site;
      readonly index: number;
      readonly name: string;
      readonly label: string;
      /** Position in a size that is a list of several axes. */
      readonly list?: number;
    }
  /** An expression of the text that reads an input's size. */
  | {
      readonly asks: 'expression';
      readonly path: SourcePath;
      readonly span: Span;
      readonly site: Pick<Site, 'via' | 'loop'>;
    };
