import type { Options } from '../../core/tree-typing.js';
import type { ModuleClass } from '../module.js';
import { mapVariables } from './map-variables.js';
import type { CollectionAxes } from './options.js';

/** Adds a named axis to the metadata of collections: as one device keeps none, it gives the class its name alone. */
export function addMetadataAxis<C extends ModuleClass>(
  target: C,
  options: Options<{ variableAxes: CollectionAxes; metadataParams: { readonly [name: string]: unknown } }> = {},
): C {
  return Object.keys(options.variableAxes ?? {}).reduce<C>(
    (wrapped, collection) => mapVariables(wrapped, collection, { mutable: true }),
    target,
  );
}

/** Names a class's methods in profiles; there are none here, so the class itself. */
export function namedCall<C extends ModuleClass>(target: C, _options: Options<{ force: boolean }> = {}): C {
  return target;
}
