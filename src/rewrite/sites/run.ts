/** One pass of the analysis over a program: where it stands, and what it has found out. */
import type { Diagnostic } from '../../ir/diagnostic.js';
import type { ModulePlan } from '../../ir/module-plan.js';
import type { ClassId, ConstructSite, ModelCall, ProjectModel } from '../../ir/project.js';
import type { SourcePath } from '../../ir/source.js';
import type {
  Assign,
  BindingId,
  Call,
  Expression,
  FunctionExpression,
  IdentifierPattern,
  Member,
  New,
  ObjectLiteral,
  Parameter,
  Span,
  Statement,
} from '../../ir/syntax.js';
import { contentOf, cellOf, type Machine } from './machine.js';
import { type Instance, shapeOf, type Value, type Version } from './value.js';

/** What a call of the program is, to the rewriter. */
export type CallFact =
  | { readonly call: 'init'; readonly site: ModelCall; readonly instance: Instance }
  | ApplyFact
  | { readonly call: 'tx.init'; readonly instance: Instance }
  | { readonly call: 'tx.update'; readonly instance: Instance }
  | { readonly call: 'applyUpdates'; readonly instance: Instance; readonly gradients: Expression }
  /** `jax.tree.map(f, params, …)`: new parameters. */
  | { readonly call: 'tree.map'; readonly instance: Instance; readonly state: Expression }
  /** `jax.grad(f)`; the names it becomes are those of NNX. */
  | { readonly call: 'grad'; readonly name: 'grad' | 'valueAndGrad'; readonly function: FunctionExpression }
  /** The call of what `jax.grad` gave. */
  | { readonly call: 'gradient'; readonly instance: Instance; readonly function: FunctionExpression }
  | { readonly call: 'jit'; readonly function: FunctionExpression }
  /** `TrainState.create({ … })`. */
  | TrainStateFact<'trainState.create'>
  /** `state.applyGradients({ … })`, `state.replace({ … })`. */
  | TrainStateFact<'trainState.change'>
  /** `optax.incrementalUpdate(new, old, …)`: parameters of `instance` from those of several models. */
  | { readonly call: 'mix'; readonly instance: Instance; readonly states: readonly Expression[] }
  | { readonly call: 'dispose' }
  | { readonly call: 'function'; readonly function: FunctionExpression; readonly path: SourcePath };
export interface TrainStateFact<C extends string> {
  readonly call: C;
  readonly instance: Instance;
  readonly literal: ObjectLiteral;
  readonly copies: readonly Copy[];
}
/** A field of a train state that takes over parameters from another model. */
export interface Copy {
  readonly field: string;
  readonly from: Instance;
  readonly to: Instance;
}
export interface ApplyFact {
  readonly call: 'apply';
  readonly site: ModelCall;
  readonly instance: Instance;
  readonly method: string;
  readonly mode: Mode;
  /** Whether the Linen call returns `[output, updates]`. */
  readonly mutable: boolean;
  /** Whether it is given, or gives, variables that `initCache` makes. */
  readonly cached: boolean;
}
export type Mode = 'training' | 'evaluation' | 'none';

export interface Facts {
  readonly calls: Map<Call, CallFact>;
  readonly values: Map<object, Value>;
  /** Names of a parameter: what is passed. */
  readonly params: Map<Parameter, Value>;
  readonly results: Map<FunctionExpression, Value>;
  readonly visited: Set<FunctionExpression>;
  /** `model.apply` where it is the `applyFn` of a train state. */
  readonly appliers: Set<Member>;
  /** Names that take over parameters from another model. */
  readonly copied: Map<IdentifierPattern, Omit<Copy, 'field'>>;
  /** `params ??= model.init(…)`, with the optional parameter. */
  readonly given: Map<Assign, { readonly instance: Instance; readonly parameter: Parameter }>;
  /** Reads of a train state's `step`. */
  readonly steps: Map<Expression, Instance>;
}

/** What a parameter of an entry function turned out to be, from how the function uses it. */
export interface Demand {
  readonly instance: Instance;
  /** Null for all collections. */
  readonly collection: string | null;
  /** Set for a train state: its fields, with the collection that each holds. */
  readonly fields?: ReadonlyMap<string, string>;
}

export interface Frame {
  readonly function: FunctionExpression;
  readonly compiled: boolean;
  readonly returns: { readonly machine: Machine; readonly value: Value }[];
}
/** An `init` that gave a model its variables. */
export interface Initialised {
  readonly path: SourcePath;
  readonly node: Call;
  /** The run of the function it stands in; null at the top. */
  readonly frame: Frame | null;
  /** Whether it stands outside of loops. */
  readonly once: boolean;
  readonly variables: Value;
}
export interface LoopFrame {
  readonly label: string | null;
  readonly isLoop: boolean;
  breaks: Machine[];
  continues: Machine[];
}

export interface Run {
  readonly model: ProjectModel;
  readonly plans: ReadonlyMap<ClassId, ModulePlan>;
  readonly sites: ReadonlyMap<Call, ModelCall>;
  readonly constructs: ReadonlyMap<New, ConstructSite>;
  readonly facts: Facts;
  readonly refusals: Diagnostic[];
  readonly demands: Map<BindingId, Demand>;
  /** How often each function with functions inside has been entered. */
  readonly activations: Map<object, number>;
  readonly frames: Frame[];
  /** Functions given to code that is not seen: they may run at any later time. */
  readonly deferred: Map<FunctionExpression, Extract<Value, { is: 'function' }>>;
  readonly loops: LoopFrame[];
  /** The first `init` of each model, by its id. */
  readonly initialised: Map<string, Initialised>;
  /** Cells that hold something else than they started with at some time. */
  readonly updated: Set<string>;
  /** Names that hold older parameters than their model somewhere. */
  readonly stale: Set<BindingId>;
  /** Names that keep a second set of parameters, found by an earlier pass. */
  readonly copyNames: ReadonlySet<BindingId>;
  /** State that compiled functions read from outside. */
  readonly captures: { readonly at: Place; readonly name: string; readonly value: Value }[];
  /** Models made so far, by their ids, again each time. */
  readonly made: string[];
  /** Where the analysis stands; null where the program cannot be. */
  machine: Machine | null;
  steps: number;
  fresh: number;
  /** Model calls gone through so far. */
  modelCalls: number;
  evaluate(path: SourcePath, node: Expression): Value;
  execute(path: SourcePath, body: readonly Statement[]): void;
  callFunction(value: Extract<Value, { is: 'function' }>, args: readonly Value[], at: Place): Value;
}
export interface Place {
  readonly path: SourcePath;
  readonly span: Span;
}

export function refuse(run: Run, code: string, at: Place, data: { readonly [name: string]: string } = {}): void {
  const known = run.refusals.some(
    (each) => each.code === code && each.path === at.path && each.span.start === at.span.start,
  );
  if (!known) run.refusals.push({ code, path: at.path, span: at.span, data });
}

export function freshVersion(run: Run, what: string): Version {
  run.fresh += 1;
  return `${what} ${run.fresh}`;
}

export function noteCall(run: Run, path: SourcePath, node: Call, fact: CallFact): void {
  const known = run.facts.calls.get(node);
  if (known !== undefined && describe(known) !== describe(fact)) {
    refuse(run, 'L2N462', { path, span: node.span }, {});
    return;
  }
  run.facts.calls.set(node, fact);
}

function describe(fact: CallFact): string {
  const instance = 'instance' in fact ? fact.instance.id : '';
  const target = 'function' in fact ? fact.function.span.start : '';
  const mode = fact.call === 'apply' ? `${fact.method} ${fact.mode} ${fact.mutable}` : '';
  return [fact.call, instance, target, mode].join(' ');
}

/** Keeps what a place was found to hold; two different things there are refused when it matters (state among them). */
export function noteValue(run: Run, at: Place, node: object, value: Value): void {
  const known = run.facts.values.get(node);
  if (known !== undefined && shapeOf(known) !== shapeOf(value)) refuse(run, 'L2N462', at);
  run.facts.values.set(node, value);
}

/** Reading state is right only while the model itself holds the same version. */
export function checkCurrent(
  run: Run,
  state: { readonly instance: Instance; readonly collection: string; readonly version: Version },
  at: Place,
): void {
  if (run.machine === null) return;
  const cell = cellOf(state.instance, state.collection);
  if (contentOf(run.machine, cell) === state.version) return;
  refuse(run, 'L2N450', at, { collection: state.collection === '#optimizer' ? 'optimizer state' : state.collection });
}

/** The model holds another version from here on. */
export function write(run: Run, instance: Instance, collection: string, version: Version): void {
  run.updated.add(cellOf(instance, collection));
  writeFirst(run, instance, collection, version);
}

/** The version that a model starts with. */
export function writeFirst(run: Run, instance: Instance, collection: string, version: Version): void {
  run.machine?.contents.set(cellOf(instance, collection), version);
}
