/** From a converted unit to the plain data that the child process works on. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ProjectModel } from '../ir/project.js';
import type { ModulePlan } from '../ir/module-plan.js';
import type { ProgramPlan } from '../ir/program.js';
import type { SourceModel } from '../ir/source.js';
import { casesOf } from './cases.js';
import type { LoaderData } from './child/loader.js';
import type { ClassJob, Job, ProgramJob } from './job.js';
import { programFunction } from './program-function.js';
import { programSettings } from './program-settings.js';
import { valueSpecs } from './program-values.js';
import type { VerifiedUnit, VerifyOptions, VerifyRequest } from './request.js';
import { type Root, sliceFiles } from './slices.js';

/** All that the child needs for one unit. */
export function jobOf(request: VerifyRequest, unit: VerifiedUnit, options: VerifyOptions): Job {
  const nnx = newProject(request);
  const caseFiles = findCaseFiles(request.root);
  const classes = unit.modules.map((plan) => classJob(request, { nnx, plan }));
  const programs = unit.programs.map((plan) => programJob(request, nnx, plan));
  const { seed, stages, steps, megabytes, backends } = options;
  const loader = loaderData(request, { nnx, roots: rootsOf(classes, unit.programs) });
  return {
    loader,
    backends,
    seed,
    stages,
    steps,
    megabytes,
    manifest: request.manifest,
    classes,
    programs,
    caseFiles,
  };
}

/** The project as it is after the conversion. Class ids are those of the old program. */
function newProject({ linen, nnx }: VerifyRequest): ProjectModel {
  return { ...linen, sources: { ...linen.sources, ...nnx } };
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
    unreachable: reached ? null : inner,
    values: program === null ? {} : valueSpecs(linen, plan, program),
    settings: programSettings(nnx, plan),
  };
}

function rootsOf(classes: readonly ClassJob[], programs: readonly ProgramPlan[]): readonly Root[] {
  const ofPrograms = programs.flatMap(({ path, name, models, params }) => [
    { path, name },
    ...models.flatMap(({ linenName, nnxName }) => [linenName, nnxName].map((each) => ({ path, name: each }))),
    ...params.flatMap(({ role }) => ('tx' in role ? [{ path, name: role.tx }] : [])),
  ]);
  return [...classes.map(({ class: id, name }) => ({ path: id.split('#')[0]!, name })), ...ofPrograms];
}

function loaderData(
  { root, linen, before, after }: VerifyRequest,
  { nnx, roots }: { readonly nnx: ProjectModel; readonly roots: readonly Root[] },
): LoaderData {
  const cut = new Set(linen.calls.map((each) => each.path));
  const absolute = (texts: { readonly [path: string]: string }): { [file: string]: string } =>
    Object.fromEntries(Object.entries(texts).map(([path, text]) => [join(root, path), text]));
  const entry = new URL('../../runtime/', import.meta.url).href;
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const tsconfig = join(root, 'tsconfig.json');
  return {
    root,
    tsconfig: existsSync(tsconfig) ? tsconfig : null,
    overlay: {
      linen: absolute({ ...textsOf(linen.sources), ...before, ...sliceFiles(linen, roots, cut) }),
      nnx: absolute({ ...textsOf(nnx.sources), ...after, ...sliceFiles(nnx, roots, cut) }),
    },
    runtime: { folder: entry, extension, forced: extension === '.ts' },
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
