/** What stands in the options object of a call. */
import type { Expression, ObjectLiteral, Spread } from '../../ir/syntax.js';

/** A property by its name, and where it stands. */
export function propertyPlace(
  options: ObjectLiteral | null,
  name: string,
): { readonly index: number; readonly value: Expression } | null {
  const index = options?.properties.findIndex((each) => each.kind === 'Property' && each.key.name === name) ?? -1;
  const found = options?.properties[index];
  return found?.kind === 'Property' ? { index, value: found.value } : null;
}

/** What in the options is none of the known ones, in words; null where all are. */
export function unknownOption(options: Expression | Spread | undefined, known: readonly string[]): string | null {
  if (options === undefined) return null;
  if (options.kind !== 'ObjectLiteral') return 'options that are not an object literal';
  const odd = options.properties.find(
    (each) => each.kind === 'Spread' || each.key.name === null || !known.includes(each.key.name),
  );
  if (odd === undefined) return null;
  return odd.kind === 'Spread' ? 'a spread' : `\`${odd.key.name ?? 'a computed key'}\``;
}
