/** What becomes of the parameters of the functions that state goes through. */
import type { SourcePath } from '../../ir/source.js';
import type { FunctionExpression, Parameter } from '../../ir/syntax.js';
import { ancestorsOf, parentOf } from '../../ir/declarations.js';
import type { ProjectModel } from '../../ir/project.js';
import type { SyntaxNode } from '../../ir/walk.js';
import type { SiteAnalysis } from './analyse.js';
import { literalProperty, withoutWraps } from '../../ir/resolve.js';
import { isBornIn, type Template, templateOf } from './template.js';
import { holdsState, type Instance, optimizerCell, type Value } from './value.js';

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
  | { readonly role: 'trainState'; readonly instance: Instance; readonly optimizer: boolean }
  /** Goes: the model that another parameter carries holds it. */
  | { readonly role: 'state'; readonly instance: Instance; readonly collection: string | null }
  /** State inside a structure: not converted. */
  | { readonly role: 'stored' };

export function functionShapes(model: ProjectModel, analysis: SiteAnalysis): readonly FunctionShape[] {
  const optimizing = optimizingFunctions(model, analysis);
  return [...analysis.facts.visited].flatMap((node) => {
    const path = pathOf(model, node);
    return path === null ? [] : [shapeOf(model, analysis, { node, path, optimizes: optimizing.has(node) })];
  });
}

/** Functions that update by a train state they are given, or read its step; those that call them with one as well. */
function optimizingFunctions(model: ProjectModel, { facts }: SiteAnalysis): ReadonlySet<FunctionExpression> {
  const found = new Set<FunctionExpression>();
  for (let size = -1; size < found.size;) {
    size = found.size;
    const uses: SyntaxNode[] = [...facts.steps.keys()];
    for (const [call, fact] of facts.calls) {
      const updates = fact.call === 'trainState.change' && literalProperty(fact.literal, 'grads') !== null;
      if (updates || (fact.call === 'function' && found.has(fact.function))) uses.push(call);
    }
    for (const use of uses) for (const each of functionsAround(model, use)) found.add(each);
  }
  return found;
}

function functionsAround(model: ProjectModel, node: SyntaxNode): readonly FunctionExpression[] {
  const source = Object.values(model.sources).find((each) => parentOf(each, node) !== null);
  return source === undefined ? [] : ancestorsOf(source, node).filter((each) => each.kind === 'Function');
}

function pathOf(model: ProjectModel, node: FunctionExpression): SourcePath | null {
  for (const source of Object.values(model.sources)) {
    const inside = node.span.end <= source.text.length && parentOf(source, node) !== null;
    if (inside) return source.path;
  }
  return null;
}

function shapeOf(
  model: ProjectModel,
  analysis: SiteAnalysis,
  { node, path, optimizes }: { node: FunctionExpression; path: SourcePath; optimizes: boolean },
): FunctionShape {
  const values = node.params.map((each) => analysis.facts.params.get(each));
  const carried = new Set(values.flatMap((each) => (each?.is === 'model' ? [each.instance.id] : [])));
  const params = node.params.map((parameter, index): ParamShape => {
    const role = fateOf(values[index], { carried, optimizes });
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

function fateOf(
  value: Value | undefined,
  { carried, optimizes }: { carried: Set<string>; optimizes: boolean },
): ParamFate {
  if (value === undefined) return { role: 'keep' };
  if (value.is === 'model') return { role: 'model', instance: value.instance, was: 'model' };
  if (!holdsState(value)) return { role: 'keep' };
  if (value.is === 'trainState') return trainStateFate(value.instance, { carried, optimizes });
  const state = wholeState(value);
  if (state === null) return { role: 'stored' };
  if (state.collection === optimizerCell) return { role: 'optimizer', instance: state.instance };
  if (carried.has(state.instance.id)) return { role: 'state', ...state };
  carried.add(state.instance.id);
  return { role: 'model', instance: state.instance, was: 'state' };
}

function trainStateFate(
  instance: Instance,
  { carried, optimizes }: { carried: Set<string>; optimizes: boolean },
): ParamFate {
  if (!carried.has(instance.id)) {
    carried.add(instance.id);
    return { role: 'trainState', instance, optimizer: optimizes };
  }
  return optimizes ? { role: 'optimizer', instance } : { role: 'state', instance, collection: null };
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
  if (construct === null) {
    const [path] = instance.id.split('@');
    return instance.name ?? model.sources[path ?? '']?.bindings[instance.id]?.name ?? 'model';
  }
  const parent = source === undefined ? null : parentOf(source, construct);
  if (parent?.kind !== 'Variable') return 'model';
  const declarator = parent.declarators.find((each) => each.init !== null && withoutWraps(each.init) === construct);
  return declarator?.target.kind === 'IdentifierPattern' ? declarator.target.name : 'model';
}
