/** How the callers of a converted function prepare its model: the mode it is in, or the view that they pass. */
import { ancestorsOf, declarationIn } from '../ir/declarations.js';
import { positionOf } from '../ir/position.js';
import type { ProgramPlan } from '../ir/program.js';
import type { ProjectModel } from '../ir/project.js';
import { entityOf, literalProperty, originalBinding, withoutWraps } from '../ir/resolve.js';
import type { SourceModel } from '../ir/source.js';
import type { BindingId, Call, Expression, Spread } from '../ir/syntax.js';
import { type SyntaxNode, walk } from '../ir/walk.js';
import { nnxModule } from '../../runtime/catalogue/modules.js';
import type { ModeSetting, ProgramSetting } from './job.js';
import { plainValue } from './recipe.js';
import { topLevel } from './slices.js';
import { staticValue } from './static-value.js';

/** One setting for each way in which the new program is called; as made where nothing calls it. */
export function programSettings(nnx: ProjectModel, plan: ProgramPlan): readonly ProgramSetting[] {
  const home = nnx.sources[plan.path];
  const program = home && topLevel(home, plan.name);
  if (!home || !program) return [];
  const found = Object.values(nnx.sources).flatMap((source) =>
    callsOf(nnx, source, program).flatMap((call) => settingsAt({ nnx, plan, source, home }, call)),
  );
  const unused = { from: 'no caller', models: afterLoading(home, plan), wrt: {} };
  const seen = new Set<string>();
  return (found.length === 0 ? [unused] : found).filter(({ models, wrt }) => {
    const text = JSON.stringify([models, wrt]);
    return !seen.has(text) && seen.add(text);
  });
}

interface Asked {
  readonly nnx: ProjectModel;
  readonly plan: ProgramPlan;
  readonly source: SourceModel;
  readonly home: SourceModel;
}

/** What a caller outside the project finds: models of the file in the mode that its top level leaves them in. */
function afterLoading(home: SourceModel, plan: ProgramPlan): { readonly [name: string]: ModeSetting } {
  return Object.fromEntries(
    plan.models.map(({ nnxName, via }): [string, ModeSetting] => {
      const binding = via === 'closure' ? topLevel(home, nnxName) : null;
      const changes = binding === null ? [] : modeCalls(home, binding);
      const isTop = ({ at }: ModeCall): boolean =>
        home.body.some((each) => each.kind === 'Expression' && each.span.start <= at && at < each.span.end);
      return [nnxName, { set: changes.filter(isTop).at(-1)?.set ?? 'asMade' }];
    }),
  );
}

function callsOf(model: ProjectModel, source: SourceModel, program: BindingId): readonly Call[] {
  const calls: Call[] = [];
  walk(source.body, (node) => {
    if (node.kind !== 'Call' || node.callee.kind !== 'Identifier' || node.callee.binding === null) return;
    if (originalBinding(model, node.callee.binding) === program) calls.push(node);
  });
  return calls;
}

function settingsAt(asked: Asked, call: Call): readonly ProgramSetting[] {
  const { plan, source } = asked;
  const from = `${source.path}:${positionOf(source.text, call.span.start).line}`;
  const wrt = Object.fromEntries(plan.params.flatMap((each) => wrtAt(asked, call, each)));
  let settings: ProgramSetting[] = [{ from, models: {}, wrt }];
  for (const model of plan.models) {
    const binding = modelBinding(asked, call, model.nnxName);
    const modes = binding === null ? [{ set: 'asMade' } as const] : modesBefore(asked, call, binding);
    settings = settings.flatMap((each) =>
      modes.map((mode) => ({ ...each, models: { ...each.models, [model.nnxName]: mode } })),
    );
  }
  return settings;
}

/** The name that holds the model at this call: the argument's, or the closure's when the call is in the same file. */
function modelBinding({ plan, source, home }: Asked, call: Call, name: string): BindingId | null {
  const param = plan.params.find(({ role, nnx }) => role.role === 'model' && role.model === name && nnx !== null);
  if (param !== undefined) return identifierOf(call.args[param.nnx!]);
  return source.path === home.path ? topLevel(home, name) : null;
}

function identifierOf(node: Expression | Spread | undefined): BindingId | null {
  if (node === undefined || node.kind === 'Spread') return null;
  const inner = withoutWraps(node);
  return inner.kind === 'Identifier' ? inner.binding : null;
}

/** Every mode the model can be in at a call: the last one set before it, and in loops the one set after it. */
function modesBefore(asked: Asked, call: Call, binding: BindingId): readonly ModeSetting[] {
  const view = viewOf(asked, binding);
  if (view !== null) return [view];
  const changes = modeCalls(asked.source, binding);
  const before = changes.filter((each) => each.at < call.span.start).at(-1);
  const modes: ModeSetting[] = [{ set: before?.set ?? 'asMade' }];
  for (const loop of ancestorsOf(asked.source, call).filter(isLoop)) {
    const inside = changes.filter((each) => each.at > loop.span.start && each.at < loop.span.end);
    const last = inside.filter((each) => each.at > call.span.start).at(-1);
    if (last !== undefined && !inside.some((each) => each.at < call.span.start)) modes.push({ set: last.set });
  }
  return modes;
}

function isLoop({ kind }: SyntaxNode): boolean {
  return kind === 'For' || kind === 'ForEach' || kind === 'While';
}

interface ModeCall {
  readonly at: number;
  readonly set: 'train' | 'eval';
}

/** `model.train()` and `model.eval()` on this name, in text order. */
function modeCalls(source: SourceModel, binding: BindingId): readonly ModeCall[] {
  const found: ModeCall[] = [];
  walk(source.body, (node) => {
    if (node.kind !== 'Call' || node.callee.kind !== 'Member' || identifierOf(node.callee.object) !== binding) return;
    const { property } = node.callee;
    if (property === 'train' || property === 'eval') found.push({ at: node.span.start, set: property });
  });
  return found;
}

/** `const evalModel = nnx.view(model, { deterministic: true })`. */
function viewOf({ nnx, source }: Asked, binding: BindingId): ModeSetting | null {
  const place = declarationIn(source, binding);
  const init = place?.declares === 'variable' && place.declarator.init ? withoutWraps(place.declarator.init) : null;
  if (init?.kind !== 'Call' || !isNnx(nnx, source, init.callee, 'view')) return null;
  const given = init.args[1];
  const value = given === undefined || given.kind === 'Spread' ? null : staticValue(nnx, source.path, given);
  const attributes = value === null ? null : (plainValue(value) as { [name: string]: boolean });
  return attributes === null ? null : { set: 'view', attributes };
}

/** The filter that the optimizer passed at this call was made with. */
function wrtAt(
  { nnx, source }: Asked,
  call: Call,
  { role, nnx: position }: ProgramPlan['params'][number],
): readonly (readonly [model: string, filter: string])[] {
  if (role.role !== 'optimizer' || position === null) return [];
  const binding = identifierOf(call.args[position]);
  const place = binding === null ? null : declarationIn(source, binding);
  const init = place?.declares === 'variable' && place.declarator.init ? withoutWraps(place.declarator.init) : null;
  const options = init?.kind === 'New' && isNnx(nnx, source, init.callee, 'Optimizer') ? init.args[2] : undefined;
  const filter = options?.kind === 'ObjectLiteral' ? literalProperty(options, 'wrt') : null;
  const entity = filter === null ? null : entityOf(nnx, source.path, filter);
  return entity?.entity === 'external' ? [[role.model, entity.name]] : [];
}

function isNnx(model: ProjectModel, source: SourceModel, callee: Expression, name: string): boolean {
  const entity = entityOf(model, source.path, callee);
  return entity?.entity === 'external' && entity.module === nnxModule && entity.name === name;
}
