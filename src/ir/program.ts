/** A converted function that ran the model: how the verifier calls both versions of it. */
import type { ClassId, SiteId } from './project.js';
import type { SourcePath } from './source.js';

/**
 * A function (or method) of the old program that held `init` or `apply` sites, and what became of its parameters and
 * results. `name` is a dotted path of declarations: `trainStep`, `makeTrainer.step`.
 */
export interface ProgramPlan {
  readonly id: string;
  readonly path: SourcePath;
  readonly name: string;
  readonly calls: readonly SiteId[];
  /** Model instances it runs: the class, and the local or outer name on each side. */
  readonly models: readonly ProgramModel[];
  readonly params: readonly ProgramParam[];
  /** Names of the old file that hold state which the function reads from outside, or sets. */
  readonly closures: readonly ProgramClosure[];
  readonly results: ProgramResult;
  /** The mode the Linen side ran its model in; both when several sites differ. */
  readonly mode: 'training' | 'evaluation' | 'both' | 'none';
}
export interface ProgramModel {
  readonly class: ClassId;
  readonly linenName: string;
  readonly nnxName: string;
  /** `closure`: read from outside the function · `parameter`: passed in. */
  readonly via: 'closure' | 'parameter';
}

export interface ProgramClosure {
  readonly name: string;
  readonly role: ParamRole;
}

/** One parameter of the old or the new function, by position on each side (null where it is absent). */
export interface ProgramParam {
  readonly linen: number | null;
  readonly nnx: number | null;
  readonly name: string;
  readonly role: ParamRole;
}
export type ParamRole =
  /** The same value is passed to both. */
  | { readonly role: 'value' }
  /** A key; `stream` as in `rngs: { dropout: key }`. */
  | { readonly role: 'key'; readonly stream: string | null }
  /** Variables of a model: one collection, or all of them (`null`). */
  | { readonly role: 'variables'; readonly model: string; readonly collection: string | null }
  /** The model itself (NNX side, or both). */
  | { readonly role: 'model'; readonly model: string }
  /** State of an optimizer over `model`, made with the transformation named. */
  | { readonly role: 'optState'; readonly model: string; readonly tx: string }
  /** `nnx.Optimizer` (NNX side); `tx` is null where the old program has it inside a train state: any will do. */
  | { readonly role: 'optimizer'; readonly model: string; readonly tx: string | null }
  /** A `TrainState` over `model` (Linen side), with what its fields hold. */
  | { readonly role: 'trainState'; readonly model: string; readonly fields: { readonly [name: string]: ParamRole } };

/** What is returned, on each side, as places of the returned tuple or record; `[]` is the whole value. */
export interface ProgramResult {
  readonly parts: readonly ProgramPart[];
}
export interface ProgramPart {
  readonly linen: readonly (string | number)[] | null;
  readonly nnx: readonly (string | number)[] | null;
  readonly role: ParamRole;
}
