/** Agreement that shows little says so. */
import { describe, expect, test } from '@jest/globals';
import { blockLinen, blockNnx, guidePlans } from './guide-pair.js';
import { complaints, verify } from './project.js';

const imports = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
`;

describe('agreement that shows little', () => {
  const withOutput = (code: string, shape = '[1, 5]') =>
    verify({
      linen: {
        'src/model.ts': blockLinen.replace(
          'x = new nn.Dense(this.dout).call(x);',
          `x = new nn.Dense(this.dout).call(x);\n    ${code}`,
        ),
        'src/train.ts': `${imports}import { Model } from './model.js';\nnew Model(6, 3).init(jax.random.key(0), [tf.ones(${shape}), false]);\n`,
      },
      nnx: {
        'src/model.ts': blockNnx.replace(
          /x = this\.linear\.call\(x\);\n {4}return x;\n {2}\}\n\}\n$/,
          `x = this.linear.call(x);\n    ${code}\n    return x;\n  }\n}\n`,
        ),
        'src/train.ts': '',
      },
      modules: guidePlans('src/model.ts'),
    });

  test.each([
    ['a constant', 'x = tf.onesLike(x);', /^weak evidence: output is constant$/],
    ['some NaN', 'x = tf.where(tf.greater(x, 0), x, NaN);', /^weak evidence: output has NaN or infinity$/],
  ])('%s is reported', async (_, code, reason) => {
    const report = await withOutput(code);
    const stage = report.stages.find((each) => each.stage === 2 && each.subject === 'Model')!;
    expect(stage.status).toBe('passed');
    expect(stage.reason).toMatch(reason);
  });

  test('nothing but NaN is no proof', async () => {
    const report = await withOutput('x = tf.mul(x, NaN);');
    expect(report.verdict).toBe('unverified');
    expect(complaints(report)).toEqual(
      expect.arrayContaining([expect.stringContaining('stage 2 cpu Model: skipped L2N532 every output is NaN')]),
    );
  });

  test('an output without values is no proof', async () => {
    const report = await withOutput('x = tf.slice(x, [0, 0], [x.shape[0]!, 0]);');
    expect(report.verdict).toBe('unverified');
    expect(complaints(report).join('\n')).toContain('L2N532 every output is empty');
  });
});
