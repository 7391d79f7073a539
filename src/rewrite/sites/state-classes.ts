/** Classes that extend `TrainState`: nothing makes one any more, so they go. */
import { originalBinding } from '../../ir/resolve.js';
import { isTrainState } from '../../ir/train-state.js';
import type { SourceModel, SourcePath } from '../../ir/source.js';
import type { BindingId, Span, Statement } from '../../ir/syntax.js';
import { refuseDraft, removeDeclaration } from './draft.js';
import { type Emission, isGone } from './emission.js';

export function removeStateClasses(e: Emission, paths: readonly SourcePath[]): void {
  const sources = paths.flatMap((path) => e.context.model.sources[path] ?? []);
  for (const source of sources) for (const each of source.body) removeStateClass(e, source, each);
}

/** Refused where its name is still read: what it holds there is not followed. */
function removeStateClass(e: Emission, source: SourceModel, node: Statement): void {
  if (node.kind !== 'ClassDeclaration' || node.class.superClass === null || node.class.binding === null) return;
  const { path } = source;
  if (!isTrainState(e.context.model, path, node.class.superClass)) return;
  const isOwn = (place: Place): boolean =>
    place.path === path && node.span.start <= place.span.start && place.span.end <= node.span.end;
  const left = mentionsOf(e, node.class.binding).find((each) => !isGone(e, each.path, each.span) && !isOwn(each));
  if (left !== undefined) return refuseDraft(e.draft, 'L2N474', left);
  removeDeclaration(e.draft, path, node.span);
}

interface Place {
  readonly path: SourcePath;
  readonly span: Span;
}

/** As a value or a type, in any file. */
function mentionsOf(e: Emission, id: BindingId): readonly Place[] {
  const { model } = e.context;
  return Object.values(model.sources).flatMap(({ path, bindings }) =>
    Object.values(bindings)
      .filter((each) => each.id === id || (each.import !== null && originalBinding(model, each.id) === id))
      .flatMap((each) => each.reads.map((span) => ({ path, span }))),
  );
}
