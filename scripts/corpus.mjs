// `npm run corpus -- <folder>`: runs the Linen projects in a folder on cpu and wasm, converts a copy of each, and prints
// what works. A project has src/run.ts, which exports `cases` (name, make, init, input, and options of apply) and
// functions that train and evaluate. Options: --only <project>, --what run|convert, --backend cpu, --steps <n> for the
// functions that take a number, --verify auto|off|strict, --keep to keep the converted copies.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { convertHeader, convertProject, convertRow, leftCodes } from './corpus/convert-project.mjs';
import { table } from './corpus/table.mjs';

const here = (name) => fileURLToPath(new URL(`corpus/${name}`, import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: 'string', multiple: true, default: ['cpu', 'wasm'] },
    only: { type: 'string', multiple: true },
    steps: { type: 'string', default: '2' },
    what: { type: 'string', multiple: true, default: ['run', 'convert'] },
    verify: { type: 'string', default: 'auto' },
    keep: { type: 'boolean', default: false },
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

let failed = false;
if (values.what.includes('run')) runAll();
if (values.what.includes('convert')) await convertAll();
process.exitCode = failed ? 1 : 0;

function runAll() {
  const rows = projects.flatMap((project) => values.backend.map((backend) => run(project, backend)));
  console.log(table(['project', 'backend', 'cases', 'functions', 'leaks', 'seconds'], rows.map(runRow), 2));
  for (const { project, backend, results } of rows)
    for (const { name, error } of results) {
      if (error === null) continue;
      failed = true;
      console.log(`\n${project} on ${backend}, ${name}:\n${indent(error)}`);
    }
}

/** What is left with a reason is no failure; a crash, a mismatch and a new type error are. */
async function convertAll() {
  const { verify, keep } = values;
  const rows = [];
  for (const project of projects) {
    rows.push(await convertProject(project, { verify, keep, timeout: Number(values.timeout) }));
    console.error(`converted ${rows.length} of ${projects.length}: ${basename(project)}`);
  }
  console.log(`\n${table(convertHeader, rows.map(convertRow), 1)}\n`);
  for (const row of rows) {
    const codes = leftCodes(row);
    if (codes.length > 0) console.log(`${row.project} left: ${codes.join(', ')}`);
    if (row.error !== null) console.log(`${row.project}:\n${indent(row.error)}`);
    if (row.copy !== null) console.log(`${row.project} is in ${row.copy}`);
    failed ||= row.error !== null || row.status === 3 || row.status === 5 || row.types.after > row.types.before;
  }
}

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

function runRow({ project, backend, results, seconds }) {
  const count = (kind) => {
    const all = results.filter((result) => result.kind === kind);
    return `${all.filter(({ error }) => error === null).length}/${all.length}`;
  };
  const stopped = results.some(({ kind }) => kind === 'project');
  const leaks = results.filter(({ leak }) => leak > 0).length;
  const cases = stopped && results.length === 1 ? 'failed' : count('case');
  return [project, backend, cases, count('function'), String(leaks), seconds.toFixed(1)];
}

function indent(text) {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
