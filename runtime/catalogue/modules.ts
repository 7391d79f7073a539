/** Import specifiers of the two styles and their companions. */
export const packageName = 'linen2nnx';
export const linenModule = 'linen2nnx/linen';
export const nnxModule = 'linen2nnx/nnx';
export const jaxModule = 'linen2nnx/jax';
export const optaxModule = 'linen2nnx/optax';
export const trainingModule = 'linen2nnx/training';
/** The name each module's namespace import goes by. */
export const namespaceNames: { readonly [module: string]: string } = {
  [linenModule]: 'nn',
  [nnxModule]: 'nnx',
  [jaxModule]: 'jax',
  [optaxModule]: 'optax',
};
