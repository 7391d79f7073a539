/** Attributes: their types, and where they are declared. */
import { collections } from '../../../runtime/catalogue/collections.js';
import { declarationIn } from '../../ir/declarations.js';
import type { Edit } from '../../ir/edit.js';
import type { ClassField, ClassMember } from '../../ir/syntax.js';
import { replacement } from '../namespaces.js';
import { movedText } from '../text.js';
import type { Built, Draft } from './draft.js';
import { variableClassText } from './variable-classes.js';

/** `nnx.Linear`, `Block`, `Counter`. */
export function attributeType(draft: Draft, part: Built): string {
  if (part.builds === 'variable') return variableClassText(draft, part.collection);
  const { node, target } = part;
  if (target.target === 'layer') return `${draft.nnx}.${target.record.nnx}`;
  const callee = part.lifting?.class ?? node.callee;
  const name = draft.source.text.slice(callee.span.start, callee.span.end);
  const binding = callee.kind === 'Identifier' ? callee.binding : null;
  const isAlias = binding !== null && declarationIn(draft.source, binding)?.declares === 'variable';
  const args = node.typeArguments.map((each) => each.text).join(', ');
  return isAlias ? `InstanceType<typeof ${name}>` : `${name}${args === '' ? '' : `<${args}>`}`;
}

/** Declarations of attributes that the class does not declare yet, one a line; none in JavaScript. */
export function newDeclarations(
  draft: Draft,
  built: readonly Built[],
  work: { readonly usesRngs: boolean; readonly lines: readonly string[] },
): readonly string[] {
  if (!draft.typed) return [];
  const fresh = built.filter((each) => declaredField(draft, each) === null && each.holder.holder !== 'element');
  const attributes = [...new Set(fresh.map((each) => each.attribute))];
  return [
    ...attributes.map((name) =>
      declarationOf(
        draft,
        fresh.filter((each) => each.attribute === name),
        work.lines,
      ),
    ),
    ...(work.usesRngs ? [`readonly rngs: ${draft.nnx}.Rngs;`] : []),
  ];
}

/** `readonly proj: nnx.Linear | null = null;`, `readonly blocks: Block[] = [];`. */
function declarationOf(draft: Draft, parts: readonly Built[], lines: readonly string[]): string {
  const [first] = parts;
  if (first?.builds === 'variable' && first.made === 'initCache')
    return `${first.attribute}: ${attributeType(draft, first)} | null = null;`;
  const types = [...new Set(parts.map((each) => attributeType(draft, each)))];
  const attribute = first?.attribute ?? '';
  if (first?.list != null) {
    const item = types.length === 1 && /^[\w.]+$/.test(types[0] ?? '') ? types[0] : `(${types.join(' | ')})`;
    return `readonly ${attribute}: ${item}[] = [];`;
  }
  if (!parts.some((each) => each.chain.length > 0)) return `readonly ${attribute}: ${types.join(' | ')};`;
  const assigned = lines.find((each) => each.startsWith(`this.${attribute} = `));
  const mayLack = parts.some((each) => each.optional);
  const type = [...types, ...(mayLack || assigned === undefined ? ['null'] : [])].join(' | ');
  return `readonly ${attribute}: ${type}${assigned === undefined ? ' = null' : ''};`;
}

/** In JavaScript the constructor gives first values. */
export function firstValues(draft: Draft, built: readonly Built[], lines: readonly string[]): readonly string[] {
  if (draft.typed) return [];
  const names = [
    ...new Set(
      built
        .filter((each) => each.chain.length > 0 || each.list !== null || isLater(each))
        .map((each) => each.attribute),
    ),
  ];
  return names.flatMap((name) => {
    if (built.some((each) => each.attribute === name && each.list !== null)) return [`this.${name} = [];`];
    return lines.some((each) => each.startsWith(`this.${name} = `)) ? [] : [`this.${name} = null;`];
  });
}

function isLater(part: Built): boolean {
  return part.builds === 'variable' && part.made === 'initCache';
}

/** `dense!: nn.Dense;` → `readonly dense: nnx.Linear;`. A field that may be empty keeps its form. */
export function declarationEdits(draft: Draft, built: readonly Built[], inner: readonly Edit[]): readonly Edit[] {
  const fields = new Map(built.map((part) => [declaredField(draft, part), part] as const));
  return [...fields].flatMap(([field, part]) => {
    if (field === null || field.type === null) return [];
    const isPlain = field.type.form.form === 'reference' && !field.optional && field.value === null;
    const isList = part.holder.holder === 'element' && field.definite && field.value === null;
    if (!isPlain && !isList)
      return [
        replacement(draft.source.path, field.span, movedText(draft.source, field.span, inner), 'multiple-methods'),
      ];
    const access = field.access === null ? '' : `${field.access} `;
    const type = isList ? movedText(draft.source, field.type.span, inner) : attributeType(draft, part);
    const text = `${access}readonly ${field.name}: ${type}`;
    const isEnded = draft.source.text.slice(field.span.start, field.span.end).endsWith(';');
    return [replacement(draft.source.path, field.span, isEnded ? `${text};` : text, 'multiple-methods')];
  });
}

function declaredField(draft: Draft, part: Built): ClassField | null {
  const { holder } = part;
  if (holder.holder !== 'field' && holder.holder !== 'element') return null;
  const found = draft.module.node.members.find(
    (each) => each.kind === 'Field' && !each.static && each.name === holder.name,
  );
  return found?.kind === 'Field' ? found : null;
}

/** `export class Counter extends nnx.Variable<tf.Scalar> {}`. */
export function variableDeclaration(nnx: string, name: string, value: string | null): string {
  return `export class ${name} extends ${nnx}.Variable${value === null ? '' : `<${value}>`} {}`;
}

export function isCustom(collection: string): boolean {
  return collections.every((each) => each.collection !== collection);
}

/** Start of the comments that stand directly above a member or statement. */
export function startWithComments(draft: Draft, at: number): number {
  const { comments, text } = draft.source;
  let start = at;
  for (const comment of [...comments].reverse()) {
    if (comment.span.end > start) continue;
    if (/^[ \t]*\r?\n?[ \t]*$/.test(text.slice(comment.span.end, start)) && isOwnLine(text, comment.span.start))
      start = comment.span.start;
    else break;
  }
  return start;
}

function isOwnLine(text: string, at: number): boolean {
  return text.slice(text.lastIndexOf('\n', at - 1) + 1, at).trim() === '';
}

/** Removal of a member with its line and the blank line above it; comments above it stay where the caller puts them. */
export function memberRemoval(draft: Draft, member: ClassMember): Edit {
  const { text, path } = draft.source;
  const from = startWithComments(draft, member.span.start);
  const lead = /(?:[ \t]*\r?\n)*[ \t]*$/.exec(text.slice(0, from))?.[0].length ?? 0;
  return replacement(path, { start: from - lead, end: member.span.end }, '', 'multiple-methods');
}
