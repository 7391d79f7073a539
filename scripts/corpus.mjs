// `npm run corpus -- <folder>`: runs the Linen projects in a folder on cpu and wasm, and prints what works.
// A project has src/run.ts, which exports `cases` (name, make, init, input, and options of apply) and functions that
// train and evaluate. Options: --backend cpu, --only <project>, --steps <n> for the functions that take a number.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = (name) => fileURLToPath(new URL(`corpus/${name}`, import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: 'string', multiple: true, default: ['cpu', 'wasm'] },
    only: { type: 'string', multiple: true },
    steps: { type: 'string', default: '2' },
    timeout: { type: 'string', default: '600' },
  },
});
const folder = resolve(positionals[0] ?? '.');
const projects = projectsIn(folder).filter((path) => values.only?.includes(basename(path)) ?? true);
if (projects.length === 0) {
  console.error(
    `corpus: expected a folder of projects with src/run.ts, got ${folder}.\nPass one: npm run corpus -- <folder>`,
  );
  process.exit(2);
}

const rows = [];
for (const project of projects) {
  for (const backend of values.backend) rows.push(run(project, backend));
}
print(rows);
const failures = rows.flatMap(({ project, backend, results }) =>
  results.filter(({ error }) => error !== null).map((result) => ({ project, backend, ...result })),
);
for (const { project, backend, name, error } of failures)
  console.log(`\n${project} on ${backend}, ${name}:\n${indent(error)}`);
process.exitCode = failures.length === 0 ? 0 : 1;

function projectsIn(root) {
  if (existsSync(join(root, 'src', 'run.ts'))) return [root];
  const entries = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return entries.map(({ name }) => join(root, name)).filter((path) => existsSync(join(path, 'src', 'run.ts')));
}

/** Runs a project in a process of its own, so that one cannot spoil another. */
function run(project, backend) {
  const started = performance.now();
  const { stdout, stderr, status, signal } = spawnSync(
    process.execPath,
    ['--import', here('register.mjs'), here('run-project.mjs'), join(project, 'src', 'run.ts'), backend, values.steps],
    { encoding: 'utf8', timeout: Number(values.timeout) * 1000, maxBuffer: 1 << 26 },
  );
  const seconds = (performance.now() - started) / 1000;
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  const results = lines.map((line) => JSON.parse(line));
  if (status !== 0) {
    const why = signal === null ? stderr.trim() : `stopped after ${values.timeout} seconds`;
    results.push({ kind: 'project', name: 'the project', error: why, leak: 0 });
  }
  return { project: basename(project), backend, results, seconds };
}

function print(rows) {
  const header = ['project', 'backend', 'cases', 'functions', 'leaks', 'seconds'];
  const cells = rows.map(({ project, backend, results, seconds }) => {
    const count = (kind) => {
      const all = results.filter((result) => result.kind === kind);
      return `${all.filter(({ error }) => error === null).length}/${all.length}`;
    };
    const failed = results.some(({ kind }) => kind === 'project');
    const leaks = results.filter(({ leak }) => leak > 0).length;
    return [
      project,
      backend,
      failed && results.length === 1 ? 'failed' : count('case'),
      count('function'),
      String(leaks),
      seconds.toFixed(1),
    ];
  });
  const widths = header.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i].length)));
  for (const row of [header, widths.map((width) => '─'.repeat(width)), ...cells]) {
    console.log(row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '));
  }
}

function indent(text) {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
