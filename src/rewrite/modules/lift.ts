/** What is known of a lifted module. */
import type { TransformRecord } from '../../../runtime/catalogue/record.js';
import type { Declarator, Expression, VariableStatement } from '../../ir/syntax.js';

/** How the class of a submodule is lifted. */
export interface Lifting {
  /** Outermost first; never empty. */
  readonly levels: readonly LiftLevel[];
  /** The class as the text names it. */
  readonly class: Expression;
  /** Wished name of the function that takes its place: that of the constant, `scanBlock`. */
  readonly name: string;
  /** Constants that hold a lifted class. */
  readonly constants: readonly LiftConstant[];
}
export interface LiftLevel {
  readonly record: TransformRecord;
  readonly options: ReadonlyMap<string, Expression>;
}
export interface LiftConstant {
  readonly statement: VariableStatement;
  readonly declarator: Declarator;
}

/** Axis of a collection: its number, null where all steps share it, `carry` where it goes from step to step. */
export type StateAxis = number | null | 'carry';

export interface LiftAxes {
  /** By filter, the rest (`'...'`) last. */
  readonly state: readonly (readonly [filter: string, axis: StateAxis])[];
  /** The variables exist once for each step: their number; null where there is one module. */
  readonly count: Expression | null;
}
