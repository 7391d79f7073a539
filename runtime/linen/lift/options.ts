import type { Argnums, Axes, CheckpointPolicy, Options } from '../../core/tree-typing.js';
import type { MethodName } from '../signatures.js';
import type { CollectionFilter, Variables, VariablesInput } from '../variables.js';

/** Axis for each collection; `'...'` names the rest. */
export type CollectionAxes = { readonly [collection: string]: number | null };
/** Whether each stream's key is split along the mapped axis; `'...'` names the rest. */
export type SplitRngs = { readonly [stream: string]: boolean };

export interface MethodsOption<M> {
  /** Methods that are lifted. Default ['call']. */
  methods?: readonly MethodName<M>[] | undefined;
}

/** Which variables and keys pass through. */
export interface LiftOptions extends Options<{
  /** Collections. Default true. */
  variables: CollectionFilter;
  /** Streams. Default true. */
  rngs: CollectionFilter;
}> {}

/** Options of `scan`. */
export interface ScanOptions extends Options<{
  /** Collections that are stacked, and on which axis. Default {}. */
  variableAxes: CollectionAxes;
  /** Collections that all steps share. Default false. */
  variableBroadcast: CollectionFilter;
  /** Collections handed from step to step. Default false. */
  variableCarry: CollectionFilter;
  /** Streams, and whether each step gets its own key. Default {}. */
  splitRngs: SplitRngs;
  /** Scanned axis of each argument after the carry. Default 0. */
  inAxes: Axes;
  /** Axis on which outputs are stacked. Default 0. */
  outAxes: Axes;
  /** Number of steps. Default from the inputs. */
  length: number | null;
  /** Default false. */
  reverse: boolean;
  /** Default 1. */
  unroll: number;
  /** Applied to collections on their way in. */
  dataTransform: (variables: Variables) => VariablesInput;
  /** Default {}. */
  metadataParams: { readonly [name: string]: unknown };
  /** Default true. */
  checkConstancyInvariants: boolean;
}> {}

/** Options of `vmap`. */
export interface VmapOptions extends Options<{
  /** Mapped axis of each collection, null to share. Default {}. */
  variableAxes: CollectionAxes;
  /** Streams, and whether each example gets its own key. Default {}. */
  splitRngs: SplitRngs;
  /** Mapped axis of each argument, null to share. Default 0. */
  inAxes: Axes;
  /** Default 0. */
  outAxes: Axes;
  /** Length of the mapped axis. Default from the inputs. */
  axisSize: number | null;
  /** Default null. */
  axisName: string | null;
  /** Accepted, ignored. Default null. */
  spmdAxisName: string | null;
  /** Default {}. */
  metadataParams: { readonly [name: string]: unknown };
}> {}

/** Options of `jit`. */
export interface JitOptions
  extends
    LiftOptions,
    Options<{
      /** Arguments that are plain values; the module is 0. Default []. */
      staticArgnums: Argnums;
      /** Default []. */
      staticArgnames: string | readonly string[];
      /** Default []. */
      donateArgnums: Argnums;
    }> {}

/** Options of `remat`. */
export interface RematOptions
  extends
    LiftOptions,
    Options<{
      /** Default true. */
      preventCse: boolean;
      /** Arguments that are plain values; the module is 0. Default []. */
      staticArgnums: Argnums;
      /** Which intermediates to keep. Default none. */
      policy: CheckpointPolicy | null;
    }> {}

/** Options of `rematScan`. */
export interface RematScanOptions extends Options<{
  /** Default none. */
  policy: CheckpointPolicy | null;
  /** Default false. */
  variableBroadcast: CollectionFilter;
  /** Default false. */
  variableCarry: CollectionFilter;
  /** Default { '...': 0 }. */
  variableAxes: CollectionAxes;
  /** Default { '...': true }. */
  splitRngs: SplitRngs;
}> {}

/** Options of `mapVariables`. */
export interface MapVariablesOptions
  extends
    LiftOptions,
    Options<{
      /** Stored → seen by the module. Default identity. */
      transInFn: (variables: Variables) => VariablesInput;
      /** Written by the module → stored. Default identity. */
      transOutFn: (variables: Variables) => VariablesInput;
      /** Default false. */
      init: boolean;
      /** Default false. */
      mutable: boolean;
    }> {}
