import type * as tf from '@tensorflow/tfjs';
import { mistake, shapeText } from '../../functional/mistake.js';

/** Throws when the input's last axis is not the size the layer was built for. */
export function checkLastAxis(
  layer: object,
  x: tf.Tensor,
  built: { readonly name: string; readonly size: number },
): void {
  if (x.shape.at(-1) === built.size) return;
  throw mistake(
    layer.constructor.name,
    `expected last axis ${built.size}, got shape ${shapeText(x.shape)}.`,
    `It was built with ${built.name} ${built.size}. Pass ${x.shape.at(-1) ?? 'another size'}, or reshape the input.`,
  );
}
