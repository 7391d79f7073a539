import * as tf from '@tensorflow/tfjs';
import { mistake } from '../functional/mistake.js';
import { whoIs } from './module-state.js';

/** Runs a method of a bound module; throws when it left a tensor in an attribute, or needs `#private` members. */
export function guarded<R>(module: object, body: () => R): R {
  const before = new Set(Object.values(module));
  let output: R;
  try {
    output = body();
  } catch (error) {
    throw isPrivateAccess(error) ? privateMembers(module) : error;
  }
  for (const [name, value] of Object.entries(module)) {
    if (value instanceof tf.Tensor && !before.has(value)) throw storedTensor(module, name);
  }
  return output;
}

/** V8's words where a method reaches for `#x` on a copy, which has none. */
function isPrivateAccess(error: unknown): boolean {
  return (
    error instanceof TypeError &&
    /private member|Receiver must be|Object must be an instance of class/.test(error.message)
  );
}

function privateMembers(module: object): Error {
  return mistake(
    whoIs(module),
    'expected a class without #private members, got one that uses them.',
    'Write `private` instead: a bound module is a copy, and a copy has no #private members.',
  );
}

function storedTensor(module: object, name: string): Error {
  return mistake(
    whoIs(module),
    `expected tensors to be kept in variables, got one stored in the attribute '${name}'.`,
    'A bound module lives for one call. Return the tensor, or keep it in this.variable(collection, name, init).',
  );
}
