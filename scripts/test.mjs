// `npm test`: every gate, a plain line each, and the count at the end. `--long` takes the slow batteries whole.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const bin = (name) => join('node_modules', '.bin', name);
const work = mkdtempSync(join(tmpdir(), 'linen2nnx-test-'));
const jestResults = join(work, 'jest.json');
const long = process.argv.includes('--long');
const env = { ...process.env, LINEN2NNX_BUILD: resolve('dist'), ...(long ? { LINEN2NNX_LONG: '1' } : {}) };

const wasm = ['wasm', process.execPath, [join('scripts', 'build-wasm.mjs')]];
const texts = [
  ['build', 'npm', ['run', '--silent', 'build']],
  ['lint', bin('eslint'), ['.']],
  ['types', bin('tsc'), ['--noEmit']],
  ['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
];
const jest = [
  'jest',
  process.execPath,
  [
    '--experimental-vm-modules',
    '--no-warnings',
    join('node_modules', 'jest', 'bin', 'jest.js'),
    '--maxWorkers=100%',
    '--json',
    `--outputFile=${jestResults}`,
    ...process.argv.slice(2).filter((each) => each !== '--long'),
  ],
];
const packages = [
  ['publint', bin('publint'), ['--strict']],
  ['attw', bin('attw'), ['--pack', '.', '--profile', 'esm-only', '--quiet']],
];

let passed = 0;
let failed = 0;
await run(wasm);
await inPairs(texts);
await run(jest);
for (const gate of packages) await run(gate);
rmSync(work, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Two at a time: each has one thread. */
async function inPairs(gates) {
  const left = [...gates];
  const worker = async () => {
    for (let gate = left.shift(); gate !== undefined; gate = left.shift()) await run(gate);
  };
  await Promise.all([worker(), worker()]);
}

async function run([name, command, args]) {
  const started = performance.now();
  const child = spawn(command, args, { stdio: name === 'jest' ? 'inherit' : ['ignore', 'pipe', 'pipe'], env });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk));
  const [status] = await once(child, 'close');
  process.stdout.write(Buffer.concat(output));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok' : 'FAILED'}: ${name} (${seconds} s)`);
  if (name === 'jest') {
    const counts = readCounts();
    passed += counts.passed;
    failed += counts.failed + (status !== 0 && counts.failed === 0 ? 1 : 0);
  } else if (status === 0) passed += 1;
  else failed += 1;
}

function readCounts() {
  try {
    const results = JSON.parse(readFileSync(jestResults, 'utf8'));
    return { passed: results.numPassedTests, failed: results.numFailedTests + results.numRuntimeErrorTestSuites };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
