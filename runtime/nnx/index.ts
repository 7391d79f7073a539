/** The new style: modules own their variables. Import it as `nnx`. */
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
  identity,
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
export type { Initializer, VarianceScalingDistribution, VarianceScalingMode } from '../random/initializers.js';
export * as bridge from './bridge/bridge.js';
export { capture } from './capture.js';
export { data, Dict, List, static } from './containers.js';
export {
  All,
  Any,
  Everything,
  type Filter,
  type FilterObject,
  type ModuleFilter,
  Not,
  Nothing,
  OfType,
  PathContains,
  PathIn,
  type Predicate,
  WithTag,
} from './filters.js';
export {
  type Applied,
  type AppliedModule,
  call,
  clone,
  graphdef,
  type GraphDef,
  map,
  merge,
  type MethodName,
  pop,
  split,
  state,
  update,
  variables,
} from './graphdef.js';
export { MultiHeadAttention } from './layers/attention.js';
export {
  type AttentionCallOptions,
  type AttentionFunction,
  type AttentionInputs,
  dotProductAttention,
  type DotProductAttentionOptions,
  dotProductAttentionWeights,
  type MultiHeadAttentionOptions,
} from './layers/attention-fields.js';
export { Conv, type ConvOptions } from './layers/conv.js';
export { ConvLocal, type ConvLocalOptions } from './layers/conv-local.js';
export { ConvTranspose, type ConvTransposeOptions } from './layers/conv-transpose.js';
export { Dropout, type DropoutOptions } from './layers/dropout.js';
export { Einsum, type EinsumOptions } from './layers/einsum.js';
export { Embed, type EmbedOptions } from './layers/embed.js';
export { ConvLSTMCell, type ConvLSTMCellOptions, MGUCell, type MGUCellOptions } from './layers/extension-cells.js';
export type { NormCallOptions, RngsOption } from './layers/fields.js';
export { Linear, type LinearOptions } from './layers/linear.js';
export { LinearGeneral, type LinearGeneralOptions } from './layers/linear-general.js';
export { LoRA, LoRALinear, type LoRALinearOptions, type LoRAOptions } from './layers/lora.js';
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
export { GRUCell, type GRUCellOptions, SimpleCell, type SimpleCellOptions } from './layers/recurrent-cells.js';
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
export { type AttributeValues, type CallableModule, type Layer, Module, type ModuleType } from './module.js';
export { ModelAndOptimizer, Optimizer } from './optimizer.js';
export { type Path, type PathPart, Pytree } from './pytree.js';
export { Rngs, type RngSource, RngStream } from './rngs.js';
export {
  asPure,
  filterState,
  type FlatState,
  fromFlatState,
  mapState,
  mergeState,
  type PureDict,
  replaceByPureDict,
  restoreIntPaths,
  splitState,
  type State,
  type StateInput,
  type StateNode,
  type States,
  toFlatState,
  toPureDict,
} from './state.js';
export { display } from './display.js';
export { EMA } from './ema.js';
export { findDuplicates, recursiveMap } from './graph-maps.js';
export { Metric, metrics, type MetricUpdate, MultiMetric, MultiMetricBase, type Statistics } from './metrics.js';
export { tabulate, type TabulateOptions } from './summary.js';
export { cond, switchBranch as switch } from './transforms/branches.js';
export { customVjp } from './transforms/custom-vjp.js';
export { jvp, vjp } from './transforms/derivatives.js';
export { evalShape } from './transforms/eval-shape.js';
export { foriLoop, whileLoop } from './transforms/loops.js';
export { PARTITION_NAME, setMetadata, withMetadata, withPartitioning } from './metadata.js';
export { forkRngs, restoreRngs, type RngBackups, splitRngs, type SplitRngsOptions } from './splitting.js';
export { reseed } from './streams.js';
export { type Axes, Carry, StateAxes } from './transforms/axes.js';
export { transformMetadata } from './transforms/partition.js';
export { remat } from './transforms/remat.js';
export { scan, type ScanOptions } from './transforms/scan.js';
export { type NnxVmapOptions, vmap } from './transforms/vmap.js';
export { type DiffArgnums, DiffState, grad, type Gradients, valueAndGrad } from './transforms/grad.js';
export { cachedPartial, jit, type JitOptions, jitPartial } from './transforms/jit.js';
export { Variable, type VariableMetadata, type VariableType } from './variable.js';
export {
  BatchStat,
  Cache,
  Intermediate,
  LoRAParam,
  MetricState,
  OptArray,
  OptState,
  OptVariable,
  Param,
  Perturbation,
  registerVariableName,
  RngCount,
  RngKey,
  RngState,
  variableNameFromType,
  variableTypeFromName,
} from './variable-types.js';
export { iterChildren, iterGraph, iterModules, view, type ViewAttributes, viewInfo, withAttributes } from './views.js';
