/**
 * Functions that programs call on tensors, and what each does to shapes. Arguments are named by position. A function
 * that is not here gives a result of unknown shape, nothing worse.
 */
import { jaxModule, linenModule, nnxModule } from './modules.js';

export interface OpRecord {
  readonly library: OpLibrary;
  /** Dotted below the library's namespace: `image.resizeBilinear`, `random.normal`. */
  readonly names: readonly string[];
  readonly rule: OpRule;
  /** How the tensor itself is passed when the function is called as its method: first, or first of a list; null: no method. */
  readonly method: 'first' | 'list' | null;
}
export type OpLibrary = 'tfjs' | 'jax' | 'module';

export type OpRule =
  /** The shape of one argument. */
  | { readonly rule: 'same'; readonly of: number }
  /** Elementwise over these arguments, with broadcasting. */
  | { readonly rule: 'broadcast'; readonly operands: readonly number[] }
  /** Elementwise over a list of tensors. */
  | { readonly rule: 'broadcastList' }
  /** Axes go (or stay as 1); `missing` says which when none is given. */
  | {
      readonly rule: 'reduce';
      readonly axis: number;
      readonly keepDims: number | null;
      readonly missing: 'all' | 0;
      /** Results by name; null for the tensor itself. */
      readonly results: readonly string[] | null;
    }
  /** A new tensor; the shape is an argument. `optional`: a scalar without it. */
  | { readonly rule: 'create'; readonly shape: number; readonly optional: boolean }
  /** A new tensor from nested arrays, or from flat values and a shape. */
  | { readonly rule: 'values' }
  | { readonly rule: 'scalar' }
  /** A vector: from start (exclusive of stop), of a given length, or an identity matrix. */
  | { readonly rule: 'range' }
  | { readonly rule: 'linspace' }
  | { readonly rule: 'eye' }
  | { readonly rule: 'reshape' }
  | { readonly rule: 'flatten' }
  | { readonly rule: 'transpose' }
  | { readonly rule: 'expandDims' }
  | { readonly rule: 'squeeze' }
  | { readonly rule: 'concat' }
  | { readonly rule: 'stack' }
  | { readonly rule: 'unstack' }
  | { readonly rule: 'split' }
  | { readonly rule: 'slice' }
  | { readonly rule: 'gather' }
  | { readonly rule: 'tile' }
  | { readonly rule: 'pad' }
  | { readonly rule: 'topk' }
  /** An axis of the size an argument gives, appended. */
  | { readonly rule: 'append'; readonly size: number }
  | { readonly rule: 'matMul' }
  | { readonly rule: 'outerProduct' }
  | { readonly rule: 'einsum' }
  /** Height and width become the given pair. */
  | { readonly rule: 'resize' }
  /** A gate: the axis (option `axis`, default -1) is halved. */
  | { readonly rule: 'halve' }
  /** Window over the spatial axes; strides and padding positional or in an options object. */
  | { readonly rule: 'pool'; readonly options: 'positional' | 'object' }
  /** Attention masks: `[batch, 1, queries, keys]` from vectors of the two lengths. */
  | { readonly rule: 'mask'; readonly queries: number; readonly keys: number }
  /** Gives back an argument, of whatever kind it is. */
  | { readonly rule: 'pass'; readonly of: number }
  /** Whichever of two arguments is present. */
  | { readonly rule: 'merge'; readonly operands: readonly [number, number] }
  /** Calls its last argument and gives back the result. */
  | { readonly rule: 'run' }
  /** A class or function with axes lifted: what it does to the arguments of a call. */
  | { readonly rule: 'lift'; readonly lift: 'scan' | 'vmap' | 'same' }
  /** A key, an initializer: no tensor, and never a size. */
  | { readonly rule: 'token' };

const both = { rule: 'broadcast', operands: [0, 1] } as const;
const same = { rule: 'same', of: 0 } as const;
const record =
  (library: OpLibrary, method: OpRecord['method']) =>
  (names: string, rule: OpRule): OpRecord => ({ library, names: names.split(' '), rule, method });
const tensorOp = record('tfjs', 'first');
const tfOnly = record('tfjs', null);
const jaxOp = record('jax', null);
const moduleOp = record('module', null);
const reduce = (axis: number, keepDims: number | null): OpRule => ({
  rule: 'reduce',
  axis,
  keepDims,
  missing: 'all',
  results: null,
});

const activations =
  'relu relu6 gelu silu swish leakyRelu elu celu selu softplus softSign sigmoid logSigmoid hardSigmoid hardSilu hardSwish hardTanh tanh identity softmax logSoftmax standardize';

export const ops: readonly OpRecord[] = [
  tensorOp(
    'relu relu6 leakyRelu elu selu tanh sigmoid softplus exp expm1 log log1p sqrt rsqrt square abs neg sign sin cos tan asin acos atan sinh cosh asinh acosh atanh erf floor ceil round reciprocal isNaN isInf isFinite logicalNot step clipByValue cast toFloat toInt toBool asType softmax logSoftmax logSigmoid cumsum cumprod reverse zerosLike onesLike clone prelu',
    same,
  ),
  tfOnly('keep dropout image.flipLeftRight linalg.bandPart variable', same),
  tensorOp(
    'add sub mul div divNoNan maximum minimum pow mod floorDiv squaredDifference atan2 equal notEqual greater greaterEqual less lessEqual logicalAnd logicalOr logicalXor',
    both,
  ),
  tfOnly('where', { rule: 'broadcast', operands: [0, 1, 2] }),
  tfOnly('addN', { rule: 'broadcastList' }),
  tensorOp('sum mean max min prod any all logSumExp', reduce(1, 2)),
  tensorOp('norm', reduce(2, 3)),
  tensorOp('argMax argMin', { rule: 'reduce', axis: 1, keepDims: null, missing: 0, results: null }),
  tfOnly('moments', { rule: 'reduce', axis: 1, keepDims: 2, missing: 'all', results: ['mean', 'variance'] }),
  tfOnly('zeros ones fill randomNormal randomUniform randomStandardNormal randomUniformInt truncatedNormal', {
    rule: 'create',
    shape: 0,
    optional: false,
  }),
  tensorOp('broadcastTo', { rule: 'create', shape: 1, optional: false }),
  tfOnly('tensor tensor1d tensor2d tensor3d tensor4d tensor5d', { rule: 'values' }),
  tfOnly('scalar', { rule: 'scalar' }),
  tfOnly('range', { rule: 'range' }),
  tfOnly('linspace', { rule: 'linspace' }),
  tfOnly('eye', { rule: 'eye' }),
  tensorOp('reshape', { rule: 'reshape' }),
  record('tfjs', 'first')('flatten', { rule: 'flatten' }),
  tensorOp('transpose', { rule: 'transpose' }),
  tensorOp('expandDims', { rule: 'expandDims' }),
  tensorOp('squeeze', { rule: 'squeeze' }),
  record('tfjs', 'list')('concat', { rule: 'concat' }),
  record('tfjs', 'list')('stack', { rule: 'stack' }),
  tensorOp('unstack', { rule: 'unstack' }),
  tensorOp('split', { rule: 'split' }),
  tensorOp('slice', { rule: 'slice' }),
  tensorOp('gather', { rule: 'gather' }),
  tensorOp('tile', { rule: 'tile' }),
  tensorOp('pad', { rule: 'pad' }),
  tensorOp('topk', { rule: 'topk' }),
  tfOnly('oneHot', { rule: 'append', size: 1 }),
  tensorOp('matMul', { rule: 'matMul' }),
  tfOnly('outerProduct', { rule: 'outerProduct' }),
  tfOnly('einsum', { rule: 'einsum' }),
  tfOnly('image.resizeBilinear image.resizeNearestNeighbor', { rule: 'resize' }),
  tensorOp('avgPool maxPool', { rule: 'pool', options: 'positional' }),
  tfOnly('tidy', { rule: 'run' }),
  tfOnly('print', { rule: 'token' }),

  moduleOp(activations, same),
  moduleOp('glu', { rule: 'halve' }),
  moduleOp('avgPool maxPool minPool', { rule: 'pool', options: 'object' }),
  moduleOp('makeAttentionMask', { rule: 'mask', queries: 0, keys: 1 }),
  moduleOp('makeCausalMask', { rule: 'mask', queries: 0, keys: 0 }),
  moduleOp('withLogicalConstraint', { rule: 'pass', of: 0 }),
  moduleOp('mergeParam', { rule: 'merge', operands: [1, 2] }),
  moduleOp('compact nowrap jit remat checkpoint namedCall foldRngs', { rule: 'lift', lift: 'same' }),
  moduleOp('scan', { rule: 'lift', lift: 'scan' }),
  moduleOp('vmap', { rule: 'lift', lift: 'vmap' }),

  jaxOp(
    activations
      .split(' ')
      .map((each) => `nn.${each}`)
      .join(' '),
    same,
  ),
  jaxOp('nn.glu', { rule: 'halve' }),
  jaxOp('nn.oneHot', { rule: 'append', size: 1 }),
  jaxOp('stopGradient checkpointName lax.stopGradient lax.withShardingConstraint jit checkpoint', {
    rule: 'pass',
    of: 0,
  }),
  jaxOp('lax.rsqrt', same),
  jaxOp('random.key random.PRNGKey random.split random.foldIn', { rule: 'token' }),
  jaxOp('random.normal random.uniform random.gumbel random.bits', { rule: 'create', shape: 1, optional: true }),
  jaxOp('random.randint', { rule: 'create', shape: 1, optional: false }),
  jaxOp('random.bernoulli', { rule: 'create', shape: 2, optional: true }),
  jaxOp('random.truncatedNormal', { rule: 'create', shape: 3, optional: true }),
];

const libraries: { readonly [module: string]: OpLibrary } = {
  '@tensorflow/tfjs': 'tfjs',
  '@tensorflow/tfjs-core': 'tfjs',
  '@tensorflow/tfjs-node': 'tfjs',
  '@tensorflow/tfjs-node-gpu': 'tfjs',
  [jaxModule]: 'jax',
  [linenModule]: 'module',
  [nnxModule]: 'module',
};
const byName = new Map(ops.flatMap((each) => each.names.map((name) => [`${each.library}:${name}`, each] as const)));

/** The record of a library function; undefined for one that has no rule, or another library's. */
export function opOf(module: string, name: string): OpRecord | undefined {
  const library = libraries[module];
  return library === undefined ? undefined : byName.get(`${library}:${name}`);
}

/** The record of a tensor's method. */
export function tensorMethod(name: string): OpRecord | undefined {
  const record = byName.get(`tfjs:${name}`);
  return record?.method === null ? undefined : record;
}
