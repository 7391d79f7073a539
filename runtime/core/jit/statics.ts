/** The arguments of a call, static ones apart. */
export interface SplitArguments {
  /** With null in the place of static arguments, and without static names of a trailing options object. */
  readonly args: readonly unknown[];
  readonly statics: readonly unknown[];
}

/** Which arguments are plain values: positions (negative from the end), and keys of a trailing options object. */
export interface StaticArguments {
  readonly positions: readonly number[];
  readonly names: readonly string[];
}

/** Takes the static arguments out of a call. */
export function withoutStatics(args: readonly unknown[], { positions, names }: StaticArguments): SplitArguments {
  if (positions.length === 0 && names.length === 0) return { args, statics: [] };
  const places = positions.map((position) => (position < 0 ? position + args.length : position));
  const statics: unknown[] = places.map((place) => args[place]);
  const rest = args.map((arg, i) => (places.includes(i) ? null : arg));
  const options = rest.at(-1);
  if (names.length > 0 && typeof options === 'object' && options !== null) {
    const given = options as Readonly<Record<string, unknown>>;
    statics.push(...names.map((name) => given[name]));
    const left = Object.entries(given).filter(([name]) => !names.includes(name));
    rest[rest.length - 1] = Object.fromEntries(left);
  }
  return { args: rest, statics };
}

/** The arguments of a call whose other arguments were replaced. */
export function withStatics(
  replaced: readonly unknown[],
  original: readonly unknown[],
  { positions, names }: StaticArguments,
): unknown[] {
  const places = positions.map((position) => (position < 0 ? position + original.length : position));
  const args = replaced.map((arg, i) => (places.includes(i) ? original[i] : arg));
  const options = original.at(-1);
  if (names.length > 0 && typeof options === 'object' && options !== null && !places.includes(args.length - 1)) {
    const given = options as Readonly<Record<string, unknown>>;
    const fixed = names.filter((name) => name in given).map((name) => [name, given[name]]);
    args[args.length - 1] = { ...(args.at(-1) as object), ...(Object.fromEntries(fixed) as object) };
  }
  return args;
}

/** A copy of plain data, so that a later change of it is noticed; anything else as it is. */
export function snapshot(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snapshot);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, snapshot(each)]));
}

/** Plain data by content, anything else by identity. */
export function sameStatic(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((each, i) => sameStatic(each, b[i]));
  }
  if (!isPlain(a) || !isPlain(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && sameStatic(a[name], b[name]))
  );
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype as object) === null;
}
