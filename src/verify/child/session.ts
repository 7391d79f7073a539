/** What both versions of a program keep between calls. */
import type { ClassId } from '../../ir/project.js';
import type { ClassJob, ProgramJob } from '../job.js';
import type { Context } from './context.js';
import type { Trace } from './observe.js';
import type { LinenInstance, NnxModel } from './pair.js';

export interface SessionModel {
  readonly classId: ClassId;
  readonly linen: LinenInstance;
  /** The old program's variables now. */
  variables: { [collection: string]: object };
  readonly nnx: NnxModel;
  /** What the program is given: the model, or a view of it. */
  readonly passed: NnxModel;
  /** Shape of the model's output, and the batch of the inputs. */
  readonly output: readonly number[];
}
export interface Session {
  readonly context: Context;
  readonly job: ProgramJob;
  /** The old file, as it is now: names that it sets change here. */
  readonly linen: Exports;
  readonly classes: readonly ClassJob[];
  readonly models: ReadonlyMap<string, SessionModel>;
  /** Optimizer states of the old program, by model and transformation. */
  readonly optStates: Map<string, unknown>;
  /** Train states of the old program, by model. */
  readonly trainStates: Map<string, object>;
  readonly optimizers: ReadonlyMap<string, object>;
  readonly programs: { readonly linen: Program; readonly nnx: Program };
}
export type Program = (...args: unknown[]) => unknown;
export type Exports = { readonly [name: string]: unknown };

export interface Called {
  readonly result: unknown;
  readonly trace: Trace;
  /** Tensors more than before the call, the returned ones not counted. */
  readonly growth: number;
}
