import type { Pytree as PytreeMark } from '../core/tree-typing.js';

/** Base class of objects that are traversed: their variables are found in attributes, arrays and plain objects. */
export abstract class Pytree {}
export interface Pytree extends PytreeMark<'node'> {}

/** One step of a path: attribute name, dict key, or list position. */
export type PathPart = string | number;
/** Path from the root. */
export type Path = readonly PathPart[];

/** A path as one would write it: `blocks[2].linear.kernel`. */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}
