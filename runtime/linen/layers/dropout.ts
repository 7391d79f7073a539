import * as tf from '@tensorflow/tfjs';
import { currentObserver } from '../../core/observer.js';
import type { Attributes, Key, Options } from '../../core/tree-typing.js';
import { dropout } from '../../functional/dropout.js';
import { compact } from '../compact.js';
import { Module, type ModuleOptions } from '../module.js';
import { assignFields } from './fields.js';
import { modeOf } from './mode.js';

interface DropoutFields {
  /** Axes that share one mask. Default []. */
  broadcastDims: readonly number[];
  /** Return the input; here or in the call. Default null. */
  deterministic: boolean | null;
  /** Stream of the mask. Default 'dropout'. */
  rngCollection: string;
}

/** Options of `Dropout`. */
export interface DropoutOptions extends ModuleOptions, Options<DropoutFields> {}

/** Zeroes elements with probability `rate`, scales the rest: same shape. */
export class Dropout extends Module {
  static readonly moduleName: string = 'Dropout';

  constructor(
    readonly rate: number,
    options: DropoutOptions = {},
  ) {
    super(options);
    assignFields<DropoutFields>(this, { broadcastDims: [], deterministic: null, rngCollection: 'dropout' }, options);
  }

  @compact
  call(
    x: tf.Tensor,
    options: Options<{ deterministic: boolean | null; /** Default from the stream. */ rng: Key | null }> = {},
  ): tf.Tensor {
    const deterministic = modeOf(this, 'deterministic', [this.deterministic, options.deterministic]);
    currentObserver()?.mode?.({ module: this, option: 'deterministic', value: deterministic });
    if (this.rate === 0 || deterministic) return x;
    if (this.rate === 1) return tf.zerosLike(x);
    const key = options.rng ?? this.makeRng(this.rngCollection);
    return dropout(x, key, { rate: this.rate, broadcastDims: this.broadcastDims });
  }
}
export interface Dropout extends Attributes<DropoutFields> {}
