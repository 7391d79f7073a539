import * as tf from '@tensorflow/tfjs';
import { looseVariable, Variable, type VariableType } from './variable.js';

/** What one `nnx.capture` collects: for each module, variables by name. */
export interface CaptureFrame {
  readonly types: readonly VariableType[];
  readonly sown: Map<object, Map<string, Variable<unknown>>>;
}

/** A value that is sown, and how it is added to those before. */
export interface Sowing {
  readonly name: string;
  readonly value: unknown;
  readonly reduceFn?: (accumulated: unknown, value: unknown) => unknown;
  readonly initFn?: () => unknown;
}

const frames: CaptureFrame[] = [];

/** Runs `body` while values of these types are collected. */
export function whileCapturing<R>(frame: CaptureFrame, body: () => R): R {
  frames.push(frame);
  try {
    return body();
  } finally {
    frames.pop();
  }
}

/** Whether values are collected now. */
export function isCapturing(): boolean {
  return frames.length > 0;
}

/** Collects a value; false when nothing asked for its type. */
export function sowing(module: object, type: VariableType, sown: Sowing): boolean {
  const { name, value, reduceFn = append, initFn = () => [] } = sown;
  const frame = frameFor(type);
  if (frame === undefined) return false;
  const place = placeOf(frame, module);
  const before = place.get(name)?.getValue() ?? initFn();
  place.set(name, looseVariable(type, reduceFn(before, value)));
  return true;
}

/** The value plus the module's own perturbation of that name, or plus zeros that are collected. */
export function perturbation(
  module: object,
  type: VariableType,
  { name, value }: { name: string; value: tf.Tensor },
): tf.Tensor {
  const own = (module as { readonly [name: string]: unknown })[name];
  if (own instanceof Variable) return tf.add(value, (own as Variable).getValue());
  const frame = frameFor(type);
  if (frame === undefined) return value;
  const zeros = tf.zerosLike(value);
  placeOf(frame, module).set(name, looseVariable(type, zeros));
  return tf.add(value, zeros);
}

function frameFor(type: VariableType): CaptureFrame | undefined {
  const asked = (each: VariableType) => type === each || type.prototype instanceof each;
  return frames.findLast((frame) => frame.types.some(asked));
}

function placeOf(frame: CaptureFrame, module: object): Map<string, Variable<unknown>> {
  const place = frame.sown.get(module) ?? new Map<string, Variable<unknown>>();
  frame.sown.set(module, place);
  return place;
}

function append(accumulated: unknown, value: unknown): unknown {
  return [...(accumulated as readonly unknown[]), value];
}
