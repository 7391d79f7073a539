import type * as tf from '@tensorflow/tfjs';
import type { AnyFunction } from '../../core/tree-typing.js';
import { mistake } from '../../functional/mistake.js';
import { compact } from '../compact.js';
import { isModule, whoIs } from '../module-state.js';
import { type CallableModule, Module, type ModuleOptions } from '../module.js';

/** One after the other; a tuple becomes arguments. `Args` and `Out` are those of the whole. */
export class Sequential<Args extends readonly unknown[] = [x: tf.Tensor], Out = tf.Tensor> extends Module {
  static readonly moduleName: string = 'Sequential';

  constructor(
    readonly layers: readonly (CallableModule | AnyFunction)[],
    options: ModuleOptions = {},
  ) {
    super(options);
  }

  static {
    const { call } = Object.getOwnPropertyDescriptors(this.prototype);
    Object.defineProperty(this.prototype, 'call', compact(this.prototype, 'call', call));
  }

  call(...args: Args): Out {
    if (this.layers.length === 0) {
      throw mistake(whoIs(this), 'expected at least one layer, got none.', 'Pass the layers as an array.');
    }
    return this.layers.reduce<unknown>((value, layer, i) => {
      const given = i === 0 ? args : Array.isArray(value) ? (value as unknown[]) : [value];
      return callLayer(layer, given);
    }, undefined) as Out;
  }
}

function callLayer(layer: CallableModule | AnyFunction, args: readonly unknown[]): unknown {
  const call = isModule(layer) ? (layer as CallableModule).call.bind(layer) : (layer as AnyFunction);
  return (call as (...all: unknown[]) => unknown)(...args);
}
