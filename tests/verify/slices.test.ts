import { describe, expect, test } from '@jest/globals';
import { sliceFiles } from '../../src/verify/slices.js';
import { modelOf } from './project.js';

const train = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import { Model } from './model.js';
import { load, size as width } from './data.js';

const model = new Model(width);
let params = model.init(jax.random.key(0), [tf.ones([1, width])]).params;
const rate = 0.1;

export const step = jax.jit((p: object, x: tf.Tensor) => {
  return tf.mul(rate, model.apply({ params: p }, [x]));
});

for (const x of load()) {
  params = step(params, x);
}
console.log(params);
`;
const model = `import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';
export class Model extends nn.Module {
  constructor(readonly features: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor { return new nn.Dense(this.features).call(x); }
}
`;
const data = 'export const size = 4;\nexport const load = () => [];\n';

describe('slices', () => {
  const project = modelOf({ 'src/train.ts': train, 'src/model.ts': model, 'src/data.ts': data });
  const cut = new Set(['src/train.ts']);
  const roots = [
    { path: 'src/train.ts', name: 'step' },
    { path: 'src/model.ts', name: 'Model' },
  ];
  const texts = sliceFiles(project, roots, cut);

  test('keep what a program needs, and nothing that runs', () => {
    const text = texts['src/train.ts']!;
    expect(text).toContain('const model = new Model(width);');
    expect(text).toContain('const rate = 0.1;');
    expect(text).not.toContain('console.log');
    expect(text).not.toContain('for (');
    expect(text).not.toContain('load');
    expect(text).not.toContain('let params');
    expect(text).toContain('export { step as linen2nnx$step };');
  });

  test('keep every line where it was', () => {
    const line = (text: string): number => text.split('\n').findIndex((each) => each.includes('const rate'));
    expect(line(texts['src/train.ts']!)).toBe(line(train));
  });

  test('leave files without model calls whole, with the root exported', () => {
    expect(texts['src/model.ts']).toBe(`${model}\nexport { Model as linen2nnx$Model };\n`);
    expect(texts['src/data.ts']).toBeUndefined();
  });
});
