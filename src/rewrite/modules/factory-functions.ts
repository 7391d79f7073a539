/** Functions that build a module and give it back: they stay, and take what NNX needs to know. */
import type { Edit, ImportNeed } from '../../ir/edit.js';
import type { Factory } from '../../ir/factories.js';
import { referencesTo } from '../../ir/references.js';
import type { Expression, New, Parameter } from '../../ir/syntax.js';
import { counterpart, linenMentions, nnxNamespace, replacement } from '../namespaces.js';
import { isInside, removedItems, sliceOf } from '../text.js';
import { listEdits } from './argument-lists.js';
import { sizedConstruction } from './construct-edits.js';
import type { Built, ClassText, Draft, ModeDecisions, Submodule, Target } from './draft.js';
import { insertion, isLocal, needsStreams, type Passed, passedBy, streamsPositionOf } from './factory-calls.js';

const idiom = 'basic-module';

/** Edits of the functions that the class itself holds; they hold wherever that text ends up. */
export function innerFactoryEdits(draft: Draft, built: readonly Built[], modes: ModeDecisions): readonly Edit[] {
  return usersOf(built)
    .filter(({ factory }) => isLocal(draft, factory))
    .flatMap((each) => functionEdits(draft, each, modes));
}

/** Edits of functions elsewhere: each is written with the first class that calls it. */
export function outerFactoryEdits(draft: Draft, built: readonly Built[], modes: ModeDecisions): ClassText {
  const edits: Edit[] = [];
  const imports: ImportNeed[] = [];
  for (const user of usersOf(built)) {
    const { factory, part } = user;
    const { model } = draft.context;
    const [first] = referencesTo(model, factory.binding);
    const isFirst = first?.path === draft.source.path && isInside(first.node.span, draft.module.node.span);
    const source = model.sources[factory.path];
    if (isLocal(draft, factory) || !isFirst || source === undefined) continue;
    const nnx = nnxNamespace(model, factory.path);
    if (nnx.taken) draft.refusals.add('L2N419', part.place.span, { name: nnx.local });
    // What stands against it is said where the class calls it: the class's refusals belong to its own file.
    const add: Draft['refusals']['add'] = (code, _, data) => draft.refusals.add(code, part.place.span, data);
    const refusals = { ...draft.refusals, add };
    edits.push(...functionEdits({ ...draft, source, refusals, nnx: nnx.local }, user, modes));
    imports.push(nnx.need);
  }
  return { edits, imports };
}

interface User {
  readonly part: Submodule;
  readonly factory: Factory;
}

/** One part for each factory. */
function usersOf(built: readonly Built[]): readonly User[] {
  const users = new Map<Factory, Submodule>();
  for (const part of built) {
    if (part.builds === 'module' && part.factory !== null && !users.has(part.factory)) users.set(part.factory, part);
  }
  return [...users].map(([factory, part]) => ({ factory, part }));
}

function functionEdits(draft: Draft, { part, factory }: User, modes: ModeDecisions): readonly Edit[] {
  const { node, builds, path } = factory;
  const passed = passedBy(factory);
  const words = new Set(sliceOf(draft.source, node.span).match(/[A-Za-z_$][\w$]*/g) ?? []);
  const sizes = sizeNames(part.target).map((each) => freeName(each, words));
  const isStream = needsStreams(draft, factory, part.target);
  if (isStream && words.has('rngs')) draft.refusals.add('L2N419', part.place.span, { name: 'rngs' });
  const own = builds.flatMap((site) =>
    sizedConstruction(
      draft,
      { node: site.node, target: part.target },
      { sizes, removals: modes.removals, known: spreadIn(site.node, factory) },
    ),
  );
  const names = linenMentions(draft.context.model, draft.source).flatMap((mention) => {
    if (isLocal(draft, factory) || !isInside(mention.span, node.span)) return [];
    if (own.some((each) => isInside(mention.span, each))) return [];
    const text = counterpart(mention, draft.nnx);
    if (text !== null) return [replacement(path, mention.span, text, idiom)];
    draft.refusals.add('L2N423', part.place.span, { name: mention.name });
    return [];
  });
  return [...parameterEdits(draft, factory, { sizes, isStream, passed }), ...own, ...names];
}

function parameterEdits(
  draft: Draft,
  { node, path }: Factory,
  at: { readonly sizes: readonly string[]; readonly isStream: boolean; readonly passed: Passed | null },
): readonly Edit[] {
  const typed = (name: string, type: string): string => (draft.typed ? `${name}: ${type}` : name);
  const before = at.sizes.map((each) => typed(each, 'number'));
  const streams = at.isStream ? [typed('rngs', `${draft.nnx}.Rngs`)] : [];
  const removed = new Set(at.passed?.name == null ? [] : [at.passed.name]);
  const position = streamsPositionOf(node.params, removed);
  const kept = node.params.filter((_, index) => !removed.has(index));
  const isLast = position >= node.params.length;
  const list = listEdits(
    draft,
    { args: node.params, argsSpan: node.paramsSpan },
    {
      before: kept.length > 0 && position === 0 ? [...before, ...streams] : before,
      removed,
      after: isLast ? streams : [],
    },
  );
  const middle =
    isLast || position === 0
      ? []
      : [insertion(path, node.params[position - 1]!.span.end, streams.map((each) => `, ${each}`).join(''))];
  return [...list, ...middle.filter((each) => each.text !== ''), ...namelessType(draft, node.params, at.passed)];
}

/** `options: { name?: string }` loses the name. */
function namelessType(draft: Draft, params: readonly Parameter[], passed: Passed | null): readonly Edit[] {
  const form = passed?.spread == null ? undefined : params[passed.spread]?.type?.form;
  const span = passed?.spread == null ? undefined : params[passed.spread]?.type?.span;
  if (form?.form !== 'object' || span === undefined) return [];
  const gone = new Set([form.members.findIndex((each) => each.name === 'name')]);
  const spans = form.members.map((each) => each.span);
  return removedItems(spans, gone, span.start + 1).map((each) => replacement(draft.source.path, each, '', idiom));
}

function sizeNames(target: Target): readonly string[] {
  return target.target === 'class'
    ? target.plan.manifest.newArguments
    : target.record.sizeArguments.map((each) => each.name);
}

/** The parameter that is spread into the options there, whose callers' options are all known. */
function spreadIn({ args }: New, factory: Factory): Expression | null {
  const options = args.at(-1);
  if (passedBy(factory)?.spread == null || options?.kind !== 'ObjectLiteral') return null;
  const last = options.properties.at(-1);
  return last?.kind === 'Spread' ? last.argument : null;
}

function freeName(wished: string, taken: Set<string>): string {
  let name = wished;
  for (let number = 2; taken.has(name); number += 1) name = `${wished}${number}`;
  taken.add(name);
  return name;
}
