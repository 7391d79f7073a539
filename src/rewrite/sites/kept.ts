/** Whether what a function does to a model's state is known to those who call it. */
import type { BindingId } from '../../ir/syntax.js';
import { contentOf, type Machine } from './machine.js';
import { refuse, type Run } from './run.js';
import { type FunctionValue, mapVersions, optimizerCell, type Value, type Version } from './value.js';

interface Outcome {
  readonly before: Machine;
  readonly result: Value;
  /** Models that were made meanwhile: nobody else has them. */
  readonly made: ReadonlySet<string>;
}

/**
 * A function that code outside may call: every version that the model holds after it must be one that the caller gets,
 * or that a name outside the function holds. Else Linen forgot the update, and NNX would not.
 */
export function checkKept(run: Run, entry: FunctionValue, { before, result, made }: Outcome): void {
  const after = run.machine;
  if (after === null) return;
  const held = versionsIn(result);
  for (const [id, value] of after.names) if (!isInside(entry, id)) for (const each of versionsIn(value)) held.add(each);
  // A cell is named `path@offset collection`, by the `new` or the parameter that the model came from.
  for (const [cell, version] of after.contents) {
    const collection = cell.slice(cell.lastIndexOf(' ') + 1);
    const isMade = made.has(cell.slice(0, cell.lastIndexOf(' ')));
    if (collection === '#initialised' || collection === '#transformation') continue;
    if (version === contentOf(before, cell) || held.has(version) || isMade) continue;
    const name = collection === optimizerCell ? 'optimizer state' : collection;
    refuse(run, 'L2N479', { path: entry.path, span: entry.node.span }, { collection: name });
  }
}

function versionsIn(value: Value): Set<Version> {
  const found = new Set<Version>();
  mapVersions(value, (version) => {
    found.add(version);
    return version;
  });
  return found;
}

function isInside({ path, node }: FunctionValue, id: BindingId): boolean {
  const at = id.lastIndexOf('@');
  const offset = Number(id.slice(at + 1));
  return id.slice(0, at) === path && node.span.start <= offset && offset < node.span.end;
}
