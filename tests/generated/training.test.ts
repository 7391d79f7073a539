/** Training programs, converted without the verifier and then run: what both versions log is the same, to the bit. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import ts from 'typescript';
import type { UnitReport } from '../../src/ir/report.js';
import { defaultRunOptions } from '../../src/pipeline/options.js';
import { convertProject } from '../../src/pipeline.js';
import { makeProject, packageRoot, readProject } from '../fixtures/temporary-project.js';
import { isLong } from '../long-run.js';
import { printTrainState } from './train-state-print.js';
import { printTraining } from './training-print.js';
import { trainingPrograms } from './training-program.js';

const seed = Number(process.env['LINEN2NNX_SEED'] ?? 1);
const count = Number(process.env['LINEN2NNX_PROGRAMS'] ?? (isLong ? 400 : 20));
const perProject = 10;
const build = process.env['LINEN2NNX_BUILD'];
const withBuild = build === undefined ? test.skip : test;

describe('generated training programs', () => {
  const sample = [3, 8].flatMap((length) => fc.sample(trainingPrograms(length), { seed, numRuns: count / 2 }));
  const groups = Array.from({ length: Math.ceil(sample.length / perProject) }, (_, i) =>
    sample.slice(i * perProject, (i + 1) * perProject),
  );
  const reasons = new Map<string, number>();
  let converted = 0;

  withBuild.each(groups.map((group, i) => [i * perProject, group] as const))(
    'from number %i on: the same log, or left with a reason',
    async (from, group) => {
      const texts = Object.fromEntries(
        group.map((program, i) => [
          `program${from + i}.ts`,
          program.state === 'loose' ? printTraining(program) : printTrainState(program),
        ]),
      );
      const project = makeProject(texts);
      try {
        const options = { ...defaultRunOptions, allowDirty: true, allowNoVcs: true, verify: 'off' } as const;
        const { report } = await convertProject(project.root, options, () => undefined);
        const after = readProject(project.root, Object.keys(texts));
        expect(report.units.flatMap(crashes)).toEqual([]);
        for (const unit of report.units) noteReasons(unit);
        const changed = Object.keys(texts).filter((path) =>
          report.units.some((unit) => unit.status === 'unverified' && unit.files.includes(path)),
        );
        converted += changed.length;
        const linen = run(project.root, 'linen', pick(texts, changed));
        const nnx = run(project.root, 'nnx', pick(after, changed));
        expect(nnx).toEqual(linen);
        for (const path of changed) expect([path, linen[path]]).toEqual([path, { log: expect.any(Array) }]);
      } finally {
        project.remove();
      }
    },
    600_000,
  );

  withBuild(
    'an update that is lost shows in the log',
    async () => {
      const steps = [{ kind: 'loop', count: 2, body: [{ kind: 'step', seed: 1 }] }] as const;
      const program = { state: 'loose', step: 'jit', result: 'tuple', start: 'pattern', inside: 'file' } as const;
      const texts = { 'program.ts': printTraining({ ...program, statements: steps }) };
      const project = makeProject(texts);
      try {
        const options = { ...defaultRunOptions, allowDirty: true, allowNoVcs: true, verify: 'off' } as const;
        await convertProject(project.root, options, () => undefined);
        const after = readProject(project.root, ['program.ts']);
        const lost = { 'program.ts': after['program.ts']!.replace('optimizer.update(model, grads);', '') };
        expect(lost).not.toEqual(after);
        const linen = run(project.root, 'linen', texts);
        expect(run(project.root, 'nnx', after)).toEqual(linen);
        expect(run(project.root, 'lost', lost)).not.toEqual(linen);
      } finally {
        project.remove();
      }
    },
    60_000,
  );

  withBuild('some programs are converted', () => {
    if (process.env['LINEN2NNX_REASONS'] === '1') console.log(converted, Object.fromEntries(reasons));
    expect(converted / sample.length).toBeGreaterThan(0.2);
  });

  function noteReasons({ findings }: UnitReport): void {
    for (const { code, severity } of findings) {
      if (severity !== 'note') reasons.set(code, (reasons.get(code) ?? 0) + 1);
    }
  }
});

/** The tool's own failures: an exception, text that does not parse or type-check. */
function crashes({ id, findings }: UnitReport): readonly string[] {
  return findings.filter(({ code }) => /^L2N49[1-9]/.test(code)).map(({ code, what }) => `${id} ${code}: ${what}`);
}

type Texts = { readonly [path: string]: string };

function pick(texts: Texts, paths: readonly string[]): Texts {
  return Object.fromEntries(paths.map((path) => [path, texts[path] ?? '']));
}

/** What each program logs; run in a process of its own against the build. */
function run(root: string, folder: string, texts: Texts): { readonly [path: string]: unknown } {
  mkdirSync(join(root, folder));
  const runner = join(root, folder, 'run-programs.mjs');
  copyFileSync(join(packageRoot, 'tests', 'generated', 'run-programs.mjs'), runner);
  const files = Object.entries(texts).map(([path, text]) => {
    const file = join(root, folder, path.replace(/\.ts$/, '.mjs'));
    writeFileSync(file, compiled(text));
    return [path, file] as const;
  });
  const { status, stdout, stderr } = spawnSync(process.execPath, [runner, ...files.map(([, file]) => file)], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(stderr);
  const found = JSON.parse(stdout) as { readonly [file: string]: unknown };
  return Object.fromEntries(files.map(([path, file]) => [path, found[file]]));
}

function compiled(text: string): string {
  const target = text.replaceAll(/'linen2nnx\/(\w+)'/g, (_, name: string) =>
    JSON.stringify(pathToFileURL(join(build ?? '', 'runtime', name, 'index.js')).href),
  );
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  return ts.transpileModule(target, { compilerOptions: options }).outputText;
}
