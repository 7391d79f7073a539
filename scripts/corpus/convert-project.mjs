// Converts a copy of a project with the built command, once and once more, and says what came of it.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const command = join(root, 'dist', 'src', 'cli', 'main.js');

/** `{ project, report, types: { before, after }, second, error, seconds }`; with `keep`, the copy stays and is named. */
export async function convertProject(path, { verify, timeout, keep }) {
  const { checkProgram } = await import(join(root, 'dist', 'src', 'project', 'check-program.js'));
  const copy = copyOf(path);
  const started = performance.now();
  try {
    const types = { before: await typeErrors(checkProgram, copy), after: 0 };
    const first = convert(copy, verify, timeout);
    types.after = await typeErrors(checkProgram, copy);
    const second = first.error === null ? convert(copy, 'off', timeout) : first;
    const changed = second.report?.files.filter(({ status }) => status === 'changed').length ?? null;
    const seconds = (performance.now() - started) / 1000;
    return { project: basename(path), ...first, types, second: changed, seconds, copy: keep ? copy : null };
  } finally {
    if (!keep) rmSync(copy, { recursive: true, force: true });
  }
}

/** A copy that finds this package and TensorFlow.js. */
function copyOf(path) {
  const copy = mkdtempSync(join(tmpdir(), `linen2nnx-${basename(path)}-`));
  cpSync(path, copy, { recursive: true, filter: (from) => basename(from) !== 'node_modules' });
  const modules = join(copy, 'node_modules');
  mkdirSync(modules);
  symlinkSync(root, join(modules, 'linen2nnx'));
  for (const name of ['@tensorflow', '@types'])
    if (existsSync(join(root, 'node_modules', name)))
      symlinkSync(join(root, 'node_modules', name), join(modules, name));
  return copy;
}

function convert(copy, verify, timeout) {
  const output = join(copy, 'report.json');
  const args = [command, '.', '--allow-no-vcs', '--allow-dirty', '--verify', verify, '--format', 'json'];
  const { stderr, status, signal } = spawnSync(process.execPath, [...args, '--output', output], {
    cwd: copy,
    encoding: 'utf8',
    timeout: timeout * 1000,
  });
  const report = existsSync(output) ? JSON.parse(readFileSync(output, 'utf8')) : null;
  rmSync(output, { force: true });
  if (report !== null) return { report, status, error: null };
  return { report, status, error: signal === null ? stderr.trim() : `stopped after ${timeout} seconds` };
}

async function typeErrors(checkProgram, copy) {
  const files = readdirSync(join(copy, 'src'), { recursive: true }).map((name) => join('src', name));
  const sources = files.filter((name) => /\.[cm]?tsx?$/.test(name));
  return (await checkProgram(copy, [], { files: sources })).after;
}

export const convertHeader = [
  'project',
  'classes',
  'converted',
  'bridged',
  'left',
  'unverified',
  'sizes',
  'verified to',
  'worst',
  'type errors',
  'second run',
  'seconds',
];

/** A row of the table. */
export function convertRow({ project, report, types, second, error, seconds }) {
  if (error !== null) return [project, 'failed', ...Array(convertHeader.length - 3).fill('–'), seconds.toFixed(1)];
  const modules = report.units.filter(({ classes }) => classes.length > 0);
  const classesOf = (status) =>
    String(modules.filter((unit) => unit.status === status).reduce((sum, unit) => sum + unit.classes.length, 0));
  return [
    project,
    String(modules.reduce((sum, unit) => sum + unit.classes.length, 0)),
    classesOf('converted'),
    classesOf('bridged'),
    classesOf('left'),
    classesOf('unverified'),
    confidences(report.units) || '–',
    stages(report.units) || '–',
    worst(report.units),
    `${types.before} → ${types.after}`,
    second === 0 ? 'empty' : `${second ?? '?'} files`,
    seconds.toFixed(1),
  ];
}

/** The codes of what was left, most frequent first: `L2N420 ×3`. */
export function leftCodes({ report }) {
  const counts = new Map();
  for (const unit of report?.units ?? []) {
    if (unit.status === 'converted') continue;
    for (const { code, severity } of unit.findings)
      if (severity !== 'note') counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([code, count]) => `${code} ×${count}`);
}

function confidences(units) {
  const counts = new Map();
  for (const { confidence } of units.flatMap(({ sizes }) => sizes))
    counts.set(confidence, (counts.get(confidence) ?? 0) + 1);
  return [...counts].map(([confidence, count]) => `${count} ${confidence}`).join(', ');
}

/** The last stage that passed, and how many failed. */
function stages(units) {
  const all = units.flatMap(({ verification }) => verification?.stages ?? []);
  if (all.length === 0) return '';
  const passed = all.filter(({ status }) => status === 'passed').map(({ stage }) => stage);
  const failed = all.filter(({ status }) => status === 'failed').length;
  return `${passed.length === 0 ? 'none' : Math.max(...passed)}${failed === 0 ? '' : `, ${failed} failed`}`;
}

function worst(units) {
  const all = units.flatMap(({ verification }) => verification?.stages ?? []);
  if (all.every(({ compared }) => compared === 0)) return '–';
  const largest = Math.max(0, ...all.map((stage) => stage.worst?.relative ?? 0));
  return largest === 0 ? '0' : largest.toExponential(1);
}
