/** What becomes of a structure that holds state: which parts stay, which go, and where the model stands in. */
import type { Span } from '../../ir/syntax.js';
import type { SourcePath } from '../../ir/source.js';
import { copiesIn, copyName } from './parameter-copies.js';
import { holdsState, type Instance, optimizerCell, type TrainStateValue, type Value } from './value.js';

export type Template =
  | { readonly part: 'keep' }
  | { readonly part: 'drop' }
  | { readonly part: 'model' | 'optimizer'; readonly instance: Instance }
  /** A train state made inside: the models and the optimizer that it comes to, as a record. */
  | { readonly part: 'trainState'; readonly parts: readonly StatePart[] }
  | { readonly part: 'tuple'; readonly items: readonly Template[] }
  | { readonly part: 'record'; readonly entries: ReadonlyMap<string, Template> };

export interface StatePart {
  /** Its name in the record. */
  readonly key: string;
  readonly holds: 'model' | 'optimizer';
  readonly instance: Instance;
}

/** Whether something was made inside the place that gives the value. */
type Born = (made: { readonly path: SourcePath; readonly node: { readonly span: Span } | null }) => boolean;

const keep: Template = { part: 'keep' };
const drop: Template = { part: 'drop' };

/**
 * State goes, for the model holds it. Where the receiver does not have the model yet (`born`), the model and its
 * optimizer take the place of the first part of their state.
 */
export function templateOf(value: Value, born: Born = () => false): Template {
  const placed = new Set(modelsIn(value));
  const place = (part: 'model' | 'optimizer', instance: Instance): Template => {
    const name = part === 'model' ? instance.id : `${instance.id} ${optimizerCell}`;
    const made = instance.copyOf?.made ?? null;
    const isBorn = made === null ? born(instance) : born({ path: made.path, node: made });
    if (!isBorn || placed.has(name)) return drop;
    placed.add(name);
    return { part, instance };
  };
  const placeState = (state: TrainStateValue): Template => {
    const { instance, created } = state;
    const isMade = created !== null && born({ path: created.path, node: created });
    if (!isMade) return place('model', instance);
    const parts: StatePart[] = [];
    if (place('model', instance).part !== 'drop') parts.push({ key: 'model', holds: 'model', instance });
    placed.add(`${instance.id} ${optimizerCell}`);
    parts.push({ key: 'optimizer', holds: 'optimizer', instance });
    for (const each of copiesIn(state)) {
      const key = copyName(each.copyOf?.held ?? '', 'model');
      if (place('model', each).part !== 'drop') parts.push({ key, holds: 'model', instance: each });
    }
    return parts.length === 1 ? { part: 'optimizer', instance } : { part: 'trainState', parts };
  };
  const visit = (each: Value): Template => {
    if (each.is === 'record' && each.variablesOf !== null && holdsState(each)) return place('model', each.variablesOf);
    if (!holdsState(each)) return keep;
    switch (each.is) {
      case 'trainState':
        return placeState(each);
      case 'state':
        return place(each.collection === optimizerCell ? 'optimizer' : 'model', each.instance);
      case 'tuple':
        return collapseTuple(each.items.map(visit));
      case 'record':
        return collapseRecord(new Map([...each.entries].map(([name, entry]) => [name, visit(entry)])));
      default:
        return drop;
    }
  };
  return visit(value);
}

function modelsIn(value: Value): readonly string[] {
  if (value.is === 'model') return [value.instance.id];
  if (value.is === 'tuple') return value.items.flatMap(modelsIn);
  return value.is === 'record' ? [...value.entries.values()].flatMap(modelsIn) : [];
}

function collapseTuple(items: readonly Template[]): Template {
  return items.every((each) => each.part === 'drop') ? drop : { part: 'tuple', items };
}

function collapseRecord(entries: ReadonlyMap<string, Template>): Template {
  return [...entries.values()].every((each) => each.part === 'drop') ? drop : { part: 'record', entries };
}

/** The one part that a tuple comes down to; null where several stay, or all of them. */
export function soleItem(template: Template): number | null {
  if (template.part !== 'tuple') return null;
  const left = template.items.flatMap((each, index) => (each.part === 'drop' ? [] : [index]));
  return left.length === 1 && template.items.length > 1 ? (left[0] ?? null) : null;
}

/** Where a part of a tuple stands after the others went. */
export function newIndex(template: Extract<Template, { part: 'tuple' }>, index: number): number {
  return template.items.slice(0, index).filter((each) => each.part !== 'drop').length;
}

/** Whether a model, or a train state, is made inside a function. */
export function isBornIn(path: SourcePath, node: { readonly span: Span }): Born {
  return (made) =>
    made.node !== null &&
    made.path === path &&
    node.span.start <= made.node.span.start &&
    made.node.span.end <= node.span.end;
}
