import * as tf from '@tensorflow/tfjs';
import { type Key, key as seededKey } from '../core/key.js';
import { currentObserver } from '../core/observer.js';
import { treeMap } from '../core/tree.js';
import { mistake, shapeText } from '../functional/mistake.js';
import { mayCreate } from './attachment.js';
import { Partitioned } from './metadata.js';
import { scopeOf, stateOf, whoIs } from './module-state.js';
import type { ModuleScope } from './scope.js';
import type { VariableRef } from './variables.js';

/** An initializer with its arguments, not yet run. */
export interface Creation<Init> {
  readonly init: Init;
  readonly args: readonly unknown[];
}
export type AnyInit = (...args: unknown[]) => unknown;

/** Where a variable is, seen from its module. */
export interface VariablePlace {
  readonly collection: string;
  readonly name: string;
}

/** Reads a parameter, creating it when it is missing; the key is drawn only then. Flax `Module.param`. */
export function parameter(module: object, name: string, { init, args }: Creation<AnyInit>): unknown {
  const place = { collection: 'params', name };
  const scope = claim(module, place);
  if (typeof init !== 'function') throw noInitializer(module, name, init);
  if (scope.hasVariable('params', name)) {
    const value: unknown = unboxed(scope.getVariable('params', name));
    checkShape(module, place, { value, init, args });
    return value;
  }
  if (!scope.isMutableCollection('params')) throw missing(module, scope, place);
  const { key } = scope.draw('params', whoIs(module));
  const value = scope.shared.make(() => init(key, ...args));
  scope.putVariable('params', name, value, whoIs(module));
  return unboxed(value);
}

/** A reference to a variable, created when it is missing. Flax `Module.variable`. */
export function variableRef(
  module: object,
  place: VariablePlace,
  { init, args }: Creation<AnyInit | undefined>,
): VariableRef<unknown> {
  const { collection, name } = place;
  const scope = claim(module, place);
  if (!scope.hasVariable(collection, name)) {
    if (init === undefined || !scope.isMutableCollection(collection)) throw missing(module, scope, place);
    const value = scope.shared.make(() => init(...args));
    scope.putVariable(collection, name, value, whoIs(module));
  }
  return {
    get value(): unknown {
      return unboxed(scope.getVariable(collection, name));
    },
    set value(value: unknown) {
      const stored: unknown = scope.getVariable(collection, name);
      const boxed = stored instanceof Partitioned ? new Partitioned(value as tf.Tensor, stored.names) : value;
      scope.putVariable(collection, name, boxed, whoIs(module));
    },
    isMutable: () => scope.isMutableCollection(collection),
  };
}

/** The next key of a stream, which an observer may replace. Flax `Module.make_rng`. */
export function drawKey(module: object, stream: string): Key {
  const scope = scopeOf(module, 'draw keys');
  const { key, index } = scope.draw(stream, whoIs(module));
  return currentObserver()?.key?.({ module, path: scope.path, stream, index, key }) ?? key;
}

/** Adds a stored perturbation, or creates one of zeros. Flax `Module.perturb`. */
export function perturbed(module: object, { collection, name }: VariablePlace, value: unknown): unknown {
  const scope = scopeOf(module, 'perturb values');
  if (scope.isMutableCollection(collection) && !scope.hasVariable(collection, name)) {
    scope.reserve(name, collection);
    scope.putVariable(
      collection,
      name,
      treeMap((x: tf.Tensor) => tf.zerosLike(x), value),
      whoIs(module),
    );
  }
  if (!scope.root.hasCollection(collection)) return value;
  if (!scope.hasVariable(collection, name)) throw missing(module, scope, { collection, name });
  return treeMap((x: tf.Tensor, p: tf.Tensor) => tf.add(x, p), value, scope.getVariable(collection, name));
}

/** A value without its axis names. */
function unboxed(value: unknown): unknown {
  return value instanceof Partitioned ? value.unbox() : value;
}

/** Reserves a variable's name for this run of the method. */
function claim(module: object, { collection, name }: VariablePlace): ModuleScope {
  const scope = scopeOf(module, `create '${name}'`);
  if (!mayCreate(stateOf(module))) {
    throw mistake(
      whoIs(module),
      `expected '${name}' to be created in setup() or in a method under @nn.compact, got it elsewhere.`,
      'Decorate the method with @nn.compact, or create the variable in setup().',
    );
  }
  if (scope.isReserved(name, collection)) {
    throw mistake(
      whoIs(module),
      `expected a free name in '${collection}', got '${name}', which is already taken.`,
      'Give one of the two another name.',
    );
  }
  scope.reserve(name, collection);
  return scope;
}

/** An initializer that takes a shape is believed when the shapes agree; any other is run to see what it would make. */
function checkShape(module: object, { name }: VariablePlace, given: { value: unknown } & Creation<AnyInit>): void {
  const { value, init, args } = given;
  if (!(value instanceof tf.Tensor) || !isShape(args[0]) || sameShape(value.shape, args[0])) return;
  const expected = tf.tidy(() => {
    const made = init(seededKey(0), ...args);
    return made instanceof tf.Tensor ? made.shape : value.shape;
  });
  if (sameShape(expected, value.shape)) return;
  throw mistake(
    whoIs(module),
    `expected parameter '${name}' of shape ${shapeText(expected)}, got ${shapeText(value.shape)}.`,
    'Pass the parameters of a module built with the same fields and run on inputs of the same sizes.',
  );
}

function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => typeof size === 'number');
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

function noInitializer(module: object, name: string, init: unknown): Error {
  return mistake(
    whoIs(module),
    `expected an initializer for parameter '${name}', got ${init instanceof tf.Tensor ? 'a tensor' : typeof init}.`,
    'Pass a function of a key: this.param(name, nn.initializers.lecunNormal(), shape).',
  );
}

function missing(module: object, scope: ModuleScope, { collection, name }: VariablePlace): Error {
  if (!scope.root.hasCollection(collection)) {
    return mistake(
      whoIs(module),
      `expected collection '${collection}' with '${name}', got no such collection.`,
      scope.shared.lifted
        ? `Name it in the lifted transform: { variableAxes: { ${collection}: 0 } }, or variableBroadcast; and pass it to apply.`
        : `Pass it: apply({ …, ${collection} }, …), as init returned it, or make it mutable to create it.`,
    );
  }
  return mistake(
    whoIs(module),
    `expected '${name}' in collection '${collection}', got none.`,
    'Pass the variables that init returned for this module with the same fields.',
  );
}
