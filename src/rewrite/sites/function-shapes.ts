/** What becomes of the parameters of the functions that state goes through. */
import type { SourcePath } from '../../ir/source.js';
import type { FunctionExpression, Parameter } from '../../ir/syntax.js';
import { ancestorsOf, parentOf, sourceHolding } from '../../ir/declarations.js';
import type { ProjectModel } from '../../ir/project.js';
import type { SyntaxNode } from '../../ir/walk.js';
import type { SiteAnalysis } from './analyse.js';
import { literalProperty, withoutWraps } from '../../ir/resolve.js';
import { isBornIn, type Template, templateOf } from './template.js';
import { copiesIn, copyName } from './parameter-copies.js';
import { holdsState, type Instance, optimizerCell, type TrainStateValue, type Value } from './value.js';

export interface FunctionShape {
  readonly node: FunctionExpression;
  readonly path: SourcePath;
  readonly params: readonly ParamShape[];
  readonly result: Template;
}
export interface ParamShape {
  readonly parameter: Parameter;
  readonly role: ParamFate;
  /** Its name now, where it carries a model or an optimizer; of a train state, the model's. */
  readonly name: string | null;
}
export type ParamFate =
  | { readonly role: 'keep' }
  /** Carries the model; `was` is `state` where a state parameter gave it its place. */
  | { readonly role: 'model'; readonly instance: Instance; readonly was: 'state' | 'model' }
  | { readonly role: 'optimizer'; readonly instance: Instance }
  /** A train state: the model takes its place, and the optimizer after it where the function uses it. */
  | TrainStateFate
  /** Goes: the model that another parameter carries holds it. */
  | { readonly role: 'state'; readonly instance: Instance; readonly collection: string | null }
  /** Variables that a caller may give: a state of the new style. */
  | { readonly role: 'given'; readonly instance: Instance }
  /** State inside a structure: not converted. */
  | { readonly role: 'stored' };

export interface TrainStateFate {
  readonly role: 'trainState';
  readonly instance: Instance;
  /** Whether no other parameter carries the model. */
  readonly model: boolean;
  readonly optimizer: boolean;
  /** Second sets of parameters that the function uses, as models. */
  readonly copies: readonly { readonly instance: Instance; readonly name: string }[];
}

export function functionShapes(model: ProjectModel, analysis: SiteAnalysis): readonly FunctionShape[] {
  const users = usersOf(model, analysis);
  return [...analysis.facts.visited].flatMap((node) => {
    const path = sourceHolding(model, node)?.path ?? null;
    return path === null ? [] : [shapeOf(model, analysis, { node, path, users })];
  });
}

/** The functions that use what a train state comes to: the optimizer, or a model by its id. */
type Users = ReadonlyMap<string, ReadonlySet<FunctionExpression>>;

/** Functions that update by a train state or run a model of it; those that call them with one as well. */
function usersOf(model: ProjectModel, { facts }: SiteAnalysis): Users {
  const users = new Map<string, Set<FunctionExpression>>();
  const use = (name: string, node: SyntaxNode): boolean => {
    const known = users.get(name) ?? new Set<FunctionExpression>();
    users.set(name, known);
    const size = known.size;
    for (const each of functionsAround(model, node)) known.add(each);
    return known.size > size;
  };
  const useModel = ({ id }: Instance, node: SyntaxNode): boolean => use(id, node);
  for (const each of facts.steps.keys()) use(optimizerCell, each);
  for (const [call, fact] of facts.calls) {
    if ('instance' in fact) useModel(fact.instance, call);
    if ('copies' in fact) for (const each of fact.copies) [each.from, each.to].forEach((of) => useModel(of, call));
    if (fact.call === 'trainState.change' && literalProperty(fact.literal, 'grads') !== null) use(optimizerCell, call);
  }
  for (const [node, value] of facts.values) {
    if (value.is === 'leaf' || value.is === 'state') useModel(value.instance, node as SyntaxNode);
  }
  const calls = [...facts.calls].flatMap(([call, fact]) => (fact.call === 'function' ? [{ call, fact }] : []));
  for (let changed = true; changed;) {
    changed = false;
    for (const [name, functions] of [...users]) {
      for (const { call, fact } of calls) if (functions.has(fact.function)) changed = use(name, call) || changed;
    }
  }
  return users;
}

function functionsAround(model: ProjectModel, node: SyntaxNode): readonly FunctionExpression[] {
  const source = sourceHolding(model, node);
  return source === null ? [] : ancestorsOf(source, node).filter((each) => each.kind === 'Function');
}

function shapeOf(
  model: ProjectModel,
  analysis: SiteAnalysis,
  { node, path, users }: { node: FunctionExpression; path: SourcePath; users: Users },
): FunctionShape {
  const uses = (name: string): boolean => users.get(name)?.has(node) === true;
  const values = node.params.map((each) => analysis.facts.params.get(each));
  const carried = new Set(values.flatMap((each) => (each?.is === 'model' ? [each.instance.id] : [])));
  const params = node.params.map((parameter, index): ParamShape => {
    const given = [...analysis.facts.given.values()].find((each) => each.parameter === parameter);
    if (given !== undefined) return { parameter, role: { role: 'given', instance: given.instance }, name: null };
    const role = fateOf(model, values[index], { carried, uses });
    return { parameter, role, name: nameOf(model, parameter, role) };
  });
  const result = analysis.facts.results.get(node);
  return {
    node,
    path,
    params,
    result: result === undefined ? { part: 'keep' } : templateOf(result, isBornIn(path, node)),
  };
}

interface Carrying {
  /** Models that the parameters so far carry. */
  readonly carried: Set<string>;
  /** Whether the function uses the optimizer, or a copy by its id. */
  readonly uses: (name: string) => boolean;
}

function fateOf(model: ProjectModel, value: Value | undefined, { carried, uses }: Carrying): ParamFate {
  if (value === undefined) return { role: 'keep' };
  if (value.is === 'model') return { role: 'model', instance: value.instance, was: 'model' };
  if (!holdsState(value)) return { role: 'keep' };
  if (value.is === 'trainState') return trainStateFate(model, value, { carried, uses });
  const state = wholeState(value);
  if (state === null) return { role: 'stored' };
  if (state.collection === optimizerCell) return { role: 'optimizer', instance: state.instance };
  if (carried.has(state.instance.id)) return { role: 'state', ...state };
  carried.add(state.instance.id);
  return { role: 'model', instance: state.instance, was: 'state' };
}

function trainStateFate(model: ProjectModel, value: TrainStateValue, { carried, uses }: Carrying): ParamFate {
  const { instance } = value;
  const optimizer = uses(optimizerCell);
  const used = copiesIn(value).filter(({ id }) => uses(id) && !carried.has(id));
  const copies = used.map((each) => ({ instance: each, name: modelName(model, each) }));
  const isCarried = carried.has(instance.id) || (used.length > 0 && !uses(instance.id));
  for (const { id } of [instance, ...used]) carried.add(id);
  if (!isCarried || used.length > 0) return { role: 'trainState', instance, model: !isCarried, optimizer, copies };
  return optimizer ? { role: 'optimizer', instance } : { role: 'state', instance, collection: null };
}

/** What a train state comes to as a parameter, in order. */
export function statePartsOf(
  { model, optimizer, instance, copies }: TrainStateFate,
  name: string,
): readonly { readonly holds: 'model' | 'optimizer'; readonly instance: Instance; readonly name: string }[] {
  return [
    ...(model ? [{ holds: 'model', instance, name } as const] : []),
    ...(optimizer ? [{ holds: 'optimizer', instance, name: 'optimizer' } as const] : []),
    ...copies.map((each) => ({ holds: 'model', ...each }) as const),
  ];
}

/** One collection, or a record of nothing but collections of one model. */
export function wholeState(value: Value): { readonly instance: Instance; readonly collection: string | null } | null {
  if (value.is === 'state') return value.path.length > 0 ? null : value;
  if (value.is !== 'record') return null;
  const entries = [...value.entries.values()];
  const [first] = entries;
  if (first?.is !== 'state') return null;
  const { instance } = first;
  const alike = entries.every(
    (each) =>
      each.is === 'state' &&
      each.instance.id === instance.id &&
      each.collection !== optimizerCell &&
      each.path.length === 0,
  );
  return alike ? { instance, collection: null } : null;
}

function nameOf(model: ProjectModel, parameter: Parameter, role: ParamFate): string | null {
  if (role.role === 'optimizer') return 'optimizer';
  if (role.role === 'trainState') return modelName(model, role.instance);
  if (role.role !== 'model') return null;
  if (role.was === 'model') return parameter.pattern.kind === 'IdentifierPattern' ? parameter.pattern.name : null;
  return modelName(model, role.instance);
}

/** The name that the model was given where it is made, or that of the parameter it came in by. */
export function modelName(model: ProjectModel, instance: Instance): string {
  const source = model.sources[instance.path];
  const construct = instance.node;
  if (instance.copyOf !== undefined) return copyName(instance.copyOf.held, modelName(model, instance.copyOf.instance));
  if (construct === null) {
    const [path] = instance.id.split('@');
    return instance.name ?? model.sources[path ?? '']?.bindings[instance.id]?.name ?? 'model';
  }
  const parent = source === undefined ? null : parentOf(source, construct);
  if (parent?.kind !== 'Variable') return 'model';
  const declarator = parent.declarators.find((each) => each.init !== null && withoutWraps(each.init) === construct);
  return declarator?.target.kind === 'IdentifierPattern' ? declarator.target.name : 'model';
}
