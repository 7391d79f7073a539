/** Functions that are handed layers: their types follow, and they lose the flags that only chose modes. */
import type { Edit, ImportNeed } from '../../ir/edit.js';
import type { ModuleTaker } from '../../ir/module-takers.js';
import type { Call } from '../../ir/syntax.js';
import { counterpart, linenMentions, nnxNamespace, replacement } from '../namespaces.js';
import { isInside } from '../text.js';
import { callEdits, listEdits } from './argument-lists.js';
import type { Built, ClassText, Draft, HandedRemoval, ModeDecisions, ModeRemoval, Submodule } from './draft.js';

const idiom = 'basic-module';

/** Each function is written with the first class that calls it. */
export function takerEdits(draft: Draft, built: readonly Built[], modes: ModeDecisions): ClassText {
  const edits: Edit[] = [];
  const imports: ImportNeed[] = [];
  for (const [taker, place] of takersOf(draft, built)) {
    const source = draft.context.model.sources[taker.path];
    if (source === undefined) continue;
    const nnx = nnxNamespace(draft.context.model, taker.path);
    if (nnx.taken) draft.refusals.add('L2N419', place.span, { name: nnx.local });
    const there: Draft = { ...draft, source, nnx: nnx.local };
    const types = typeEdits(there, taker, place);
    if (types.length > 0) imports.push(nnx.need);
    edits.push(
      ...types,
      ...flagEdits(
        there,
        taker,
        modes.handed.filter((each) => each.taker === taker),
      ),
    );
  }
  return { edits, imports };
}

/** Those that this class is the first to call, each with a call that says so. */
function takersOf({ module }: Draft, built: readonly Built[]): ReadonlyMap<ModuleTaker, Call> {
  const parts = built.filter((each): each is Submodule => each.builds === 'module');
  const found = new Map<ModuleTaker, Call>();
  for (const { call, taken } of parts.flatMap((each) => each.handed)) {
    if (taken.taker.uses[0]?.class === module.id && !found.has(taken.taker)) found.set(taken.taker, call);
  }
  return found;
}

function typeEdits(draft: Draft, taker: ModuleTaker, place: Call): readonly Edit[] {
  return linenMentions(draft.context.model, draft.source).flatMap((mention) => {
    if (!isInside(mention.span, taker.node.span)) return [];
    const text = counterpart(mention, draft.nnx);
    if (text !== null) return [replacement(taker.path, mention.span, text, idiom)];
    draft.refusals.add('L2N423', place.span, { name: mention.name });
    return [];
  });
}

function flagEdits(draft: Draft, { node }: ModuleTaker, removals: readonly HandedRemoval[]): readonly Edit[] {
  const options: ModeRemoval[] = removals.map((each) => ({ of: 'property', ...each }));
  const calls = [...new Set(removals.map((each) => each.call))];
  const gone = new Set(removals.flatMap((each) => each.parameter ?? []));
  const parameters = listEdits(
    draft,
    { args: node.params, argsSpan: node.paramsSpan },
    { before: [], removed: gone, after: [] },
  );
  return [...calls.flatMap((each) => callEdits(draft, each, options)), ...parameters];
}
