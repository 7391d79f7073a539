import * as tf from '@tensorflow/tfjs';
import { isKey, keyFrom, sourceOf } from '../key.js';
import { atLevel, currentLevel, isRecording, runCustom, tensorOf } from '../levels.js';
import { MappedKeys } from '../vmap/keys.js';
import { VmapLevel } from '../vmap/level.js';

/** An operation with a gradient of its own, on leaves of which the tensors are differentiated. */
export interface CustomOperation {
  readonly leaves: readonly unknown[];
  /** Of leaves like `leaves`, where nothing is recorded. */
  plain(leaves: readonly unknown[]): tf.Tensor[];
  /** Of leaves like `leaves`: the tensors it gives, and those that `backward` needs. */
  forward(leaves: readonly unknown[]): { readonly outputs: tf.Tensor[]; readonly residuals: tf.Tensor[] };
  /** One gradient for each tensor among the leaves. */
  backward(residuals: readonly tf.Tensor[], cotangents: readonly tf.Tensor[]): tf.Tensor[];
}

/**
 * Runs it so that every tape sees it as one operation: that of this level, or, under `vmap`, that of a level below, where
 * it runs for all examples.
 */
export function runOperation(operation: CustomOperation): tf.Tensor[] {
  const level = currentLevel();
  if (isRecording()) return recorded(operation);
  if (level instanceof VmapLevel && isRecordedBelow(level)) return forAllExamples(level, operation);
  return operation.plain(operation.leaves);
}

function recorded({ leaves, forward, backward }: CustomOperation): tf.Tensor[] {
  return runCustom({
    inputs: leaves.filter((leaf): leaf is tf.Tensor => leaf instanceof tf.Tensor),
    forward(save) {
      const { outputs, residuals } = forward(leaves);
      save(residuals);
      return outputs;
    },
    backward: (cotangents, saved) => backward(saved, cotangents),
  });
}

function isRecordedBelow(level: VmapLevel): boolean {
  return level.lower(() => {
    const below = currentLevel();
    return isRecording() || (below instanceof VmapLevel && isRecordedBelow(below));
  });
}

/** The same for a level of examples: on the level below, each function maps over them itself. */
function forAllExamples(level: VmapLevel, { leaves, plain, forward, backward }: CustomOperation): tf.Tensor[] {
  const operands = leaves.map((leaf) => (leaf instanceof tf.Tensor ? level.operand(leaf) : null));
  const mapped = operands.flatMap((operand) => (operand === null ? [] : [operand.mapped]));
  const again = (body: (inner: VmapLevel) => tf.Tensor[]): tf.Tensor[] => {
    const inner = new VmapLevel(level.size, level.axisName);
    return atLevel(inner, () => body(inner).map((x) => inner.unmap(x, 0)));
  };
  const atInner = (inner: VmapLevel, lowered: readonly unknown[]) =>
    lowered.map((leaf, i) => entered(inner, { level, leaf, mapped: operands[i]?.mapped === true }));
  const outputs = level.lowerTidy(() =>
    runOperation({
      leaves: leaves.map((leaf, i) => operands[i]?.tensor ?? leaf),
      plain: (lowered) => again((inner) => plain(atInner(inner, lowered))),
      forward(lowered) {
        let count = 0;
        const all = again((inner) => {
          const { outputs: own, residuals } = forward(atInner(inner, lowered));
          count = own.length;
          return [...own, ...residuals];
        });
        return { outputs: all.slice(0, count), residuals: all.slice(count) };
      },
      backward(residuals, cotangents) {
        const gradients = again((inner) => {
          const each = (x: tf.Tensor) => inner.map(x, 0, 'a residual');
          return backward(residuals.map(each), cotangents.map(each));
        });
        return gradients.map((gradient, i) => (mapped[i] === true ? gradient : tf.sum(gradient, 0)));
      },
    }),
  );
  return outputs.map((tensor) => tensorOf(level.handle({ tensor, mapped: true, origin: null })));
}

/** A leaf of the level below, or a key of `level`, as one of `inner`. */
function entered(
  inner: VmapLevel,
  { level, leaf, mapped }: { readonly level: VmapLevel; readonly leaf: unknown; readonly mapped: boolean },
): unknown {
  if (leaf instanceof tf.Tensor) return mapped ? inner.map(leaf, 0, 'an argument') : leaf;
  if (!isKey(leaf)) return leaf;
  const source = sourceOf(leaf);
  return source instanceof MappedKeys && source.level === level
    ? keyFrom(new MappedKeys(inner, source.below, source.origin))
    : leaf;
}
