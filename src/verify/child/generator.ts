/** Seeded values: the same seed and label give the same numbers on every machine. */
import type { TensorData } from '../tensor-data.js';
import type { TensorDtype } from '../recipe.js';

export interface Generator {
  /** In [0, 1). */
  uniform(): number;
  normal(): number;
  /** In [0, below). */
  integer(below: number): number;
}

export function generatorOf(seed: number, label: string): Generator {
  let state = hash(`${seed}:${label}`);
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    integer: (below) => Math.floor(uniform() * below),
  };
}

/** Random content, never constant: normal floats, integers over their whole range, mostly true booleans. */
export function randomTensor(
  generator: Generator,
  like: { readonly shape: readonly number[]; readonly dtype: TensorDtype; readonly below: number },
  scale = 1,
): TensorData {
  const size = like.shape.reduce((a, b) => a * b, 1);
  const { shape, dtype } = like;
  if (dtype === 'float32')
    return { shape, dtype, values: Float32Array.from({ length: size }, () => generator.normal() * scale) };
  if (dtype === 'int32') return { shape, dtype, values: integers(generator, size, like.below) };
  const row = shape.at(-1) ?? 1;
  const values = Uint8Array.from({ length: size }, (_, i) => (i % row === 0 || generator.uniform() < 0.75 ? 1 : 0));
  return { shape, dtype, values };
}

/** Both ends of the range are among them where there is room. */
function integers(generator: Generator, size: number, below: number): Int32Array {
  const values = Int32Array.from({ length: size }, () => generator.integer(below));
  if (size >= 2) values.set([below - 1], generator.integer(size));
  if (size >= 4) values[values.findIndex((each) => each !== below - 1)] = 0;
  return values;
}

function hash(text: string): number {
  let value = 2166136261;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16777619);
  return value | 0;
}
