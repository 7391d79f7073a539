import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { convert, type StatedSizes } from './conversion.js';

const root = new URL('../../fixtures/guide/', import.meta.url).pathname;

/** The file up to the code below its last class: imports and classes, without imports that only that code needs. */
function classesOf(text: string): string {
  const end = text.lastIndexOf('\n}\n') + 3;
  return text.slice(0, end).replace(/import \* as jax.*\n/, '');
}

const cases: { readonly [name: string]: StatedSizes } = {
  'basic-module': {
    Block: { args: ['inFeatures'], sites: { 'new nn.Dense(this.features)': ['inFeatures'] } },
    Model: { args: ['din'], sites: { 'new Block(this.dmid)': ['din'], 'new nn.Dense(this.dout)': ['dmid'] } },
  },
  collections: {
    Block: {
      args: ['inFeatures'],
      sites: { 'new nn.Dense(this.features)': ['inFeatures'], 'new nn.BatchNorm({ momentum: 0.99 })': ['features'] },
    },
  },
  'multiple-methods': {
    AutoEncoder: {
      args: ['inDim'],
      sites: { 'new nn.Dense(this.embedDim)': ['inDim'], 'new nn.Dense(this.outputDim)': ['embedDim'] },
    },
  },
};

test.each(Object.entries(cases))('%s is exactly as printed', async (name, sizes) => {
  const before = classesOf(readFileSync(`${root}${name}/linen.ts`, 'utf8'));
  for (const each of [sizes, null]) {
    const { texts, whys } = await convert(before, each);
    expect(whys).toEqual([]);
    expect(texts['model.ts']).toBe(classesOf(readFileSync(`${root}${name}/nnx.ts`, 'utf8')));
  }
});
