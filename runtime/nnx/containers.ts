/** An array of modules or variables, traversed by position. Plain arrays do as well. */
export class List<T> extends Array<T> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  constructor(items: Iterable<T> = []) {
    super();
    this.push(...items);
  }
}

/** A dict of modules or variables, traversed by key. Plain objects do as well. */
export const Dict = function (items: object = {}): object {
  return { ...items };
} as unknown as new <T extends object>(items?: T) => T;
export type Dict<T> = { [name: string]: T };

/** Marks an attribute as state even when its value would not be. Traversal finds state by itself: returns the value. */
export function data<T>(value: T): T {
  return value;
}

/** Marks an attribute as part of the structure: returns the value. */
function staticValue<T>(value: T): T {
  return value;
}
export { staticValue as static };
