/** What is kept of one backend until another has run. */
type Values = ReadonlyMap<string, unknown>;

/** What both versions computed: outputs in both modes, and gradients. */
export interface BackendValues {
  readonly forward: { readonly linen: Values; readonly nnx: Values };
  readonly gradient: { readonly linen: Values; readonly nnx: Values };
}

/** Values of the first backend, kept until the others are run; by case. */
export type FirstBackend = Map<string, BackendValues>;
