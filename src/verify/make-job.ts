/** From a converted unit to the plain data that the child process works on. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { joinImports } from '../ir/join-imports.js';
import { resolveSpecifier } from '../ir/specifier.js';
import type { ProjectModel } from '../ir/project.js';
import type { ModulePlan } from '../ir/module-plan.js';
import type { ProgramPlan } from '../ir/program.js';
import type { SourceModel } from '../ir/source.js';
import { casesOf } from './cases.js';
import type { LoaderData } from './child/loader.js';
import { compiledPackage } from './from-source.js';
import type { ClassJob, Job, ProgramJob } from './job.js';
import { programFunction } from './program-function.js';
import { programSettings } from './program-settings.js';
import { valueSpecs } from './program-values.js';
import type { ProjectTexts } from './project-modules.js';
import type { VerifiedUnit, VerifyOptions, VerifyRequest } from './request.js';
import { type Root, sliceFiles } from './slices.js';
import { markedWriter, traceSites } from './trace-job.js';

/** What the child is given, and the texts of the modules that it will ask for. */
export interface UnitJob {
  readonly job: Job;
  readonly texts: ProjectTexts;
}

/** All that is needed to check one unit. */
export function jobOf(request: VerifyRequest, unit: VerifiedUnit, options: VerifyOptions): UnitJob {
  const nnx = newProject(request);
  const caseFiles = findCaseFiles(request.root);
  const classes = unit.modules.map((plan) => classJob(request, { nnx, plan }));
  const programs = unit.programs.map((plan) => programJob(request, nnx, plan));
  const { seed, stages, steps, megabytes, backends } = options;
  const { manifest } = request;
  const loader = loaderData(request);
  const trace = traceSites(request.linen);
  const job: Job = { loader, backends, seed, stages, steps, megabytes, manifest, classes, trace, programs, caseFiles };
  return { job, texts: projectTexts(request, { nnx, roots: rootsOf(classes, unit.programs) }) };
}

/** The project as it is after the conversion. Class ids are those of the old program. */
function newProject({ linen, nnx }: VerifyRequest): ProjectModel {
  const known = new Set([...Object.keys(linen.sources), ...Object.keys(nnx)]);
  const files = { ...linen.modules.files };
  const sources = { ...linen.sources };
  for (const source of Object.values(nnx)) {
    const here = { ...linen.modules.files[source.path], ...newSpecifiers(source, known) };
    files[source.path] = here;
    sources[source.path] = joinImports(source, here);
  }
  return { ...linen, sources, modules: { ...linen.modules, files } };
}

/** Relative imports, which are all that a conversion adds within a project. */
function newSpecifiers(source: SourceModel, known: ReadonlySet<string>): { readonly [specifier: string]: string } {
  const found: { [specifier: string]: string } = {};
  for (const { import: origin } of Object.values(source.bindings)) {
    const file = origin === null ? null : resolveSpecifier(source.path, origin.specifier, { known, paths: [] });
    if (origin !== null && file !== null) found[origin.specifier] = file;
  }
  return found;
}

function classJob(
  { linen, root }: VerifyRequest,
  { nnx, plan }: { readonly nnx: ProjectModel; readonly plan: ModulePlan },
): ClassJob {
  const [path = '', name = ''] = plan.class.split('#');
  const cases = casesOf(linen, nnx, plan);
  return { class: plan.class, name, file: join(root, path), blob: plan.manifest.linen.blob, plan, cases };
}

function programJob({ linen, root }: VerifyRequest, nnx: ProjectModel, plan: ProgramPlan): ProgramJob {
  const program = programFunction(linen, plan.path, plan.name);
  const reached = program !== null && programFunction(nnx, plan.path, plan.name) !== null;
  const inner = plan.name.includes('.') ? 'it is declared inside another function' : 'it is no top-level function';
  return {
    plan,
    file: join(root, plan.path),
    unreachable: reached ? whyClosed(plan) : inner,
    values: program === null ? {} : valueSpecs(linen, plan, program),
    settings: programSettings(nnx, plan),
  };
}

/** State that the old function keeps in its file and that cannot be told apart from outside. */
function whyClosed({ closures }: ProgramPlan): string | null {
  const held = closures.find(({ role }) => role.role === 'trainState');
  return held === undefined ? null : `it reads the train state ${held.name} from outside, which cannot be set`;
}

function rootsOf(classes: readonly ClassJob[], programs: readonly ProgramPlan[]): readonly Root[] {
  const ofPrograms = programs.flatMap(({ path, name, models, params, closures }) => [
    { path, name },
    ...closures.map((each) => ({ path, name: each.name })),
    ...models.flatMap(({ linenName, nnxName }) => [linenName, nnxName].map((each) => ({ path, name: each }))),
    ...params.flatMap(({ role }) => ('tx' in role && role.tx !== null ? [{ path, name: role.tx }] : [])),
  ]);
  return [...classes.map(({ class: id, name }) => ({ path: id.split('#')[0]!, name })), ...ofPrograms];
}

function loaderData({ root }: VerifyRequest): LoaderData {
  const compiled = compiledPackage();
  const runtime = {
    folder: new URL('runtime/', compiled ?? new URL('../../', import.meta.url)).href,
    extension: compiled === null ? '.ts' : '.js',
    forced: import.meta.url.endsWith('.ts'),
  } as const;
  return { root, runtime };
}

function projectTexts(
  { root, linen, before, after }: VerifyRequest,
  { nnx, roots }: { readonly nnx: ProjectModel; readonly roots: readonly Root[] },
): ProjectTexts {
  const cut = new Set(linen.calls.map((each) => each.path));
  const absolute = (texts: { readonly [path: string]: string }): { [file: string]: string } =>
    Object.fromEntries(Object.entries(texts).map(([path, text]) => [join(root, path), text]));
  const tsconfig = join(root, 'tsconfig.json');
  const mark = markedWriter(linen);
  const whole = Object.values(linen.sources).map((each) => [
    each.path,
    mark(each, { start: 0, end: each.text.length }),
  ]);
  return {
    tsconfig: existsSync(tsconfig) ? tsconfig : null,
    overlay: {
      linen: absolute({ ...textsOf(linen.sources), ...before, ...sliceFiles(linen, roots, cut) }),
      trace: absolute({ ...Object.fromEntries(whole), ...sliceFiles(linen, roots, cut, mark) }),
      nnx: absolute({ ...textsOf(nnx.sources), ...after, ...sliceFiles(nnx, roots, cut) }),
    },
  };
}

function textsOf(sources: { readonly [path: string]: SourceModel }): { readonly [path: string]: string } {
  return Object.fromEntries(Object.values(sources).map(({ path, text }) => [path, text]));
}

function findCaseFiles(root: string): readonly string[] {
  const found: string[] = [];
  const visit = (folder: string): void => {
    for (const each of readdirSync(folder, { withFileTypes: true })) {
      if (each.name === 'node_modules' || each.name.startsWith('.')) continue;
      if (each.isDirectory()) visit(join(folder, each.name));
      else if (/\.cases\.[mc]?[tj]s$/.test(each.name)) found.push(join(folder, each.name));
    }
  };
  visit(root);
  return found.sort();
}
