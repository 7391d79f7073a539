import { describe, expect, test } from '@jest/globals';
import { blockLinen, blockNnx, guidePlans } from './guide-pair.js';
import { complaints, verify } from './project.js';

const site = (model: string): string => `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nnx from 'linen2nnx/nnx';
import { Model } from './model.js';

const model = ${model};
`;
const project = {
  linen: {
    'src/model.ts': blockLinen,
    'src/train.ts': `${site('new Model(6, 3)')}const variables = model.init(jax.random.key(0), [tf.ones([1, 5]), false]);\n`,
  },
  nnx: { 'src/model.ts': blockNnx, 'src/train.ts': site('new Model(5, 6, 3, { rngs: new nnx.Rngs(0) })') },
  modules: guidePlans('src/model.ts'),
};

describe('the basic pair of the guide', () => {
  test('is identical on cpu and on wasm', async () => {
    const report = await verify({ ...project, options: { backends: ['cpu', 'wasm'] } });
    expect(complaints(report)).toEqual([]);
    expect(report.verdict).toBe('identical');
    const passed = report.stages.filter((each) => each.status === 'passed');
    expect(passed.map((each) => `${each.backend} ${each.stage}`)).toEqual(
      ['cpu', 'wasm'].flatMap((backend) =>
        [0, 1, 2, 3, 4, 6, 7, 8, ...(backend === 'wasm' ? [11] : [])].map((stage) => `${backend} ${stage}`),
      ),
    );
  });

  test('covers classes that ran inside, and says which did not run', async () => {
    const lonely = blockLinen.replace('export class Model', 'export class Lonely extends Block {}\nexport class Model');
    const report = await verify({
      ...project,
      linen: { ...project.linen, 'src/model.ts': lonely },
      nnx: {
        ...project.nnx,
        'src/model.ts': blockNnx.replace(
          'export class Model',
          'export class Lonely extends Block {}\nexport class Model',
        ),
      },
      modules: [...project.modules, { ...project.modules[0]!, class: 'src/model.ts#Lonely' }],
    });
    const skipped = report.stages.filter((each) => each.stage === 0 && each.status === 'skipped');
    expect(skipped.map((each) => `${each.subject} ${each.code}`)).toEqual(['Block null', 'Lonely L2N520']);
    expect(report.verdict).toBe('unverified');
  });

  test('takes samples from a cases file', async () => {
    const cases = `import * as tf from '@tensorflow/tfjs';
import { Model } from './model.js';
export const cases = [{ class: Model, construct: [6, 3], args: [tf.ones([2, 5]), false] }];
`;
    const report = await verify({
      ...project,
      linen: { 'src/model.ts': blockLinen },
      nnx: { 'src/model.ts': blockNnx },
      files: { 'src/model.cases.ts': cases },
    });
    expect(complaints(report)).toEqual([]);
    expect(report.verdict).toBe('identical');
  });
});
