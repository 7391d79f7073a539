import * as tf from '@tensorflow/tfjs';
import { isKey } from '../key.js';
import { type FlatTree, pathText } from '../tree.js';

/** What of a call decides which program runs it. */
export interface Signature {
  /** Shapes, dtypes and plain values of all leaves, and the backend. */
  readonly text: string;
  /** As `text`, without the values of numbers. */
  readonly kind: string;
  /** Which leaves are tensors or keys. */
  readonly dynamic: readonly boolean[];
}

/** The signature of the leaves of a call. Throws for values that can be neither traced nor compared. */
export function signatureOf(who: string, { leaves }: FlatTree, places: () => readonly string[]): Signature {
  const { backendName } = tf.engine();
  const dynamic = leaves.map((leaf) => leaf instanceof tf.Tensor || isKey(leaf));
  const texts = leaves.map((leaf, i) => leafText(leaf) ?? refused(who, leaf, places()[i]!));
  const kinds = leaves.map((leaf, i) => (typeof leaf === 'number' ? 'number' : texts[i]!));
  return { text: `${backendName};${texts.join(';')}`, kind: `${backendName};${kinds.join(';')}`, dynamic };
}

/** Names of leaves for messages: the first argument is `args[0]`. */
export function placesOf({ paths }: FlatTree): string[] {
  return paths.map((path) => pathText(path, 'args'));
}

function leafText(leaf: unknown): string | null {
  if (leaf instanceof tf.Tensor) return `${leaf.dtype}[${leaf.shape.join()}]`;
  if (isKey(leaf)) return `key[${leaf.shape.join()}]`;
  if (typeof leaf === 'function' || typeof leaf === 'symbol') return `#${identity(leaf as symbol)}`;
  if (typeof leaf === 'object') return null;
  if (typeof leaf === 'string') return JSON.stringify(leaf);
  return Object.is(leaf, -0) ? '-0' : String(leaf);
}

const identities = new Map<symbol, number>();
const objectIdentities = new WeakMap<object, number>();
let nextIdentity = 0;

function identity(value: symbol | ((...args: never[]) => unknown)): number {
  const known = typeof value === 'symbol' ? identities.get(value) : objectIdentities.get(value);
  if (known !== undefined) return known;
  if (typeof value === 'symbol') identities.set(value, nextIdentity);
  else objectIdentities.set(value, nextIdentity);
  return nextIdentity++;
}

function refused(who: string, leaf: unknown, place: string): never {
  const name = (leaf as object).constructor?.name ?? 'object';
  throw new Error(
    `${who} at ${place}: expected tensors, keys and plain values, got a ${name}.\n` +
      (leaf instanceof Uint32Array
        ? 'The counters of a random stream stay on the host. Use `nnx.jit`, which counts on, or split them off ' +
          '(`nnx.split(model, nnx.RngState, ...)`), draw the keys outside and pass those.'
        : 'Its contents could change without notice. Make it static (`staticArgnums`, compared by identity), pass its ' +
          'tensors, or close over it.'),
  );
}
