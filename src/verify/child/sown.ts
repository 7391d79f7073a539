/** What modules of the old version sow: found by watching `sow` itself, since no variable shows it beforehand. */
import type { Runtime } from './runtime.js';

/** A place that something was sown to. */
export interface SownPlace {
  readonly collection: string;
  /** Of the module. */
  readonly path: readonly string[];
  readonly name: string;
}

type Sow = (
  this: { readonly path: readonly string[] },
  collection: string,
  name: string,
  ...rest: unknown[]
) => boolean;

/** Runs `body`, and says where anything was sown, whether it was collected or not. */
export function watchSow<T>(
  { linen }: Runtime,
  body: () => T,
): { readonly result: T; readonly sown: readonly SownPlace[] } {
  const prototype = linen.Module.prototype as unknown as { sow: Sow };
  const { sow } = prototype;
  const sown: SownPlace[] = [];
  prototype.sow = function (collection, name, ...rest) {
    sown.push({ collection, path: this.path, name });
    return sow.call(this, collection, name, ...rest);
  };
  try {
    return { result: body(), sown };
  } finally {
    prototype.sow = sow;
  }
}

/** Whether a leaf is (part of) something sown. */
export function isSownLeaf(
  sown: readonly SownPlace[],
  leaf: { readonly collection: string; readonly path: readonly string[] },
): boolean {
  return sown.some(({ collection, path, name }) => {
    const place = [...path, name];
    return collection === leaf.collection && place.every((part, index) => part === leaf.path[index]);
  });
}
