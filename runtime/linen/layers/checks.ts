import * as tf from '@tensorflow/tfjs';
import { mistake, shapeText } from '../../functional/mistake.js';
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

/** Throws when statistics are to be averaged over a mapped axis, which only a transform can provide. */
export function checkAxisName(layer: Module, axisName: string | null): void {
  if (axisName === null || layer.isInitializing()) return;
  throw mistake(
    whoIs(layer),
    `expected to run under a transform that maps axis '${axisName}', got none.`,
    'Leave axisName out on one device.',
  );
}
