import * as tf from '@tensorflow/tfjs';
import { mistake, shapeText } from '../../functional/mistake.js';
import { mappedAxis } from '../../functional/normalization.js';
import { whoIs } from '../module-state.js';
import type { Module } from '../module.js';

/** Throws when the input's last axis is not the first axis of a parameter that exists. */
export function checkLastAxis(layer: Module, x: tf.Tensor, parameter: string): void {
  const stored: unknown = layer.getVariable('params', parameter);
  if (!(stored instanceof tf.Tensor) || stored.shape[0] === x.shape.at(-1)) return;
  throw mistake(
    whoIs(layer),
    `expected last axis ${stored.shape[0]}, got shape ${shapeText(x.shape)}.`,
    `Its ${parameter} has shape ${shapeText(stored.shape)}. Pass inputs of that size, or the parameters of a model initialised on this one.`,
  );
}

/** The mapped axis that statistics are averaged over; none while `init` runs, which is not mapped. */
export function statisticsAxis(layer: Module & Parameters<typeof mappedAxis>[1]): string | null {
  return layer.isInitializing() ? null : mappedAxis(whoIs(layer), layer);
}
