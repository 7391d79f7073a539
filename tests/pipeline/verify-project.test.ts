/** `verifyProject`: the old version from git, from the journal, from nowhere; the new one right and broken. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { convertProject } from '../../src/pipeline.js';
import { defaultRunOptions, RunError } from '../../src/pipeline/options.js';
import { defaultVerifyOptions, verifyProject } from '../../src/pipeline/verify-project.js';
import { initSite, linenModel } from '../cli/temporary-project.js';
import { makeProject } from '../fixtures/temporary-project.js';

const model = linenModel.replace('nn.Dense(this.features).call(x)', 'nn.Dense(this.features).call(tf.relu(x))');

describe('the old program against the new one', () => {
  const project = makeProject({ 'src/model.ts': model, 'src/train.ts': initSite, '.gitignore': 'node_modules\n' });
  const file = join(project.root, 'src/model.ts');
  const git = (...args: string[]) =>
    spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: project.root });
  const verify = (options = {}) =>
    verifyProject(project.root, { ...defaultVerifyOptions, backends: ['cpu'], ...options }, () => undefined);
  const commit = () => {
    git('add', '-A');
    git('commit', '-qm', 'x');
  };
  let converted: string;

  beforeAll(async () => {
    git('init', '-q');
    commit();
    await expect(verify()).rejects.toThrow(RunError);
    const options = { ...defaultRunOptions, verify: 'off', write: true } as const;
    await convertProject(project.root, options, () => undefined);
    converted = readFileSync(file, 'utf8');
    expect(converted).toContain('nnx.Module');
  }, 120_000);
  afterAll(() => project.remove());

  const verdicts = async (options = {}) => {
    const { units, exitCode } = await verify(options);
    return { units: units.map((each) => [each.status, each.verification?.verdict ?? null]), exitCode };
  };
  const identical = { units: [['converted', 'identical']], exitCode: 0 };

  test('is read from HEAD before the conversion is committed, and from history after', async () => {
    expect(await verdicts()).toEqual(identical);
    commit();
    writeFileSync(join(project.root, 'src/other.ts'), 'export const later = 1;\n');
    commit();
    expect(await verdicts()).toEqual(identical);
  }, 120_000);

  test('a change made since that computes something else is found', async () => {
    writeFileSync(file, converted.replace('tf.relu(x)', 'tf.relu6(x)'));
    const { units, exitCode } = await verify();
    expect(units.map((each) => [each.status, each.findings.map(({ code }) => code)])).toEqual([['left', ['L2N492']]]);
    expect(exitCode).toBe(3);
    writeFileSync(file, converted);
  }, 120_000);

  test('runs only the stages that are asked for', async () => {
    const { units } = await verify({ stages: [0, 2] });
    const ran = units[0]!.verification!.stages.filter((each) => each.status === 'passed');
    expect(ran.map((each) => each.stage)).toEqual([0, 2]);
  }, 120_000);

  test('without git it comes from the journal; without both the class is unverified', async () => {
    rmSync(join(project.root, '.git'), { recursive: true });
    expect(await verdicts()).toEqual(identical);
    rmSync(join(project.root, '.linen2nnx'), { recursive: true });
    const { units, exitCode } = await verify();
    expect(units.map((each) => [each.status, each.findings.map(({ code }) => code)])).toEqual([
      ['unverified', ['L2N531']],
    ]);
    expect(units[0]!.findings[0]!.what).toContain('src/model.ts with hash ');
    expect(exitCode).toBe(1);
  }, 120_000);
});
