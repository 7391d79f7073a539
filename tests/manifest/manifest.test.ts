import { describe, expect, test } from '@jest/globals';
import {
  emptyManifest,
  mergeManifest,
  parseManifest,
  serialiseManifest,
  withBlobs,
} from '../../src/manifest/manifest.js';
import {
  expandManifest,
  toLinenModule,
  toLinenVariable,
  toNnxModule,
  toNnxVariable,
} from '../../src/manifest/paths.js';
import type { Manifest, ManifestEntry, ModuleMapping } from '../../src/ir/manifest.js';

const none = { op: 'none' } as const;
const module = (linen: string, nnx: string, target: string): ModuleMapping => ({
  linen,
  nnx,
  target,
  axis: none,
  sharing: null,
});
const entry = (name: string, modules: readonly ModuleMapping[]): ManifestEntry => ({
  class: `m.ts#${name}`,
  linen: { source: 'm.ts', blob: '1' },
  nnx: { source: 'm.ts', blob: '' },
  newArguments: ['din'],
  modules,
  variables: [
    { collection: 'counter', linen: 'n', nnx: 'count', variable: 'Counter', axis: none, initialValue: 'why' },
  ],
  streams: [],
});
const manifest: Manifest = {
  schemaVersion: 1,
  classes: [
    entry('Model', [module('layers_{i}', 'layers[{i}]', 'm.ts#Block'), module('Dense_0', 'linear', 'layer:Dense')]),
    entry('Block', [module('BatchNorm_0', 'norm', 'layer:BatchNorm')]),
  ],
  collections: [{ collection: 'counter', variable: 'Counter', source: 'm.ts' }],
};

describe('the file', () => {
  test('has the same bytes for the same facts, whatever their order', () => {
    const turned = { ...manifest, classes: [...manifest.classes].reverse() };
    expect(serialiseManifest(turned)).toBe(serialiseManifest(manifest));
    const read = parseManifest(serialiseManifest(manifest));
    expect('manifest' in read && serialiseManifest(read.manifest)).toBe(serialiseManifest(manifest));
  });

  test.each([
    ['{', 'not JSON'],
    ['[]', 'the manifest: expected an object, got [].'],
    ['{"schemaVersion":2,"classes":[],"collections":[]}', 'schemaVersion: expected one of 1, got 2.'],
    ['{"schemaVersion":1,"classes":[{}],"collections":[]}', 'classes[0].class: expected a string, got nothing.'],
    ['{"schemaVersion":1,"classes":[],"collections":[],"more":1}', 'the manifest: unknown field `more`.'],
  ])('%s is told apart', (text, message) => {
    const read = parseManifest(text);
    expect('message' in read && read.message).toContain(message);
  });

  test('merging replaces entries by class', () => {
    const changed = { ...manifest.classes[0]!, streams: ['dropout'] };
    const unit = {
      status: 'converted',
      unit: 'u',
      edits: [],
      imports: [],
      manifest: [changed],
      modules: [],
      programs: [],
      notes: [],
    } as const;
    const merged = mergeManifest(mergeManifest(emptyManifest, [{ ...unit, manifest: manifest.classes }]), [unit]);
    expect(merged.classes.map((each) => [each.class, each.streams])).toEqual([
      ['m.ts#Block', []],
      ['m.ts#Model', ['dropout']],
    ]);
    expect(withBlobs(merged, { 'm.ts': 'abc' }).classes[0]!.nnx.blob).toBe('abc');
  });
});

describe('paths', () => {
  const expanded = expandManifest(manifest, 'm.ts#Model');

  test('variables and modules lead from either side to the other', () => {
    expect(toNnxVariable(expanded, 'batch_stats', ['layers_12', 'BatchNorm_0', 'mean'])).toEqual([
      'layers',
      12,
      'norm',
      'mean',
    ]);
    expect(toLinenVariable(expanded, ['layers', 12, 'norm', 'mean'])).toEqual({
      collection: 'batch_stats',
      path: ['layers_12', 'BatchNorm_0', 'mean'],
    });
    expect(toNnxModule(expanded, ['layers_0', 'BatchNorm_0'])).toEqual(['layers', 0, 'norm']);
    expect(toLinenModule(expanded, ['layers', 0])).toEqual(['layers_0']);
    expect(toNnxVariable(expanded, 'params', ['layers_0', 'BatchNorm_0', 'mean'])).toBeNull();
    expect(toNnxVariable(expanded, 'params', ['Dense_1', 'kernel'])).toBeNull();
  });

  test('every leaf goes there and back', () => {
    for (const leaf of expanded.leaves) {
      const path = leaf.linen.map((each) => each.replace('{i}', '7'));
      const there = toNnxVariable(expanded, leaf.collection, path);
      expect(toLinenVariable(expanded, there!)).toEqual({ collection: leaf.collection, path });
    }
    expect(expanded.leaves.map((each) => each.nnx.join('.'))).toContain('layers.{i}.norm.scale');
  });

  test('a class inside itself is our bug', () => {
    const looped = { ...manifest, classes: [entry('Model', [module('a', 'a', 'm.ts#Model')])] };
    expect(() => expandManifest(looped, 'm.ts#Model')).toThrow('contains itself');
  });
});
