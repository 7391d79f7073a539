/** What the manifest says about a class, and what runs when it runs. */
import type { ManifestEntry, ModuleMapping, VariableMapping } from '../../ir/manifest.js';
import type { Built, Draft, Kept, ModeDecisions, Submodule } from './draft.js';
import { isSetAtInit, type Lifecycle } from './lifecycle.js';
import { optionsOf } from './parts.js';
import { usedCollections } from './used-collections.js';
import { collectionClass } from './variable-classes.js';
import { valueWrites } from './variable-writes.js';

/** `nnx.blob` is empty: it is known when the file is written. */
export function manifestEntry(draft: Draft, { built, lifecycle, sizes: newArguments }: EntryParts): ManifestEntry {
  const { module, source } = draft;
  return {
    class: module.id,
    linen: { source: source.path, blob: source.blob },
    nnx: { source: source.path, blob: '' },
    newArguments,
    modules: distinct(built.filter((each) => each.builds === 'module').map(moduleMapping)),
    variables: distinct(
      built.flatMap((each) => (each.builds === 'variable' ? [variableMapping(draft, lifecycle, each)] : [])),
    ),
    streams: ownStreams(draft),
  };
}

interface EntryParts {
  readonly built: readonly Built[];
  readonly lifecycle: Lifecycle;
  readonly sizes: readonly string[];
}

/** A list and what is appended to it are one entry. */
function distinct<T>(mappings: readonly T[]): readonly T[] {
  return [...new Map(mappings.map((each) => [JSON.stringify(each), each])).values()];
}

/** `linear`, `blocks[{i}]`, `pair[0]`, `towers.left`. */
function attributePath({ attribute, list, holder }: Built): string {
  if (list !== null) return `${attribute}[{i}]`;
  if (holder.holder !== 'element') return attribute;
  const { place } = holder;
  if (place.place === 'turn') return `${attribute}[{i}]`;
  return place.place === 'item' ? `${attribute}[${place.index}]` : `${attribute}.${place.key}`;
}

function moduleMapping(part: Submodule): ModuleMapping {
  const target = part.target.target === 'layer' ? `layer:${part.target.record.linen}` : part.target.plan.class;
  return { linen: part.linenName, nnx: attributePath(part), target, axis: { op: 'none' }, sharing: null };
}

function variableMapping(draft: Draft, lifecycle: Lifecycle, part: Kept): VariableMapping {
  const variable = collectionClass(draft.context.model, part.collection)?.name ?? 'Variable';
  const initialValue = isSetAtInit(draft, lifecycle, part) ? "Linen's init runs the body once" : null;
  const { collection, linenName } = part;
  return { collection, linen: linenName, nnx: attributePath(part), variable, axis: { op: 'none' }, initialValue };
}

/** Whether some method sets the variable. */
function isWritten(draft: Draft, part: Kept): boolean {
  return valueWrites(draft, part).length > 0;
}

/** Streams the class draws from itself: `this.makeRng('noise')`. */
export function ownStreams(draft: Draft): readonly string[] {
  const names = draft.selfUses
    .filter((each) => each.name === 'makeRng')
    .map((each) => /^\(\s*['"`]([^'"`]*)/.exec(draft.source.text.slice(each.span.end))?.[1] ?? 'params');
  return [...new Set(names)].sort();
}

/** Streams drawn when it runs, itself and below. */
export function runStreams(draft: Draft, built: readonly Built[]): readonly string[] {
  const below = built.flatMap((part) => {
    if (part.builds === 'variable') return [];
    if (part.target.target === 'class') return part.target.plan.streams;
    const { streams } = part.target.record;
    const named = optionsOf(part.node, part.target)?.properties.find(
      (each) => each.kind === 'Property' && each.key.name === 'rngCollection',
    );
    const value = named?.kind === 'Property' && named.value.kind === 'Literal' ? named.value.value : null;
    return typeof value === 'string' && streams.length > 0 ? [value] : streams;
  });
  return [...new Set([...ownStreams(draft), ...below])].sort();
}

/** Collections written when it runs, itself and below. */
export function writtenCollections(draft: Draft, built: readonly Built[], modes: ModeDecisions): readonly string[] {
  const below = built.flatMap((part) => {
    if (part.builds === 'variable')
      return part.collection !== 'params' && isWritten(draft, part) ? [part.collection] : [];
    if (part.target.target === 'class') return part.target.plan.collections;
    const { mode, variables } = part.target.record;
    const fixed = modes.fixed.get(part) ?? [];
    const isFrozen = mode !== null && !modes.moded.has(part) && fixed.every((each) => each === !mode.training);
    return isFrozen ? [] : variables.map((each) => each.collection).filter((each) => each !== 'params');
  });
  const sown = usedCollections(draft).filter((each) => isSown(draft, each));
  return [...new Set([...below, ...sown])].sort();
}

function isSown(draft: Draft, collection: string): boolean {
  return draft.selfUses.some(
    (each) =>
      each.name === 'sow' &&
      draft.source.text.slice(each.span.end, each.span.end + collection.length + 4).includes(collection),
  );
}
