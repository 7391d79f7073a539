/** A written type after state went out of the value. */
import type { SourcePath } from '../../ir/source.js';
import type { TypeNode } from '../../ir/syntax.js';
import { textOf } from './draft.js';
import { className, type Emission, nnxIn } from './emission.js';
import { soleItem, type StatePart, type Template } from './template.js';

/** Null where the type is not written out as the value is built. */
export function typeText(e: Emission, path: SourcePath, type: TypeNode, template: Template): string | null {
  switch (template.part) {
    case 'keep':
      return textOf(e.draft, path, type.span);
    case 'drop':
      return isPromise(type) ? 'Promise<void>' : 'void';
    case 'model':
      return className(e, template.instance, path);
    case 'optimizer':
      return `${nnxIn(e, path)}.Optimizer`;
    case 'trainState':
      return `{ ${template.parts.map((each) => `${each.key}: ${partType(e, path, each)}`).join('; ')} }`;
    case 'tuple':
      return tupleText(e, path, type, template);
    case 'record':
      return recordText(e, path, type, template);
  }
}

function partType(e: Emission, path: SourcePath, { holds, instance }: StatePart): string {
  return holds === 'model' ? className(e, instance, path) : `${nnxIn(e, path)}.Optimizer`;
}

function isPromise({ form }: TypeNode): boolean {
  return form.form === 'reference' && form.name === 'Promise';
}

function tupleText(
  e: Emission,
  path: SourcePath,
  { form }: TypeNode,
  template: Extract<Template, { part: 'tuple' }>,
): string | null {
  if (form.form !== 'tuple' || form.elements.length !== template.items.length) return null;
  const texts = form.elements.flatMap((each, index) => {
    const part = template.items[index] ?? { part: 'keep' };
    return part.part === 'drop' ? [] : [typeText(e, path, each, part)];
  });
  if (texts.some((each) => each === null)) return null;
  return soleItem(template) === null ? `[${texts.join(', ')}]` : (texts[0] ?? null);
}

function recordText(
  e: Emission,
  path: SourcePath,
  { form }: TypeNode,
  template: Extract<Template, { part: 'record' }>,
): string | null {
  if (form.form !== 'object') return null;
  const texts = form.members.flatMap(({ name, type, optional, span }): (string | null)[] => {
    const part = template.entries.get(name) ?? { part: 'keep' };
    if (part.part === 'drop') return [];
    if (part.part === 'keep') return [textOf(e.draft, path, span).replace(/[;,]\s*$/, '')];
    const text = type === null || optional ? null : typeText(e, path, type, part);
    return [text === null ? null : `${name}: ${text}`];
  });
  return texts.some((each) => each === null) ? null : `{ ${texts.join('; ')} }`;
}
