import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Checkpoint, encodeFlaxMsgpack } from 'linen2nnx/checkpoint';
import { initSite, linenModel, temporaryProject, type TemporaryProject } from './temporary-project.js';

let project: TemporaryProject;
afterEach(() => project.remove());

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const linen: Checkpoint = {
  tensors: new Map([
    ['params/Dense_0/kernel', { dtype: 'F32', shape: [2, 1], bytes: floats(0.5, -2) }],
    ['params/Dense_0/bias', { dtype: 'F32', shape: [1], bytes: floats(NaN) }],
  ]),
  values: new Map([['step', 7]]),
  metadata: {},
};

function converted(): TemporaryProject {
  project = temporaryProject({ 'src/model.ts': linenModel, 'src/start.ts': initSite });
  expect(project.run('src', '--allow-no-vcs', '--verify', 'off').code).toBe(1);
  project.write('old.msgpack', encodeFlaxMsgpack(linen));
  return project;
}

describe('checkpoint', () => {
  test('inspect, convert, compare: through the manifest of a conversion, to every format and back', () => {
    const { run, folder } = converted();
    const inspected = run('checkpoint', 'inspect', 'old.msgpack');
    expect(inspected).toMatchObject({ code: 0, stdout: expect.stringContaining('of src/model.ts#Model, linen names') });
    expect(inspected.stdout).toMatch(
      /params\/Dense_0\/kernel +F32 +\[2, 1\] +-2 … 0.5\n.*bias.*1 not finite\nstep = 7\n/,
    );
    for (const name of ['new.safetensors', 'new.npz', 'new.json']) {
      expect(run('checkpoint', 'convert', 'old.msgpack', name)).toMatchObject({
        code: 0,
        stdout: 'params/Dense_0/kernel → linear/kernel\nparams/Dense_0/bias → linear/bias\n',
        stderr: `src/model.ts#Model: 2 variables from Linen to NNX, in ${name}\n`,
      });
      expect(run('checkpoint', 'compare', 'old.msgpack', name)).toMatchObject({ code: 0, stdout: '' });
      expect(run('checkpoint', 'convert', name, 'back.msgpack', '--overwrite').code).toBe(0);
      expect(run('checkpoint', 'compare', 'old.msgpack', 'back.msgpack')).toMatchObject({
        code: 0,
        stderr: '2 tensors agree\n',
      });
    }
    const json = JSON.parse(run('checkpoint', 'inspect', 'new.json', '--format', 'json').stdout) as object;
    expect(json).toMatchObject({ schemaVersion: 1, format: 'tfjs', class: 'src/model.ts#Model', style: 'nnx' });
    const other = new Map([
      ...linen.tensors,
      ['params/Dense_0/bias', { dtype: 'F32' as const, shape: [1], bytes: floats(1) }],
    ]);
    writeFileSync(join(folder, 'other.msgpack'), encodeFlaxMsgpack({ ...linen, tensors: other as never }));
    expect(run('checkpoint', 'compare', 'other.msgpack', 'new.npz')).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('linear/bias: value: expected 1 at 0 of 1, got NaN'),
    });
  });

  test('a file that is there, damaged, missing or of another program: said, nothing written', () => {
    const { run, write, folder } = converted();
    write('there.npz', 'mine');
    expect(run('checkpoint', 'convert', 'old.msgpack', 'there.npz')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('--overwrite'),
    });
    const refused = (from: string, to: string, words: string) => {
      expect(run('checkpoint', 'convert', from, to)).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
      expect(existsSync(join(folder, to))).toBe(false);
    };
    write('cut.msgpack', encodeFlaxMsgpack(linen).slice(0, 40));
    refused('cut.msgpack', 'new.npz', 'cut.msgpack: readFlaxMsgpack: expected');
    refused('none.npz', 'new.npz', 'none.npz: ENOENT');
    refused('src', 'new.npz', 'src: expected a file, got a folder');
    refused('src/model.ts', 'new.npz', 'bytes of none of them');
    refused('old.msgpack', 'new.txt', "got '.txt'");
    const more = new Map([...linen.tensors, ['params/Dense_1/kernel', linen.tensors.get('params/Dense_0/bias')!]]);
    write('more.msgpack', encodeFlaxMsgpack({ ...linen, tensors: more as never }));
    refused('more.msgpack', 'new.npz', 'got none for params/Dense_1/kernel');
    expect(run('checkpoint', 'convert', 'more.msgpack', 'new.npz', '--rest', 'drop')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('left out, as asked: params/Dense_1/kernel'),
    });
  });
});
