import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { packageRoot } from '../fixtures/temporary-project.js';

test('the demo converts the digits, and both versions train alike to the last bit', () => {
  const script = join(packageRoot, 'scripts', 'demo.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    cwd: packageRoot,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  expect(`${stdout}\n${stderr}`).toMatch(/loss curve: (\d+) of \1 steps equal to the last bit/);
  expect(status).toBe(0);
}, 400_000);
