import { existsSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { blockLinen, blockNnx, guidePlans } from './guide-pair.js';
import { verify } from './project.js';
import type { VerifyOptions } from '../../src/verify/request.js';

const site = (model: string): string => `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import { Model } from './model.js';
const model = ${model};
`;

/** The guide's pair with `code` at the top of the new version, or put in its forward method. */
async function verifyWith({ top = '', inside = '', inBoth = '' }, options: Partial<VerifyOptions> = {}) {
  const nnx = `${blockNnx.replace('x = this.block.call(x);', `${inside}\n    x = this.block.call(x);`)}\n${top}`;
  return verify({
    linen: {
      'src/model.ts': blockLinen.replace('x = new Block', `${inBoth}\n    x = new Block`),
      'src/train.ts': `${site('new Model(6, 3)')}model.init(jax.random.key(0), [tf.ones([1, 5]), false]);\n`,
    },
    nnx: { 'src/model.ts': nnx, 'src/train.ts': '' },
    modules: guidePlans('src/model.ts'),
    options,
  });
}

describe('user code that', () => {
  test.each<[string, { top?: string; inside?: string; inBoth?: string }, string, RegExp, Partial<VerifyOptions>]>([
    ['loops for ever', { inside: 'for (;;) {}' }, 'L2N521', /within 8 s/, { seconds: 8 }],
    ['loops for ever when loaded', { top: 'for (;;) {}' }, 'L2N521', /within 8 s/, { seconds: 8 }],
    ['exits', { top: 'process.exit(0);' }, 'L2N523', /exit code 0/, {}],
    ['kills itself', { inside: "process.kill(process.pid, 'SIGTERM'); for (;;) {}" }, 'L2N523', /SIGTERM/, {}],
    [
      'takes all memory',
      { inside: 'const all: unknown[] = []; for (;;) all.push(new Float32Array(1e6).fill(1));' },
      'L2N522',
      /700 MB/,
      { megabytes: 700 },
    ],
    ['throws a text', { inBoth: "throw 'no';" }, 'L2N524', /threw 'no', which is not an Error/, {}],
    ['throws nothing', { inBoth: 'throw undefined;' }, 'L2N524', /threw undefined/, {}],
    ['throws when loaded', { top: "throw new Error('at the top');" }, 'L2N526', /at the top/, {}],
    ['needs a package that is not there', { top: "import 'left-pad-of-nobody';" }, 'L2N525', /left-pad-of-nobody/, {}],
    ['does not parse', { top: 'const = 1;' }, 'L2N526', /NNX version/, {}],
    ['asks the network', { top: "await fetch('http://127.0.0.1:9');" }, 'L2N526', /network is closed/, {}],
    [
      'opens a socket',
      { top: "(await import('node:net')).connect(9, '127.0.0.1');" },
      'L2N526',
      /network is closed/,
      {},
    ],
    ['rejects unseen', { inside: "void Promise.reject(new Error('later'));", top: '' }, 'L2N524', /later/, {}],
    [
      'starts a process',
      { top: "(await import('node:child_process')).execSync('true');" },
      'L2N526',
      /permission|restricted/i,
      {},
    ],
  ])('%s ends as unverified, with the reason', async (_, code, expected, reason, options) => {
    const report = await verifyWith(code, options);
    const skipped = report.stages.filter(
      (each) => each.status === 'skipped' && each.subject === 'Model' && each.code !== 'L2N530',
    );
    expect(report.verdict).toBe('unverified');
    expect([...new Set(skipped.map((each) => each.code))]).toEqual([expected]);
    expect(skipped[0]!.reason).toMatch(reason);
    expect(report.seconds).toBeLessThan(40);
  });

  test('throws in the new version only is a difference', async () => {
    const report = await verifyWith({ inside: "throw 'no';" });
    const failed = report.stages.find((each) => each.status === 'failed')!;
    expect([report.verdict, failed.stage, failed.code]).toEqual(['mismatch', 2, 'L2N503']);
    expect(failed.reason).toContain("threw 'no', which is not an Error");
  });

  test('writes files cannot', async () => {
    const file = '/tmp/linen2nnx-must-not-exist';
    const report = await verifyWith({ top: `(await import('node:fs')).writeFileSync('${file}', 'x');` });
    expect(report.verdict).toBe('unverified');
    expect(existsSync(file)).toBe(false);
  });

  test('prints a lot changes nothing', async () => {
    const report = await verifyWith({ top: "for (let i = 0; i < 1e4; i++) console.log('x'.repeat(100));" });
    expect(report.verdict).toBe('identical');
  });
});
