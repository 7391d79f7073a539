/** Names that keep a second set of a model's parameters: the best so far, an average, a target. */
import { ancestorsOf, declarationIn } from '../../ir/declarations.js';
import type { ProjectModel } from '../../ir/project.js';
import { originalBinding } from '../../ir/resolve.js';
import type { SourcePath } from '../../ir/source.js';
import type { BindingId, IdentifierPattern } from '../../ir/syntax.js';
import { walk } from '../../ir/walk.js';
import { copyInstance, isCurrent, isSameKind, renewed, started } from './parameter-copies.js';
import { checkCurrent, type Run } from './run.js';
import { parametersOf, type Value } from './value.js';

/** Remembers a name whose parameters are older than the model's where it is read. */
export function noteStale(run: Run, id: BindingId, value: Value): void {
  const own = parametersOf(value);
  if (own !== null && !isCurrent(run, own) && isDeclaredOnce(run.model, id)) run.stale.add(id);
}

/** The names and those that start with what one of them holds, the last declared first. */
export function copyCandidates(model: ProjectModel, stale: ReadonlySet<BindingId>): readonly BindingId[] {
  const found = new Set(stale);
  for (const source of Object.values(model.sources)) {
    walk(source.body, (node) => {
      if (node.kind !== 'Variable') return true;
      for (const { target, init } of node.declarators) {
        const from = init?.kind === 'Identifier' && init.binding !== null ? originalBinding(model, init.binding) : null;
        const isCopy = from !== null && stale.has(from) && target.kind === 'IdentifierPattern';
        if (isCopy && target.binding !== null && isDeclaredOnce(model, target.binding)) found.add(target.binding);
      }
      return true;
    });
  }
  const offset = (id: BindingId): number => Number(id.slice(id.lastIndexOf('@') + 1));
  return [...found].sort((a, b) => offset(b) - offset(a));
}

const repeated: ReadonlySet<string> = new Set(['For', 'ForEach', 'While']);

/** `let best = params;` by itself and outside of loops, where a copy would be made in every round. */
function isDeclaredOnce(model: ProjectModel, id: BindingId): boolean {
  const source = model.sources[id.slice(0, id.lastIndexOf('@'))];
  const place = source === undefined ? null : declarationIn(source, id);
  if (source === undefined || place?.declares !== 'variable' || place.keys?.length !== 0) return false;
  const { statement, declarator } = place;
  if (declarator.init === null || statement.declarators.length > 1) return false;
  return !ancestorsOf(source, statement).some((each) => repeated.has(each.kind));
}

/** What a name that keeps a second set holds when it is given parameters; null where it is no such case. */
export function keptCopy(
  run: Run,
  path: SourcePath,
  { pattern, id, value }: { pattern: IdentifierPattern; id: BindingId; value: Value },
): Value | null {
  const own = parametersOf(value);
  if (own === null || !run.copyNames.has(id) || run.machine === null) return null;
  const at = { path, span: pattern.span };
  if (run.model.sources[path]?.bindings[id]?.span.start === pattern.span.start) {
    checkCurrent(run, own, at);
    const to = copyInstance(own.instance, pattern.name, at);
    run.facts.copied.set(pattern, { from: own.instance, to });
    return started(run, value, to);
  }
  const held = run.machine.names.get(id);
  const old = held === undefined ? null : parametersOf(held);
  if (held === undefined || old === null || old.instance.id === own.instance.id || held.is !== value.is) return null;
  if (!isSameKind(old.instance, own.instance)) return null;
  checkCurrent(run, own, at);
  run.facts.copied.set(pattern, { from: own.instance, to: old.instance });
  return renewed(run, held, old.instance);
}
