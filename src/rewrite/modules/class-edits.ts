/** The text of a converted class, as edits. */
import type { Edit, ImportNeed } from '../../ir/edit.js';
import type { ModuleMethod } from '../../ir/project.js';
import type { ClassField, ClassMember, FunctionExpression, Span } from '../../ir/syntax.js';
import { nnxNamespace, replacement } from '../namespaces.js';
import { relativeSpecifier } from '../specifiers.js';
import { isInside, removedItems, wholeLine } from '../text.js';
import { buildingText } from './building.js';
import { cacheMethodText, type Caches } from './caches.js';
import { constructorEdits, type ConstructorWork, freshConstructor } from './constructor.js';
import {
  declarationEdits,
  isCustom,
  memberRemoval,
  newDeclarations,
  startWithComments,
  variableDeclaration,
} from './declarations.js';
import type { Built, ClassText, Draft } from './draft.js';
import { outerFactoryEdits } from './factory-functions.js';
import { takerEdits } from './handed-functions.js';
import { carryEdits, unpackEdits } from './carry-alone.js';
import { accessText, copyEdits, type Decided, innerEdits } from './inner-edits.js';
import { lifecycleEdits } from './lifecycle-edits.js';
import { liftEdits } from './lift-calls.js';
import { liftedCalls } from './lifting.js';
import { loopEdits } from './loops.js';
import { usedCollections } from './used-collections.js';
import { collectionClass } from './variable-classes.js';

/** Writes a class. What the user wrote elsewhere in it stays as it is. */
export function writeClass(draft: Draft, work: Omit<ConstructorWork, 'inner' | 'moved'>): ClassText {
  const inner = innerEdits(draft, work.decided);
  const full: ConstructorWork = { ...work, inner, moved: [...inner, ...copyEdits(draft, work.decided)] };
  const loops = loopEdits(draft, work.decided.moves.loops);
  const isElsewhere = (span: Span): boolean => !loops.some((each) => each.text !== '' && isInside(span, each));
  const outer = [
    ...builderEdits(draft, full),
    ...work.decided.built.flatMap((each) => holderEdits(draft, each, work.decided)),
    ...loops,
    ...liftEdits(draft, work.decided),
    ...(work.carryAlone ? carryEdits(draft) : []),
    ...unpackEdits(draft, work.decided.built),
    ...work.decided.moves.emptied.filter(isElsewhere).map((each) => removal(draft, wholeLine(draft.source, each))),
    ...lifecycleEdits(draft, work.decided.lifecycle),
    ...cacheEdits(draft, work.caches, inner),
    ...declarationEdits(draft, work.decided.built, inner),
    ...draft.module.methods.flatMap((each) => methodEdits(draft, each, work.decided)),
    ...heritageEdits(draft),
  ];
  const rest = inner.filter((each) => !outer.some((cover) => cover.start < cover.end && isInside(each, cover)));
  const variables = variableEdits(draft);
  const factories = outerFactoryEdits(draft, work.decided.built, work.decided.modes);
  const takers = takerEdits(draft, work.decided.built, work.decided.modes);
  const { need } = nnxNamespace(draft.context.model, draft.source.path);
  return {
    edits: [...rest, ...outer, ...variables.edits, ...factories.edits, ...takers.edits],
    imports: [need, ...variables.imports, ...factories.imports, ...takers.imports],
  };
}

// -------------------------------------------------------------------------------------------------- constructor

function builderEdits(draft: Draft, work: ConstructorWork): readonly Edit[] {
  const { module } = draft;
  const lines = buildingText(draft, work.decided, work.moved);
  const fields = newDeclarations(draft, work.decided.built, { usesRngs: work.usesRngs, lines });
  const removals = module.setup === null ? [] : [memberRemoval(draft, module.setup)];
  if (module.constructorMethod !== null) {
    const declared = fields.length === 0 ? [] : [declarationInsertion(draft, fields, module.constructorMethod)];
    return [...declared, ...constructorEdits(draft, module.constructorMethod, work), ...removals];
  }
  const isBare = !work.needsRngs && work.sizes.length === 0 && module.setup === null && lines.length === 0;
  if (isBare && fields.length === 0) return removals;
  const last = lastFieldBefore(draft, null);
  if (isBare) {
    const start = last?.span.end ?? module.node.bodySpan.start;
    const text = `\n${fields.join('\n')}${last === null ? '\n' : ''}`;
    return [replacement(draft.source.path, { start, end: start }, text, 'cache'), ...removals];
  }
  const isFirst = fields.length === 0 && last === null;
  const text = `${fields.join('\n')}${isFirst ? '' : '\n\n'}${freshConstructor(draft, work)}`;
  const at = last?.span.end ?? module.node.bodySpan.start;
  return [
    replacement(
      draft.source.path,
      { start: at, end: at },
      last === null ? `\n${text}\n` : fields.length === 0 ? text : `\n${text}`,
      'basic-module',
    ),
    ...removals,
  ];
}

/** After the fields that stand above the constructor, else first in the class. */
function declarationInsertion(draft: Draft, fields: readonly string[], constructor: ClassMember): Edit {
  const last = lastFieldBefore(draft, constructor);
  const start = last?.span.end ?? startWithComments(draft, constructor.span.start);
  const text = last === null ? `${fields.join('\n')}\n\n` : `\n${fields.join('\n')}`;
  return replacement(draft.source.path, { start, end: start }, text, 'basic-module');
}

/** The last data field, in the run of members before `until` (or before the first method). */
function lastFieldBefore(draft: Draft, until: ClassMember | null): ClassField | null {
  let last: ClassField | null = null;
  for (const member of draft.module.node.members) {
    if (member === until || (until === null && member.kind === 'Method')) break;
    if (member.kind !== 'Field') continue;
    if (draft.module.methods.some((each) => each.name === member.name)) break;
    last = member;
  }
  return last;
}

// ------------------------------------------------------------------------------------------------------ members

function holderEdits(draft: Draft, part: Built, { built, moves }: Decided): readonly Edit[] {
  const { holder, place } = part;
  if (part.method === 'setup') return [];
  const isCalledInPlace = part.builds === 'module' && holder.holder === 'inline' && liftedCalls(part).length > 0;
  if (isCalledInPlace) return [];
  if (holder.holder !== 'local')
    return [replacement(draft.source.path, place.span, accessText(draft, part, moves.loops), 'basic-module')];
  const { declarators } = holder.statement;
  const mine = built.filter((each) => each.holder.holder === 'local' && each.holder.statement === holder.statement);
  if (mine[0] !== part) return [];
  if (mine.length === declarators.length) return [removal(draft, wholeLine(draft.source, holder.statement.span))];
  const gone = new Set(
    mine.map((each) => (each.holder.holder === 'local' ? declarators.indexOf(each.holder.declarator) : -1)),
  );
  const spans = declarators.map((each) => each.span);
  return removedItems(spans, gone, spans[0]!.start).map((each) => removal(draft, each));
}

function methodEdits(draft: Draft, method: ModuleMethod, decided: Decided): readonly Edit[] {
  const { path, text } = draft.source;
  const member = draft.module.node.members.find(
    (each) => each.name === method.name && !each.static && (each === method.node || each.kind === 'Field'),
  );
  const edits: Edit[] = [];
  if (method.compact === 'decorator' || method.nowrap) {
    for (const each of member?.decorators ?? []) {
      const space = /^\s*/.exec(text.slice(each.span.end))?.[0].length ?? 0;
      edits.push(removal(draft, { start: each.span.start, end: each.span.end + space }));
    }
  }
  if (method.compact === 'wrapper' && member?.kind === 'Field' && method.node.kind === 'Function')
    edits.push(...unwrapped(draft, member, method.node));
  for (const each of decided.modes.removals) {
    if (each.of === 'alias' && isInside(each.statement.span, method.node.span))
      edits.push(removal(draft, wholeLine(draft.source, each.statement.span)));
    if (each.of !== 'parameter' || each.method !== method.name) continue;
    edits.push(
      ...(each.key === null
        ? removedParameter(draft, method, each.index)
        : removedKey(draft, method, { index: each.index, key: each.key })),
    );
  }
  return edits.map((each) => ({ ...each, path }));
}

/** `initCache`, behind the method that uses the cache. */
function cacheEdits(draft: Draft, caches: Caches | null, inner: readonly Edit[]): readonly Edit[] {
  if (caches === null) return [];
  const method = caches.own[0]?.method ?? 'call';
  const { members } = draft.module.node;
  const after = members.find((each) => each.name === method && !each.static) ?? members.at(-1);
  if (after === undefined) return [];
  const at = { start: after.span.end, end: after.span.end };
  const { text } = draft.source;
  const indent = /[ \t]*$/.exec(text.slice(0, startWithComments(draft, after.span.start)))?.[0] ?? '';
  const lines = cacheMethodText(draft, caches, inner).replace(/\n\}$/, `\n${indent}}`);
  return [replacement(draft.source.path, at, `\n\n${indent}${lines}`, 'cache')];
}

function removedParameter(draft: Draft, { node }: ModuleMethod, index: number): readonly Edit[] {
  const spans = node.params.map((each) => each.span);
  return removedItems(spans, new Set([index]), node.paramsSpan.start).map((each) => removal(draft, each));
}

/** A key of a destructured options parameter, in the pattern and in its type. */
function removedKey(
  draft: Draft,
  { node }: ModuleMethod,
  at: { readonly index: number; readonly key: string },
): readonly Edit[] {
  const parameter = node.params[at.index];
  if (parameter?.pattern.kind !== 'ObjectPattern') return [];
  const { properties } = parameter.pattern;
  const names = new Set([properties.findIndex((each) => each.key.name === at.key)]);
  const form = parameter.type?.form;
  const members = form?.form === 'object' ? form.members : [];
  const types = new Set([members.findIndex((each) => each.name === at.key)]);
  return [
    ...removedItems(
      properties.map((each) => each.span),
      names,
      parameter.pattern.span.start + 1,
    ),
    ...removedItems(
      members.map((each) => each.span),
      types,
      (parameter.type?.span.start ?? 0) + 1,
    ),
  ].map((each) => removal(draft, each));
}

/** `call = nn.compact(function (this: Block, x: tf.Tensor) { … });` → `call(x: tf.Tensor) { … }`. */
function unwrapped(draft: Draft, member: ClassField, node: FunctionExpression): readonly Edit[] {
  const { path } = draft.source;
  const modifiers = [member.access, node.async ? 'async' : null]
    .filter((each) => each !== null)
    .map((each) => `${each} `)
    .join('');
  const generics =
    node.typeParameters === null ? '' : draft.source.text.slice(node.typeParameters.start, node.typeParameters.end);
  const first = node.params[0]?.span.start ?? node.paramsSpan.end;
  const head = replacement(
    path,
    { start: member.span.start, end: first },
    `${modifiers}${member.name}${generics}(`,
    'basic-module',
  );
  const arrow = node.arrow ? draft.source.text.lastIndexOf('=>', node.body.span.start) : -1;
  const pointless = arrow === -1 ? [] : [removal(draft, { start: arrow, end: arrow + 2 })];
  return [head, ...pointless, removal(draft, { start: node.span.end, end: member.span.end })];
}

function heritageEdits(draft: Draft): readonly Edit[] {
  const { superClass } = draft.module.node;
  if (superClass === null || draft.module.base.base !== 'module') return [];
  return [replacement(draft.source.path, superClass.span, `${draft.nnx}.Module`, 'basic-module')];
}

// ---------------------------------------------------------------------------------------------------- variables

/** Declares the custom Variable classes whose home this class is, and imports those declared elsewhere. */
function variableEdits(draft: Draft): ClassText {
  const edits: Edit[] = [];
  const imports: ImportNeed[] = [];
  const { model } = draft.context;
  for (const collection of usedCollections(draft).filter(isCustom)) {
    const found = collectionClass(model, collection);
    if (found?.home == null) continue;
    const { home, name, value } = found;
    if (home.path !== draft.source.path) {
      const module = relativeSpecifier(model, draft.source.path, home.path);
      imports.push({ path: draft.source.path, module, imported: name, local: name, typeOnly: false });
    }
    if (home.declared) continue;
    const source = model.sources[home.path];
    if (source === undefined) continue;
    const nnx = nnxNamespace(model, home.path);
    const at = startWithComments({ ...draft, source }, statementStart(home.class.node.span, source.body));
    edits.push(
      replacement(
        home.path,
        { start: at, end: at },
        `${variableDeclaration(nnx.local, name, value)}\n\n`,
        'collections',
      ),
    );
    imports.push(nnx.need);
  }
  return { edits, imports };
}

function statementStart(span: Span, body: readonly { readonly span: Span }[]): number {
  return body.find((each) => isInside(span, each.span))?.span.start ?? span.start;
}

function removal(draft: Draft, span: Span): Edit {
  return replacement(draft.source.path, span, '', 'basic-module');
}
