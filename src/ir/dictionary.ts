/** An object of many unlike keys: without a prototype the engine keeps it as a table from the start. */
export function dictionary<T>(entries: Iterable<readonly [string, T]>): { readonly [key: string]: T } {
  const made = Object.create(null) as { [key: string]: T };
  for (const [key, value] of entries) made[key] = value;
  return made;
}
