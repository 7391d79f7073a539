/** Functions of the project that are handed a module and run it: `function attend(x: tf.Tensor, dropout: nn.Dropout)`. */
import { ancestorsOf, parentOf } from './declarations.js';
import { functionName } from './factories.js';
import type { ClassId, ModuleClass, ProjectModel } from './project.js';
import { type Reference, referencesTo } from './references.js';
import { entityOf } from './resolve.js';
import type { SourceModel, SourcePath } from './source.js';
import type { BindingId, Call, Expression, FunctionExpression, Member } from './syntax.js';
import { walk } from './walk.js';

/** A function at the top of a file, every use of which is a plain call in a module class. */
export interface ModuleTaker {
  readonly path: SourcePath;
  readonly node: FunctionExpression;
  readonly binding: BindingId;
  readonly uses: readonly TakerUse[];
}
export interface TakerUse {
  readonly path: SourcePath;
  readonly call: Call;
  readonly class: ClassId;
}

/** A parameter that is only asked for its methods. */
export interface TakenParameter {
  readonly taker: ModuleTaker;
  readonly index: number;
  readonly calls: readonly TakenCall[];
}
export interface TakenCall {
  readonly node: Call;
  readonly callee: Member;
  readonly method: string;
}

const found = new WeakMap<ProjectModel['classes'], Map<FunctionExpression, ModuleTaker | null>>();

/** The parameter that an argument of a call is handed to; null where the function does anything else with it. */
export function takenParameter(
  model: ProjectModel,
  path: SourcePath,
  at: { readonly call: Call; readonly argument: Expression },
): TakenParameter | null {
  const entity = entityOf(model, path, at.call.callee);
  if (entity?.entity !== 'function') return null;
  const taker = takerOf(model, entity.path, entity.node);
  const index = at.call.args.findIndex((each) => each === at.argument);
  const source = model.sources[entity.path];
  const calls = source === undefined ? null : callsOn(source, entity.node, index);
  return taker === null || calls === null ? null : { taker, index, calls };
}

const all = new WeakMap<ProjectModel['classes'], readonly ModuleTaker[]>();

/** All of them, for the classes that call them: such a function is rewritten with all its callers. */
export function moduleTakers(model: ProjectModel): readonly ModuleTaker[] {
  const known = all.get(model.classes) ?? findTakers(model);
  all.set(model.classes, known);
  return known;
}

function findTakers(model: ProjectModel): readonly ModuleTaker[] {
  const takers = new Set<ModuleTaker>();
  for (const { path, node: owner } of model.classes) {
    walk(owner.members, (node) => {
      if (node.kind !== 'Call' || node.args.length === 0) return;
      const entity = entityOf(model, path, node.callee);
      const source = entity?.entity === 'function' ? model.sources[entity.path] : undefined;
      if (entity?.entity !== 'function' || source === undefined) return;
      const isTaken = entity.node.params.some((_, index) =>
        callsOn(source, entity.node, index)?.some((each) => each.method === 'call'),
      );
      const taker = isTaken ? takerOf(model, entity.path, entity.node) : null;
      if (taker !== null) takers.add(taker);
    });
  }
  return [...takers];
}

function takerOf(model: ProjectModel, path: SourcePath, node: FunctionExpression): ModuleTaker | null {
  const known = found.get(model.classes) ?? new Map<FunctionExpression, ModuleTaker | null>();
  found.set(model.classes, known);
  const before = known.get(node);
  if (before !== undefined) return before;
  const taker = readTaker(model, path, node);
  known.set(node, taker);
  return taker;
}

function readTaker(model: ProjectModel, path: SourcePath, node: FunctionExpression): ModuleTaker | null {
  const source = model.sources[path];
  const binding = functionName(model, path, node);
  const isTop = source !== undefined && ancestorsOf(source, node).length === 1;
  if (!isTop || binding === null || node.async || node.generator) return null;
  if (node.params.some((each) => each.pattern.kind === 'RestPattern' || each.decorators.length > 0)) return null;
  const uses = referencesTo(model, binding).map((each) => useOf(model, each));
  const plain = uses.filter((each) => each !== null);
  return plain.length === uses.length ? { path, node, binding, uses: plain } : null;
}

function useOf(model: ProjectModel, { path, node }: Reference): TakerUse | null {
  const source = model.sources[path];
  const call = source === undefined ? null : parentOf(source, node);
  if (call?.kind !== 'Call' || call.callee !== node || call.optional) return null;
  if (call.args.some((each) => each.kind === 'Spread')) return null;
  const owner = model.classes.find((each) => each.path === path && holds(each, node));
  return owner === undefined ? null : { path, call, class: owner.id };
}

function holds({ node: { span } }: ModuleClass, node: Expression): boolean {
  return span.start <= node.span.start && node.span.end <= span.end;
}

/** The calls of its methods, where nothing else is done with a parameter. */
function callsOn(source: SourceModel, node: FunctionExpression, index: number): readonly TakenCall[] | null {
  const parameter = node.params[index];
  if (parameter?.pattern.kind !== 'IdentifierPattern' || parameter.optional || parameter.initial !== null) return null;
  const { binding } = parameter.pattern;
  const declared = binding === null ? undefined : source.bindings[binding];
  if (declared === undefined || declared.writes.length > 0) return null;
  const calls: TakenCall[] = [];
  walk(node.body, (each) => {
    if (each.kind !== 'Call' || each.optional || each.callee.kind !== 'Member' || each.callee.optional) return;
    const { object, property } = each.callee;
    if (object.kind === 'Identifier' && object.binding === binding)
      calls.push({ node: each, callee: each.callee, method: property });
  });
  return calls.length > 0 && calls.length === declared.reads.length ? calls : null;
}
