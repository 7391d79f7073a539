import * as tf from '@tensorflow/tfjs';
import type { KeySource } from '../key-source.js';
import { isKey, keyFrom, sourceOf } from '../key.js';
import { atLevel } from '../levels.js';
import { type FlatTree, type TreeDef, treeFlatten } from '../tree.js';
import { requireUnchanged } from '../unchanged.js';
import type { Program, SlotId } from './program.js';
import { requireSynchronous, withoutHostRandomness } from './refusals.js';
import { TraceLevel } from './trace.js';
import { VariableWatch } from './variables.js';

/** What is traced, and with what. */
export interface Call {
  /** Begins messages: `jax.jit`. */
  readonly who: string;
  readonly f: (...args: never[]) => unknown;
  readonly args: FlatTree;
  /** Names of the leaves in messages. */
  readonly places: readonly string[];
  /** Whether the leaf is an input of the program; others are used as they are. */
  readonly dynamic: readonly boolean[];
}

/** One leaf of the result: output number `output` of the program, or a plain value. */
export type ResultLeaf = { readonly output: number } | { readonly value: unknown };

/** A traced function. */
export interface Traced {
  readonly program: Program;
  readonly treedef: TreeDef;
  readonly leaves: readonly ResultLeaf[];
  /** `tf.Variable`s assigned at every call, with output numbers. */
  readonly assignments: readonly { readonly variable: tf.Variable; readonly output: number }[];
}

/** Runs the function once on tensors without values, and writes down what it does. */
export function traceCall(call: Call): Traced {
  const variables = new VariableWatch(call.who);
  const places = call.places.filter((_, i) => call.dynamic[i]);
  const level = new TraceLevel(call.who, places);
  try {
    return atLevel(level, () =>
      withoutHostRandomness(call.who, () => {
        const given = tracedLeaves(level, call);
        const args = call.args.treedef.unflatten(given) as unknown[];
        const result = variables.withoutReads(() => (call.f as (...all: unknown[]) => unknown)(...args));
        requireSynchronous(call.who, result);
        const flat = treeFlatten(result);
        requireUnchanged({ who: call.who, args, leaves: given }, result);
        return finished(level, flat, variables.assigned());
      }),
    );
  } finally {
    variables.restore();
  }
}

function tracedLeaves(level: TraceLevel, { args, dynamic }: Call): unknown[] {
  return args.leaves.map((leaf, i) => {
    if (!dynamic[i]) return leaf;
    if (isKey(leaf)) return keyFrom(level.inputKeys(leaf.shape));
    return level.input(leaf as tf.Tensor);
  });
}

function finished(level: TraceLevel, result: FlatTree, assigned: readonly tf.Variable[]): Traced {
  const outputs: SlotId[] = [];
  const output = (slot: SlotId): { output: number } => ({ output: outputs.push(slot) - 1 });
  const leaves = result.leaves.map((leaf): ResultLeaf => {
    if (leaf instanceof tf.Tensor) return output(level.slotOf(leaf));
    const slot = isKey(leaf) ? level.slotOfKeys(sourceOf(leaf)) : undefined;
    return slot === undefined ? { value: leaf } : output(slot);
  });
  const assignments = assigned.map((variable) => ({ variable, ...output(level.slotOf(variable)) }));
  return { program: level.finish(outputs), treedef: result.treedef, leaves, assignments };
}

/** The value of a leaf, from what the program gave. */
export function leafValue(leaf: ResultLeaf, outputs: readonly (tf.Tensor | KeySource)[]): unknown {
  if (!('output' in leaf)) return leaf.value;
  const value = outputs[leaf.output]!;
  return value instanceof tf.Tensor ? value : keyFrom(value);
}
