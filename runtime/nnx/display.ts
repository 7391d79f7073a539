import * as tf from '@tensorflow/tfjs';
import { isKey } from '../core/key.js';
import { childrenOf } from './graph.js';
import { Pytree } from './pytree.js';
import { partsOfStream, streamsOf } from './rngs.js';
import { Variable } from './variable.js';

/** Prints modules, states and variables with their shapes. Flax `nnx.display`. */
export function display(...values: unknown[]): void {
  for (const value of values) console.log(textOf(value, '', new Set()));
}

function textOf(value: unknown, indent: string, above: ReadonlySet<unknown>): string {
  if (value instanceof Variable) {
    return `${value.constructor.name}(${leafText(Variable.stored(value as Variable<unknown>))})`;
  }
  const children = childrenOf(value);
  if (children === null) return leafText(value);
  if (above.has(value)) return '…';
  if (children.length === 0) return Array.isArray(value) ? '[]' : `${nameOf(value)}{}`;
  const inside = new Set([...above, value]);
  const lines = children.map(([part, child]) => `${indent}  ${part}: ${textOf(child, `${indent}  `, inside)},`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : [`${nameOf(value)}{`, '}'];
  return [open, ...lines, `${indent}${close}`].join('\n');
}

function nameOf(value: unknown): string {
  if (partsOfStream(value) !== undefined) return 'RngStream ';
  if (streamsOf(value) !== undefined) return 'Rngs ';
  return value instanceof Pytree ? `${value.constructor.name} ` : '';
}

function leafText(value: unknown): string {
  if (value instanceof tf.Tensor) return `${value.dtype}[${value.shape.join(', ')}]`;
  if (isKey(value)) return `key[${value.shape.join(', ')}]`;
  if (typeof value === 'function') return value.name === '' ? 'function' : `function ${value.name}`;
  if (value instanceof Uint32Array) return `uint32 [${value.join(', ')}]`;
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'object' && value !== null ? `${value.constructor?.name ?? 'dict'}` : String(value);
}
