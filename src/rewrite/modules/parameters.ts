/** Which constructor values stay, and which of them stay properties. */
import { parentOf } from '../../ir/declarations.js';
import type { ModuleClass, ProjectModel } from '../../ir/project.js';
import type { BindingId, Parameter, Span } from '../../ir/syntax.js';
import { type SyntaxNode, walk } from '../../ir/walk.js';
import { isInside } from '../text.js';
import type { Caches } from './caches.js';
import type { Draft, KeptParameter, ModeDecisions, ParameterDecisions } from './draft.js';
import { isDeadAlias, type Moves, parameterOf } from './moving.js';
import type { SelfUse } from './self-uses.js';
import { isSpentMode } from './spent.js';

/** Decides about every parameter of the old constructor, in order. */
export function decideParameters(
  draft: Draft,
  decided: { readonly modes: ModeDecisions; readonly moves: Moves; readonly caches: Caches | null },
): ParameterDecisions {
  const { modes } = decided;
  const params = draft.module.constructorMethod?.params ?? [];
  const flag = modes.constructorMode;
  const kept = params.map((parameter, position): KeptParameter => {
    const name = nameOf(parameter);
    const isFlag = flag !== null && !flag.stays && flag.key === null && flag.parameter === position;
    const stays = !isFlag && !isOnlyName(draft, parameter);
    return {
      position,
      name,
      stays,
      property: stays && parameter.property !== null && isStillRead(draft, name, decided),
    };
  });
  const assigned = draft.module.fields.filter((each) => each.origin === 'assigned');
  const dropped = assigned.filter((each) => {
    const isGone = each.position !== null && kept[each.position]?.stays === false;
    return isGone || !isStillRead(draft, each.name, decided);
  });
  return { kept, dropped: new Set(dropped.map((each) => each.name)) };
}

function nameOf({ pattern }: Parameter): string {
  return pattern.kind === 'IdentifierPattern' ? pattern.name : '';
}

/** `name` of `super({ name })`, `options` of `super(options)`: it only names the module. */
export function isOnlyName(draft: Draft, { pattern, property }: Parameter): boolean {
  if (draft.module.base.base !== 'module') return false;
  if (pattern.kind !== 'IdentifierPattern' || property !== null || pattern.binding === null) return false;
  const call = superCall(draft);
  const reads = draft.source.bindings[pattern.binding]?.reads ?? [];
  return call !== null && reads.length > 0 && reads.every((each) => isInside(each, call));
}

/** The span of `super(…)` in the constructor. */
export function superCall(draft: Draft): Span | null {
  for (const statement of draft.module.constructorMethod?.body?.body ?? []) {
    if (statement.kind !== 'Expression' || statement.expression.kind !== 'Call') continue;
    if (statement.expression.callee.kind === 'Super') return statement.expression.span;
  }
  return null;
}

/** Whether a field is read after the conversion: in text that stays, by subclasses, by an interface, from outside. */
function isStillRead(
  draft: Draft,
  name: string,
  decided: { readonly modes: ModeDecisions; readonly moves: Moves; readonly caches: Caches | null },
): boolean {
  const { module, selfUses } = draft;
  const { model } = draft.context;
  if (module.node.implementsSpan !== null || hasSubclass(model, module) || module.node.abstract) return true;
  if (isReadOutside(model, name) || decided.caches?.sizes.reads.includes(name) === true) return true;
  return selfUses.some((use) => {
    if (use.name !== name || (use.node !== null && parentOf(draft.source, use.node)?.kind === 'PlacePattern'))
      return false;
    if (decided.modes.moved?.some((each) => isInside(use.span, each)) === true) return true;
    const isMoved = decided.moves.gone.some((each) => isInside(use.span, each)) && isRewritten(draft, use);
    return !isMoved && !isSpentMode(decided.modes, use.span);
  });
}

/** Whether a use in text that moves reads a constructor parameter there. */
function isRewritten(draft: Draft, { name, node, pattern }: SelfUse): boolean {
  if (parameterOf(draft, name) === null) return false;
  return node !== null || (pattern !== null && isDeadAlias(draft, pattern.statement));
}

function hasSubclass(model: ProjectModel, module: ModuleClass): boolean {
  return model.classes.some((each) => each.base.base === 'class' && each.base.id === module.id);
}

const outsideReads = new WeakMap<ProjectModel, ReadonlySet<string>>();

/** Whether some `x.<name>` in the project, not on `this`, may read it. */
function isReadOutside(model: ProjectModel, name: string): boolean {
  const known = outsideReads.get(model) ?? collectReads(model);
  outsideReads.set(model, known);
  return known.has(name);
}

function collectReads(model: ProjectModel): ReadonlySet<string> {
  const names = new Set<string>();
  for (const source of Object.values(model.sources)) {
    const imported = new Set<BindingId>(
      Object.values(source.bindings)
        .filter((each) => each.import !== null)
        .map((each) => each.id),
    );
    const ofSelf = new Set<SyntaxNode>();
    walk(source.body, (node) => {
      if (node.kind === 'Variable')
        node.declarators.filter((each) => each.init?.kind === 'This').forEach((each) => ofSelf.add(each.target));
      if (node.kind === 'ObjectPattern' && !ofSelf.has(node))
        node.properties.forEach((each) => names.add(each.key.name ?? ''));
      if (node.kind !== 'Member' || node.object.kind === 'This') return;
      if (node.object.kind === 'Identifier' && imported.has(node.object.binding ?? '')) return;
      names.add(node.property);
    });
  }
  return names;
}
