import { foldIn, type Key } from '../core/key.js';

/**
 * Folds a path and a counter into a key: the first four bytes of the SHA-1 of all parts, without separators, strings
 * as UTF-8 and numbers as their shortest big-endian bytes. Mirrors Flax's `LazyRng` (`_fold_in_static`).
 */
export function foldStatic(key: Key, parts: readonly (string | number)[]): Key {
  if (parts.length === 0) return key;
  return foldIn(key, staticHash(parts));
}

/** The 32-bit number that `foldStatic` folds in. */
export function staticHash(parts: readonly (string | number)[]): number {
  const encoder = new TextEncoder();
  const bytes = parts.flatMap((part) => (typeof part === 'string' ? [...encoder.encode(part)] : numberBytes(part)));
  return sha1First(Uint8Array.from(bytes));
}

function numberBytes(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return bytes;
}

/** First word of the SHA-1 of a message (FIPS 180-4). */
function sha1First(message: Uint8Array): number {
  const words = paddedWords(message);
  const state: Sha1State = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  for (let start = 0; start < words.length; start += 16) compress(state, words.subarray(start, start + 16));
  return state[0] >>> 0;
}

type Sha1State = [number, number, number, number, number];

function paddedWords(message: Uint8Array): Uint32Array {
  const blocks = Math.ceil((message.length + 9) / 64);
  const padded = new Uint8Array(blocks * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, message.length * 8);
  return Uint32Array.from({ length: blocks * 16 }, (_, i) => view.getUint32(i * 4));
}

function compress(state: Sha1State, block: Uint32Array): void {
  const schedule = new Uint32Array(80);
  schedule.set(block);
  for (let i = 16; i < 80; i++) {
    schedule[i] = rotate(schedule[i - 3]! ^ schedule[i - 8]! ^ schedule[i - 14]! ^ schedule[i - 16]!, 1);
  }
  let [a, b, c, d, e] = state;
  for (let i = 0; i < 80; i++) {
    const next = (rotate(a, 5) + roundFunction(i, b, c, d) + e + roundConstant(i) + schedule[i]!) | 0;
    [e, d, c, b, a] = [d, c, rotate(b, 30), a, next];
  }
  [a, b, c, d, e].forEach((word, i) => (state[i] = (state[i]! + word) | 0));
}

function roundFunction(round: number, b: number, c: number, d: number): number {
  if (round < 20) return (b & c) | (~b & d);
  if (round < 40 || round >= 60) return b ^ c ^ d;
  return (b & c) | (b & d) | (c & d);
}

function roundConstant(round: number): number {
  return [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][Math.floor(round / 20)]!;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
