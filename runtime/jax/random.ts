/** Keys in, numbers out; bit for bit as JAX's partitionable threefry. Shapes default to `[]`. */
export { foldIn, key, keyData, PRNGKey, split, wrapKeyData } from '../random/keys.js';
export { bernoulli, bits, normal, randint, truncatedNormal, uniform } from '../random/distributions.js';
export { categorical, choice, gumbel, permutation } from '../random/choices.js';
