import * as tf from '@tensorflow/tfjs';
import type { KeySource } from '../key-source.js';
import { isKey, keyFrom, sourceOf } from '../key.js';
import { atLevel } from '../levels.js';
import type { Key } from '../tree-typing.js';
import type { Program, Slot } from './program.js';
import { requireSynchronous } from './refusals.js';
import { TraceLevel } from './trace.js';

/** What programs take and give: tensors and keys. */
export type Leaf = tf.Tensor | Key;

/** A part of a traced function that runs any number of times. */
export interface Subprogram {
  /** Takes what the part closes over (`closed`, then `closedKeys`), then its own inputs. */
  readonly program: Program;
  readonly closed: readonly tf.Tensor[];
  readonly closedKeys: readonly KeySource[];
}

/** Traces `body` on inputs like these, at a level of its own. Its results are tensors and keys. */
export function traceBody(
  who: string,
  inputs: readonly Slot[],
  body: (given: Leaf[], level: TraceLevel) => readonly Leaf[],
): Subprogram {
  const level = new TraceLevel(who, []);
  return atLevel(level, () => {
    const results = body(
      inputs.map((slot) => (slot.kind === 'key' ? keyFrom(level.inputKeys(slot.shape)) : level.input(slot))),
      level,
    );
    requireSynchronous(who, results);
    const { captured, capturedKeys } = level;
    const program = level.finish(results.map((leaf) => level.slotOfLeaf(leaf)));
    const first = [...captured, ...capturedKeys].map(({ slot }) => slot);
    return {
      program: { ...program, captured: [], inputs: [...first, ...program.inputs] },
      closed: captured.map(({ tensor }) => tensor),
      closedKeys: capturedKeys.map(({ source }) => source),
    };
  });
}

/** The programs with what any of them closes over as first inputs of each. */
export function sharingClosures(parts: readonly Subprogram[]): {
  readonly programs: Program[];
  readonly closed: readonly tf.Tensor[];
  readonly closedKeys: readonly KeySource[];
} {
  const closed = [...new Set(parts.flatMap((part) => part.closed))];
  const closedKeys = [...new Set(parts.flatMap((part) => part.closedKeys))];
  const programs = parts.map((part) => {
    const { program } = part;
    const own: readonly (tf.Tensor | KeySource)[] = [...part.closed, ...part.closedKeys];
    const slots = [...program.slots];
    const first = [...closed, ...closedKeys].map((each) => {
      const at = own.indexOf(each);
      return at >= 0 ? program.inputs[at]! : slots.push(slotOf(each)) - 1;
    });
    return { ...program, slots, inputs: [...first, ...program.inputs.slice(own.length)] };
  });
  return { programs, closed, closedKeys };
}

/** What a slot for this value is. */
export function slotOf(value: Leaf | KeySource): Slot {
  if (value instanceof tf.Tensor) return { kind: 'tensor', shape: value.shape, dtype: value.dtype };
  return { kind: 'key', shape: (isKey(value) ? sourceOf(value) : value).shape };
}

/** The tensors among leaves. */
export function tensorsOf(leaves: readonly Leaf[]): tf.Tensor[] {
  return leaves.filter((leaf): leaf is tf.Tensor => leaf instanceof tf.Tensor);
}

/** A leaf as an input of an instruction. */
export function input(leaf: Leaf): tf.Tensor | KeySource {
  return isKey(leaf) ? sourceOf(leaf) : leaf;
}

/** Tensors of their own: the same tensor given twice, or closed over as well, is then two variables. */
export function distinct(leaves: readonly Leaf[]): Leaf[] {
  return leaves.map((leaf) => (leaf instanceof tf.Tensor ? tf.clone(leaf) : leaf));
}
