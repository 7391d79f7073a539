import { collections } from './collections.js';

/** Variable classes of NNX: those of the collections, and those that no collection has. */
export const variableClasses: readonly string[] = [
  ...collections.map(({ variable }) => variable),
  'Variable',
  'RngState',
  'RngKey',
  'RngCount',
  'LoRAParam',
];

/** Classes of NNX, layers apart, whose instances change when they are used. */
export const statefulClasses: readonly string[] = [
  'Optimizer',
  'ModelAndOptimizer',
  'Rngs',
  'MultiMetric',
  'Metric',
  'Module',
];

/** Random functions of TensorFlow.js, which draw from the host, and those of `jax.random` that take their place. */
export const hostRandom: { readonly [name: string]: string } = {
  randomUniform: 'uniform',
  randomNormal: 'normal',
  randomStandardNormal: 'normal',
  truncatedNormal: 'truncatedNormal',
  randomUniformInt: 'randint',
  randomGamma: 'gamma',
  multinomial: 'categorical',
  dropout: 'bernoulli',
  rand: 'uniform',
};
