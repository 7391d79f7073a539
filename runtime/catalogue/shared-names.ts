/**
 * Names that `linen2nnx/linen` and `linen2nnx/nnx` both export with the same meaning: a reference moves by its prefix
 * alone. Members of a namespace (`initializers.zeros`) follow their first part.
 */
export const sharedNames: readonly string[] = [
  'initializers',
  'ones',
  'onesInit',
  'zeros',
  'zerosInit',
  'celu',
  'elu',
  'gelu',
  'glu',
  'hardSigmoid',
  'hardSilu',
  'hardSwish',
  'hardTanh',
  'leakyRelu',
  'logSigmoid',
  'logSoftmax',
  'logsumexp',
  'oneHot',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'silu',
  'softmax',
  'softplus',
  'softSign',
  'standardize',
  'swish',
  'tanh',
  'avgPool',
  'combineMasks',
  'dotProductAttention',
  'dotProductAttentionWeights',
  'makeAttentionMask',
  'makeCausalMask',
  'maxPool',
  'minPool',
  'pool',
];

/** Functions of Linen alone whose calls go: they give back an argument, or choose between two. */
export const annotations: { readonly [name: string]: { readonly becomes: 'argument' | 'choice' } } = {
  withLogicalConstraint: { becomes: 'argument' },
  withLogicalPartitioning: { becomes: 'argument' },
  withPartitioning: { becomes: 'argument' },
  mergeParam: { becomes: 'choice' },
};

/** Types of the same meaning in both. */
export const sharedTypes: readonly string[] = [
  'Activation',
  'Initializer',
  'VarianceScalingDistribution',
  'VarianceScalingMode',
  'DimensionNumbers',
  'DotGeneral',
  'EinsumFunction',
  'Padding',
  'PoolOptions',
  'PromoteDtype',
  'CheckpointPolicy',
  'DType',
  'Precision',
  'Shape',
  'Module',
  'Layer',
  'CallableModule',
  'AnyInitializer',
  'AxisNames',
];

/** Members of a Linen module that belong to the style, by what becomes of their use. */
export const moduleMembers = {
  /** They create or write variables. */
  state: ['param', 'variable', 'sow', 'makeRng'],
  /** They ask what exists. */
  probes: [
    'hasVariable',
    'getVariable',
    'putVariable',
    'isMutableCollection',
    'isInitializing',
    'hasRng',
    'variables',
    'scope',
    'name',
    'path',
    'parent',
    'perturb',
  ],
  /** Of these, what has one answer in a model that is there. */
  phase: ['hasVariable', 'isInitializing'],
  /** They run the module on other variables. */
  runs: ['init', 'initWithOutput', 'lazyInit', 'apply', 'bind', 'unbind', 'clone', 'copy', 'tabulate', 'modulePaths'],
} as const;

/** Members that every NNX module has: no attribute may take their names. */
export const nnxMembers: readonly string[] = ['train', 'eval', 'setAttributes', 'sow', 'perturb', 'constructor'];
