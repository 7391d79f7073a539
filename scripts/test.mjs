// `npm test`: every gate in turn, a plain line each, and the count at the end.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const bin = (name) => join('node_modules', '.bin', name);
const work = mkdtempSync(join(tmpdir(), 'linen2nnx-test-'));
const jestResults = join(work, 'jest.json');

const long = process.argv.includes('--long');
const gates = [
  ['wasm', process.execPath, [join('scripts', 'build-wasm.mjs')]],
  ['types', bin('tsc'), ['--noEmit']],
  ['lint', bin('eslint'), ['.']],
  ['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
  ['build', 'npm', ['run', '--silent', 'build']],
  [
    'jest',
    process.execPath,
    [
      '--experimental-vm-modules',
      '--no-warnings',
      join('node_modules', 'jest', 'bin', 'jest.js'),
      '--json',
      `--outputFile=${jestResults}`,
      ...process.argv.slice(2).filter((each) => each !== '--long'),
    ],
  ],
  ['publint', bin('publint'), ['--strict']],
  ['attw', bin('attw'), ['--pack', '.', '--profile', 'esm-only', '--quiet']],
];

let passed = 0;
let failed = 0;
for (const [name, command, args] of gates) {
  const started = performance.now();
  const { status } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, LINEN2NNX_BUILD: resolve('dist'), ...(long ? { LINEN2NNX_LONG: '1' } : {}) },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok' : 'FAILED'}: ${name} (${seconds} s)`);
  if (name === 'jest') {
    const counts = readCounts();
    passed += counts.passed;
    failed += counts.failed + (status !== 0 && counts.failed === 0 ? 1 : 0);
  } else if (status === 0) passed += 1;
  else failed += 1;
}
rmSync(work, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function readCounts() {
  try {
    const results = JSON.parse(readFileSync(jestResults, 'utf8'));
    return { passed: results.numPassedTests, failed: results.numFailedTests + results.numRuntimeErrorTestSuites };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
