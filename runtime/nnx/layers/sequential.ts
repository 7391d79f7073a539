import type * as tf from '@tensorflow/tfjs';
import type { AnyFunction } from '../../core/tree-typing.js';
import { List } from '../containers.js';
import { type CallableModule, Module } from '../module.js';

/** One after the other; a tuple becomes arguments. `Args` and `Out` are those of the whole. Linen takes an array. */
export class Sequential<Args extends readonly unknown[] = [x: tf.Tensor], Out = tf.Tensor> extends Module {
  readonly layers: List<CallableModule | AnyFunction>;

  constructor(...fns: (CallableModule | AnyFunction)[]) {
    super();
    this.layers = new List(fns);
  }

  call(...args: Args): Out {
    const output = this.layers.reduce<readonly unknown[]>((given, layer) => asArguments(callLayer(layer, given)), args);
    return (output.length === 1 ? output[0] : output) as Out;
  }
}

function callLayer(layer: CallableModule | AnyFunction, args: readonly unknown[]): unknown {
  const call = layer instanceof Module ? (layer as CallableModule).call.bind(layer) : (layer as AnyFunction);
  return (call as (...all: unknown[]) => unknown)(...args);
}

function asArguments(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [value];
}
