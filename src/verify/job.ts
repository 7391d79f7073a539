/** What goes to the child process and what comes back: plain data. */
import type { Manifest } from '../ir/manifest.js';
import type { ModulePlan } from '../ir/module-plan.js';
import type { ProgramPlan } from '../ir/program.js';
import type { ClassId } from '../ir/project.js';
import type { Stage, StageReport } from '../ir/report.js';
import type { TraceRun } from '../ir/trace.js';
import type { LoaderData, ModuleAnswer, ModuleQuestion } from './child/loader.js';
import type { Recipe } from './recipe.js';
import type { VerifyBackend } from './request.js';
import type { TraceSites } from './trace-job.js';

export interface Job {
  readonly loader: LoaderData;
  readonly backends: readonly VerifyBackend[];
  readonly seed: number;
  readonly stages: readonly Stage[];
  readonly steps: number;
  readonly megabytes: number;
  readonly manifest: Manifest;
  readonly classes: readonly ClassJob[];
  readonly trace: TraceSites;
  readonly programs: readonly ProgramJob[];
  /** Absolute paths of `*.cases.ts` files to ask for cases. */
  readonly caseFiles: readonly string[];
}

/** A class of the unit; one without cases is covered where it runs inside another. */
export interface ClassJob {
  readonly class: ClassId;
  readonly name: string;
  /** Absolute path, the same on both sides. */
  readonly file: string;
  readonly blob: string;
  readonly plan: ModulePlan;
  readonly cases: readonly Case[];
}

export interface Case {
  /** Where it was found: `src/train.ts:12`, `src/model.cases.ts`. */
  readonly from: string;
  /** Arguments of the old constructor. */
  readonly construct: readonly Recipe[];
  /** New leading arguments as the new text writes them at this place; null where they have to be found from shapes. */
  readonly sizes: readonly number[] | null;
  /** Arguments of the method. */
  readonly args: readonly Recipe[];
  readonly method: string;
}

export interface ProgramJob {
  readonly plan: ProgramPlan;
  readonly file: string;
  /** Names exported by the sliced module on each side, or why the program cannot be reached. */
  readonly unreachable: string | null;
  /** For each old parameter that both sides take: how to make it. */
  readonly values: { readonly [parameter: number]: ValueSpec };
  /** The settings under which the new program runs, one for each way its callers prepare the model. */
  readonly settings: readonly ProgramSetting[];
}

/** A value argument, by what the program does with it. */
export type ValueSpec =
  /** Goes into the model as argument `argument` of class `class`. */
  | { readonly wants: 'input'; readonly class: ClassId; readonly argument: number }
  /** Integers below the last axis of the model's output, in the shape of its other axes. */
  | { readonly wants: 'classes' }
  /** Floats in the shape of the model's output. */
  | { readonly wants: 'likeOutput' }
  | { readonly wants: 'recipe'; readonly recipe: Recipe }
  | { readonly wants: 'record'; readonly entries: { readonly [name: string]: ValueSpec } }
  | { readonly wants: 'list'; readonly items: readonly ValueSpec[] }
  /** A tensor nothing is known about: tried as labels, targets and inputs. */
  | { readonly wants: 'unknown'; readonly name: string };

export interface ProgramSetting {
  /** Where the callers are, for the report. */
  readonly from: string;
  readonly models: { readonly [name: string]: ModeSetting };
  /** Filter class of the optimizer's `wrt`, by model. */
  readonly wrt: { readonly [model: string]: string };
}
export type ModeSetting =
  | { readonly set: 'asMade' | 'train' | 'eval' }
  | { readonly set: 'view'; readonly attributes: { readonly [name: string]: boolean } };

export type ChildMessage =
  | { readonly message: 'ready' }
  | { readonly message: 'ask'; readonly id: number; readonly question: ModuleQuestion }
  | { readonly message: 'stage'; readonly report: StageReport }
  /** All stages are known; runs of the old program on shapes follow. */
  | { readonly message: 'done' }
  | { readonly message: 'run'; readonly run: TraceRun }
  | { readonly message: 'traced' }
  /** The child could not go on; `code` is of the catalogue. */
  | { readonly message: 'stopped'; readonly code: string; readonly reason: string };

export type ParentMessage =
  | { readonly message: 'job'; readonly job: Job }
  | { readonly message: 'answer'; readonly id: number; readonly answer: ModuleAnswer };
