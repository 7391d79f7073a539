import { describe, expect, test } from '@jest/globals';
import { type KeyArray, foldIn, isKey, key, keyWords, makeKey, split } from '../../runtime/core/key.js';
import { threefry, threefryBlocks } from '../../runtime/core/threefry.js';

const words = (of: Parameters<typeof keyWords>[0]): number[] => [...keyWords(of)];

// Known answers of the Threefry paper (Random123) and values printed by jax 0.5 and later.
describe('threefry', () => {
  test.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ])('known answer of key %j at %j', (of, counter, expected) => {
    expect([...threefry(of, counter[0]!, counter[1]!)]).toEqual(expected);
  });

  test('counters are 64 bits wide', () => {
    const out = new Uint32Array(4);
    threefryBlocks([1, 2], 2 ** 32 - 1, out);
    expect([...out]).toEqual([...threefry([1, 2], 0, 0xffffffff), ...threefry([1, 2], 1, 0)]);
  });
});

describe('keys', () => {
  test('seeds keep their low 32 bits', () => {
    expect(words(key(0))).toEqual([0, 0]);
    expect(words(key(-1))).toEqual([0, 4294967295]);
    expect(words(key(2 ** 32 + 5))).toEqual([0, 5]);
    expect(() => key(0.5)).toThrow('expected an integer seed');
  });

  test('split as JAX', () => {
    expect(words(split(key(0)))).toEqual([1797259609, 2579123966, 928981903, 3453687069]);
    expect(words(split(key(42), 3))).toEqual([1832780943, 270669613, 64467757, 2916123636, 2465931498, 255383827]);
  });

  test('foldIn as JAX, and equal to the rows of split', () => {
    expect(words(foldIn(key(0), 2))).toEqual([4146024105, 2718843009]);
    expect(words(foldIn(key(7), 1))).toEqual(words(split(key(7))[1]));
  });

  test('an array of keys is one value and an array', () => {
    const keys = split(key(1), 3);
    const [first, , last] = keys;
    expect(keys.shape).toEqual([3]);
    expect(keys).toHaveLength(3);
    expect([...keys].flatMap(words)).toEqual(words(keys));
    expect([isKey(keys), isKey(first), isKey([first])]).toEqual([true, true, false]);
    expect(keys.map(words)[2]).toEqual(words(last));
    expect(split(keys, 4).shape).toEqual([3, 4]);
    expect(words((split(keys, 4)[2] as KeyArray)[3]!)).toEqual(words(split(last, 4)[3]));
  });

  test('what is no key is refused', () => {
    expect(() => keyWords({} as never)).toThrow('expected a key, got a Object');
    expect(() => makeKey(Uint32Array.of(1))).toThrow('expected 2 words');
  });
});
