/** The old style: stateless modules, variables passed in and out. Import it as `nn`. */
import '../jax/start.js';

export type { CheckpointPolicy, DType, FunctionTransform, Precision, Shape } from '../core/tree-typing.js';
export {
  type Activation,
  celu,
  elu,
  gelu,
  glu,
  hardSigmoid,
  hardSilu,
  hardSwish,
  hardTanh,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  logsumexp,
  oneHot,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softSign,
  standardize,
  standardize as normalize,
  swish,
  tanh,
} from '../functional/activations.js';
export type { Padding } from '../functional/convolution.js';
export { combineMasks, makeAttentionMask, makeCausalMask } from '../functional/masks.js';
export { avgPool, maxPool, minPool, pool, type PoolOptions } from '../functional/pooling.js';
export type { DimensionNumbers, DotGeneral } from '../functional/dense.js';
export type { PromoteDtype } from '../functional/dtype.js';
export type { EinsumFunction } from '../functional/einsum.js';
export type { LSTMCarry } from '../functional/recurrent.js';
export * as initializers from '../random/initializers.js';
export {
  type Initializer,
  ones,
  onesInit,
  type VarianceScalingDistribution,
  type VarianceScalingMode,
  zeros,
  zerosInit,
} from '../random/initializers.js';
export {
  compact,
  interceptMethods,
  type InterceptorContext,
  mergeParam,
  type MethodInterceptor,
  nowrap,
} from './compact.js';
export { copy, flattenDict, freeze, pop, unflattenDict, unfreeze } from './dicts.js';
export { apply, init, initWithOutput, tabulate } from './functions.js';
export { cond, switchBranch as switch, whileLoop } from './lift/branches.js';
export { customVjp, grad, jvp, valueAndGrad, vjp } from './lift/derivatives.js';
export { foldRngs, jit } from './lift/jit.js';
export { mapVariables } from './lift/map-variables.js';
export type {
  CollectionAxes,
  JitOptions,
  LiftOptions,
  MapVariablesOptions,
  RematOptions,
  RematScanOptions,
  ScanOptions,
  SplitRngs,
  VmapOptions,
} from './lift/options.js';
export { remat, remat as checkpoint, rematScan } from './lift/remat.js';
export { addMetadataAxis, namedCall } from './lift/metadata.js';
export { scan } from './lift/scan.js';
export { vmap } from './lift/vmap.js';
export { compactNameScope } from './name-scope.js';
export * as partitioning from './partitioning.js';
export { shareScope } from './share-scope.js';
export { MultiHeadAttention, MultiHeadDotProductAttention, SelfAttention } from './layers/attention.js';
export {
  type AttentionCallOptions,
  type AttentionFunction,
  type AttentionInputs,
  type AttentionOptions,
  dotProductAttention,
  type DotProductAttentionOptions,
  dotProductAttentionWeights,
} from './layers/attention-fields.js';
export { BatchApply } from './layers/batch-apply.js';
export { Dense, type DenseOptions } from './layers/dense.js';
export { DenseGeneral, type DenseGeneralOptions } from './layers/dense-general.js';
export { Conv, ConvLocal, type ConvOptions } from './layers/conv.js';
export { ConvLSTMCell, type ConvLSTMCellOptions } from './layers/conv-lstm.js';
export { ConvTranspose, type ConvTransposeOptions } from './layers/conv-transpose.js';
export { Dropout, type DropoutOptions } from './layers/dropout.js';
export { Einsum, type EinsumOptions } from './layers/einsum.js';
export { Embed, type EmbedOptions } from './layers/embed.js';
export type { NormCallOptions } from './layers/fields.js';
export { LSTMCell, OptimizedLSTMCell } from './layers/lstm.js';
export { BatchNorm, type BatchNormOptions, LayerNorm, type LayerNormOptions } from './layers/norm.js';
export {
  GroupNorm,
  type GroupNormOptions,
  InstanceNorm,
  type InstanceNormOptions,
  RMSNorm,
  type RMSNormOptions,
} from './layers/more-norms.js';
export { PReLU, type PReLUOptions } from './layers/prelu.js';
export { GRUCell, MGUCell, type MGUCellOptions, SimpleCell, type SimpleCellOptions } from './layers/recurrent-cells.js';
export {
  SpectralNorm,
  type SpectralNormOptions,
  WeightNorm,
  type WeightNormOptions,
} from './layers/reparametrization.js';
export {
  Bidirectional,
  type BidirectionalOptions,
  RNN,
  type RNNCallOptions,
  type RNNOptions,
  type RNNResult,
} from './layers/rnn.js';
export { type GatedCellOptions, RNNCellBase } from './layers/rnn-cell.js';
export { Sequential } from './layers/sequential.js';
export {
  type AnyInitializer,
  type AxisNames,
  broadcast,
  type LogicalRules,
  PARTITION_NAME,
  Partitioned,
  unbox,
  withLogicalConstraint,
  withLogicalPartitioning,
  withPartitioning,
} from './metadata.js';
export {
  type ApplyOptions,
  type ApplyResult,
  type CallableModule,
  type CaptureFilter,
  type InitOptions,
  type Layer,
  Module,
  type ModuleClass,
  type ModuleOptions,
  type TabulateOptions,
} from './module.js';
export type {
  CallArgs,
  CallResult,
  DefaultMethod,
  MethodArgs,
  MethodName,
  MethodResult,
  ModuleFunction,
  Scope,
  SharedArgs,
  TensorInit,
  Updates,
} from './signatures.js';
export {
  type Collection,
  type CollectionFilter,
  DenyList,
  type MutableCollection,
  type MutableVariables,
  type Params,
  type RngKeys,
  type VariableNode,
  type VariableRef,
  type Variables,
  type VariablesInput,
} from './variables.js';
