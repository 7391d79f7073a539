/** Modules that exist once for each step: one constructor under `vmap`, each step with its own keys. */
import type { Edit } from '../../ir/edit.js';
import { replacement } from '../namespaces.js';
import { isInside, movedText, pascalCase, sliceOf, wholeLine } from '../text.js';
import type { Built, Draft } from './draft.js';
import { stateText } from './lift-axes.js';
import { constantSpans, lastName, type LiftedPart, liftedParts } from './lifting.js';
import { freeName } from './parts.js';

/** `const createBlock = …;` and the expression that makes the stacked module; null where there is one module. */
export function stackText(
  draft: Draft,
  part: Built,
  edits: readonly Edit[],
): { readonly before: string; readonly value: string } | null {
  if (part.builds !== 'module' || part.lifting === null || part.axes?.count == null) return null;
  const { nnx, source, typed } = draft;
  const names = new Set(Object.values(source.bindings).map((each) => each.name));
  const create = freeName(`create${pascalCase(lastName(sliceOf(source, part.lifting.class.span)))}`, names);
  const splits = movedText(source, part.axes.count.span, edits);
  const rngs = typed ? `(rngs: ${nnx}.Rngs)` : '(rngs)';
  const made = `${rngs} => ${movedText(source, part.node.span, edits)}`;
  const axes = `{\ninAxes: 0,\noutAxes: ${stateText(draft, part.axes)},\n}`;
  const split = splits === 'splits' ? 'splits' : `splits: ${splits}`;
  const before = `const ${create} = ${nnx}.splitRngs({ ${split} })(${nnx}.vmap(${made}, ${axes}));`;
  return { before, value: `${create}(rngs)` };
}

/** In `setup`, whose text moves as it is: the statement of a stacked module, and constants of lifted classes that go. */
export function setupLiftEdits(draft: Draft, built: readonly Built[], edits: readonly Edit[]): readonly Edit[] {
  const setup = draft.module.setup?.span;
  if (setup === undefined) return [];
  const statements = liftedParts(built).flatMap((part) => statementEdit(draft, part, edits));
  const constants = constantSpans(draft, built)
    .filter((each) => isInside(each, setup))
    .map((each) => replacement(draft.source.path, wholeLine(draft.source, each), '', 'lifted'));
  return [...statements, ...constants];
}

function statementEdit(draft: Draft, part: LiftedPart, edits: readonly Edit[]): readonly Edit[] {
  const text = stackText(draft, part, edits);
  if (part.phase !== 'setup' || part.holder.holder !== 'field' || text === null) return [];
  const { span } = part.holder.statement;
  return [replacement(draft.source.path, span, `${text.before}\nthis.${part.attribute} = ${text.value};`, 'lifted')];
}
