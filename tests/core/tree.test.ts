import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { key } from '../../runtime/core/key.js';
import { tidyTree } from '../../runtime/core/lifetime.js';
import {
  flattenUpTo,
  pathText,
  registerNode,
  sameStructure,
  tensorsOf,
  treeFlatten,
  treeLeaves,
  treeMap,
  treeMapUntil,
  treePaths,
  treeStructure,
} from '../../runtime/core/tree.js';

class Pair {
  constructor(
    readonly left: unknown,
    readonly right: unknown,
    readonly name = 'pair',
  ) {}
}

class NamedPair extends Pair {}

registerNode(Pair, {
  flatten: (pair) => ({ keys: ['left', 'right'], children: [pair.left, pair.right], meta: pair.name }),
  unflatten: (meta, [left, right]) => new Pair(left, right, meta as string),
});

describe('trees', () => {
  test('dict keys are sorted, null is empty, class instances are leaves', () => {
    const date = new Date(0);
    const tree = { b: [1, null, { y: 2 }], a: date, c: undefined };
    const { leaves, paths, treedef } = treeFlatten(tree);
    expect(leaves).toEqual([date, 1, 2]);
    expect(paths.map((path) => pathText(path))).toEqual(['a', 'b[0]', 'b[2].y']);
    expect(treedef.unflatten(leaves)).toEqual(tree);
    expect(() => treedef.unflatten([1])).toThrow('expected 3 leaves, got 1');
  });

  test('keys and tensors are leaves', () => {
    tf.tidy(() => expect(treeLeaves([key(0), tf.scalar(1)])).toHaveLength(2));
  });

  test('registered classes are nodes, by the nearest class', () => {
    const mapped = treeMap((x: number) => x * 10, { p: new NamedPair(1, [2]) }) as { p: Pair };
    expect(mapped.p).toBeInstanceOf(Pair);
    expect([mapped.p.left, mapped.p.right, mapped.p.name]).toEqual([10, [20], 'pair']);
    expect(treePaths(new Pair(1, [2]))).toEqual([['left'], ['right', 0]]);
  });

  test('structures are equal when nodes, keys and meta are', () => {
    const same = (a: unknown, b: unknown): boolean => sameStructure(treeStructure(a), treeStructure(b));
    expect(same({ a: 1, b: [2] }, { b: [3], a: 0 })).toBe(true);
    expect(same({ a: 1 }, { a: [1] })).toBe(false);
    expect(same([1], [1, 2])).toBe(false);
    expect(same(new Pair(1, 2, 'x'), new Pair(1, 2, 'y'))).toBe(false);
  });

  test('other trees are taken apart as far as the first', () => {
    expect(flattenUpTo(treeStructure({ a: 1, b: 2 }), { b: [3, 4], a: 5 })).toEqual([5, [3, 4]]);
    expect(() => treeMap((x: number) => x, { a: { b: 1 } }, { a: { c: 1 } })).toThrow(
      'Trees at a: expected { b: * }, got { c: * }.\nGive trees of one structure',
    );
    expect(() => treeMap((x: number) => x, [1, null], [1, 2])).toThrow('Trees at [1]: expected null, got *');
  });

  test('isLeaf stops early', () => {
    const isLeaf = (value: unknown): boolean => Array.isArray(value);
    expect(treeMapUntil(isLeaf, (_path, leaf) => (leaf as number[]).length, [{ a: [1, 2], b: [] }])).toEqual({
      a: 2,
      b: 0,
    });
  });

  test('paths that are no identifiers are quoted', () => {
    expect(pathText(['layers', 2, 'a b', 'kernel'], 'model')).toBe('model.layers[2]["a b"].kernel');
  });
});

describe('tidyTree', () => {
  test('frees what is not in the result, registered nodes included', () => {
    const before = tf.memory().numTensors;
    const pair = tidyTree(() => new Pair(tf.add(1, 2), { x: tf.mul(2, 3) }));
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose(tensorsOf(pair));
    expect(tf.memory().numTensors).toBe(before);
  });

  test('its result belongs to the enclosing tidy', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => void tidyTree(() => new Pair(tf.add(1, 2), null)));
    expect(tf.memory().numTensors).toBe(before);
  });

  test('refuses promises', () => {
    expect(() => tidyTree(async () => 1)).toThrow('returns a promise');
  });
});
