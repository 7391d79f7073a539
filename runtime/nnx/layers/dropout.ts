import * as tf from '@tensorflow/tfjs';
import { currentObserver } from '../../core/observer.js';
import { isKey } from '../../core/key.js';
import type { Attributes, Key, Options } from '../../core/tree-typing.js';
import { dropout } from '../../functional/dropout.js';
import { mistake } from '../../functional/mistake.js';
import { Module } from '../module.js';
import { partsOfStream, type RngStream, type Rngs, streamsOf } from '../rngs.js';
import { assignFields } from './fields.js';

interface DropoutFields {
  /** Axes that share one mask. Default []. */
  broadcastDims: readonly number[];
  /** Stream of the mask. Default 'dropout'. */
  rngCollection: string;
}

/** Options of `Dropout`. */
export interface DropoutOptions extends Options<
  DropoutFields & {
    /** Default false. */
    deterministic: boolean;
    /** Forked for this layer. Default null (given in the call). */
    rngs: Rngs | RngStream | null;
  }
> {}

/** Zeroes elements with probability `rate` in training mode, scales the rest: same shape. */
export class Dropout extends Module {
  /** Set by `train`, `eval` and `view`. */
  deterministic: boolean;
  readonly rngs: RngStream | null;

  constructor(
    readonly rate: number,
    options: DropoutOptions = {},
  ) {
    super();
    assignFields<DropoutFields>(this, { broadcastDims: [], rngCollection: 'dropout' }, options);
    this.deterministic = options.deterministic ?? false;
    this.rngs = streamFrom(options.rngs ?? null, this.rngCollection)?.fork() ?? null;
  }

  call(
    x: tf.Tensor,
    options: Options<{ deterministic: boolean | null; rngs: Rngs | RngStream | Key | null }> = {},
  ): tf.Tensor {
    const deterministic = options.deterministic ?? this.deterministic;
    currentObserver()?.mode?.({ module: this, option: 'deterministic', value: deterministic });
    if (this.rate === 0 || deterministic) return x;
    if (this.rate === 1) return tf.zerosLike(x);
    const key = keyFrom(options.rngs ?? this.rngs, this.rngCollection);
    return dropout(x, key, { rate: this.rate, broadcastDims: this.broadcastDims });
  }
}
export interface Dropout extends Attributes<DropoutFields> {}

/** The stream of this name in an `Rngs`, or the stream itself. */
export function streamFrom(source: Rngs | RngStream | null, name: string): RngStream | null {
  if (streamsOf(source) !== undefined) return (source as Rngs).stream(name);
  return partsOfStream(source) === undefined ? null : (source as RngStream);
}

function keyFrom(source: Rngs | RngStream | Key | null, name: string): Key {
  if (isKey(source)) return source;
  const stream = streamFrom(source, name);
  if (stream !== null) return stream();
  throw mistake(
    'Dropout',
    'expected rngs in training mode, got none.',
    'Pass { rngs } to the constructor or to the call, or switch to evaluation mode: model.eval().',
  );
}
