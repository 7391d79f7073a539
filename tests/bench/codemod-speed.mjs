// npm run bench:codemod: what a conversion without verification costs on a tree of 5,000 files, beside reading all of it and
// parsing the relevant files with the TypeScript parser. `-- <files> <relevant> <classes> <rounds>` sets the sizes.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeLargeFile, writeTree } from './codemod-tree.mjs';

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const contestants = { convert, floor };
if (process.argv[2] in contestants) await contestants[process.argv[2]]();
else compare(process.argv.slice(2).map(Number));

function compare([files = 5000, relevant = 1000, classes = 200, rounds = 3]) {
  const root = mkdtempSync(join(tmpdir(), 'linen2nnx-codemod-speed-'));
  try {
    const paths = writeTree(root, { files, relevant, classes });
    const runs = Array.from({ length: rounds }, () => ({
      floor: measured(root, 'floor', paths),
      ours: measured(root, 'convert', []),
    }));
    const at = (pick) => median(runs.map(pick));
    const phases = Object.keys(runs[0].ours.phases);
    const work = phases.filter((phase) => phase !== 'format' && phase !== 'check');
    const own = at(({ ours }) => work.reduce((sum, phase) => sum + ours.phases[phase], 0));
    const floorTime = at(({ floor }) => floor.milliseconds);
    console.log(`${cpus()[0].model.trim()}, Node ${process.version}, ${rounds} rounds, CPU ms (medians)`);
    console.log(`${files} files, ${relevant} relevant, ${classes} classes; ${runs[0].ours.converted} units converted`);
    console.log(`reading all, parsing the relevant  ${floorTime.toFixed(0)}`);
    for (const phase of phases) console.log(`${phase.padEnd(34)} ${at(({ ours }) => ours.phases[phase]).toFixed(0)}`);
    console.log(`without format and check           ${own.toFixed(0)} = ${(own / floorTime).toFixed(2)}× the floor`);
    console.log(`files per second                   ${((files / own) * 1000).toFixed(0)}`);
    console.log(`peak memory                        ${at(({ ours }) => ours.megabytes).toFixed(0)} MB`);
  } finally {
    rmSync(root, { recursive: true });
  }
  for (const count of [25, 50, 100, 200]) largeFile(count);
}

/** The cost per class must stay flat as a file grows. */
function largeFile(count) {
  const root = mkdtempSync(join(tmpdir(), 'linen2nnx-codemod-speed-'));
  try {
    writeLargeFile(root, count);
    const { phases } = measured(root, 'convert', []);
    const own = Object.entries(phases).reduce(
      (sum, [name, ms]) => (['format', 'check'].includes(name) ? sum : sum + ms),
      0,
    );
    console.log(`${String(count).padStart(4)} classes in one file: ${(own / count).toFixed(2)} CPU ms a class`);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function measured(root, contestant, paths) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), contestant], {
    cwd: root,
    encoding: 'utf8',
    input: JSON.stringify(paths),
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Reads every file and parses those that import the package. */
async function floor() {
  const { ts } = await import('ts-morph');
  const wanted = new Set(JSON.parse(readFileSync(0, 'utf8')));
  const before = process.cpuUsage();
  for (const name of readdirSync('src', { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const path = join('src', name);
    const text = readFileSync(path, 'utf8');
    if (wanted.has(path)) ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  }
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ milliseconds: (user + system) / 1000 }));
}

/** A dry run in process; time by phase as the run tells of its progress. */
async function convert() {
  const { convertProject } = await import('../../dist/src/pipeline.js');
  const { defaultRunOptions } = await import('../../dist/src/pipeline/options.js');
  const phases = {};
  let phase = 'read';
  let last = process.cpuUsage();
  const turn = (next) => {
    const { user, system } = process.cpuUsage(last);
    phases[phase] = (phases[phase] ?? 0) + (user + system) / 1000;
    phase = next;
    last = process.cpuUsage();
  };
  const options = { ...defaultRunOptions, verify: 'off', write: false, allowDirty: true, allowNoVcs: true };
  const { report } = await convertProject(process.cwd(), options, (progress) => turn(progress.phase));
  turn('end');
  const converted = report.units.filter((unit) => unit.status !== 'left').length;
  console.log(JSON.stringify({ phases, converted, megabytes: process.resourceUsage().maxRSS / 1024 }));
}
