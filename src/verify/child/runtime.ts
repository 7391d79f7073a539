/** The runtime as the child loads it: the user's copy, once. */
export interface Runtime {
  readonly tf: typeof import('@tensorflow/tfjs');
  readonly jax: typeof import('../../../runtime/jax/index.js');
  readonly linen: typeof import('../../../runtime/linen/index.js');
  readonly nnx: typeof import('../../../runtime/nnx/index.js');
  readonly optax: typeof import('../../../runtime/optax/index.js');
  readonly training: typeof import('../../../runtime/training/index.js');
  readonly observer: typeof import('../../../runtime/core/observer.js');
  readonly trees: typeof import('../../../runtime/core/tree.js');
  readonly backends: typeof import('../../../runtime/backends/select.js');
}

/** Loads every part through the module hooks, so that user code and the verifier share them. */
export async function loadRuntime(): Promise<Runtime> {
  const [tf, jax, linen, nnx, optax, training] = await Promise.all([
    import('@tensorflow/tfjs'),
    import('linen2nnx/jax'),
    import('linen2nnx/linen'),
    import('linen2nnx/nnx'),
    import('linen2nnx/optax'),
    import('linen2nnx/training'),
  ]);
  const [observer, trees, backends] = await Promise.all(
    ['core/observer', 'core/tree', 'backends/select'].map((part) => import(beside(part))),
  );
  return { tf, jax, linen, nnx, optax, training, observer, trees, backends } as Runtime;
}

/** Parts without a public entry lie beside one that has. */
function beside(part: string): string {
  const entry = import.meta.resolve('linen2nnx/nnx');
  return new URL(`../${part}${entry.slice(entry.lastIndexOf('.'))}`, entry).href;
}
