/** What the catalogue's operations do to shapes. */
import type { OpRule } from '../../../runtime/catalogue/ops.js';
import { constant, divide, one, subtract, zero } from '../dim.js';
import type { Value } from '../machine.js';
import { einsum, matMul, outerProduct } from './contraction.js';
import { broadcast, reduce } from './elementwise.js';
import type { Args, RuleContext } from './operand.js';
import { isMissing, isTrue, isUndecided, itemsOf, notTensor, onShape, onShapes } from './operand.js';
import { create, flatten, nestedSizes, reshape } from './reshape.js';
import {
  axisOf,
  computedAxis,
  concat,
  expandDims,
  gather,
  pad,
  resize,
  slice,
  split,
  squeeze,
  stack,
  tile,
  transpose,
  unknownLength,
  unstack,
} from './restructure.js';
import { pool } from './window.js';
import { addAxis, open, withAxis } from '../shape.js';
import { dimOf, isAbsent, option, tensor, unknown } from '../value.js';

/** Rules that need no interpreter; `run` and `lift` are the caller's. */
export type ShapeOp = Exclude<OpRule, { readonly rule: 'run' | 'lift' }>;

export function applyOp(rule: ShapeOp, args: Args, context: RuleContext): Value {
  switch (rule.rule) {
    case 'same':
      return onShape(args[rule.of], tensor);
    case 'broadcast':
      return meetAll(
        rule.operands.map((at) => args[at]),
        context,
      );
    case 'broadcastList':
      return args[0]?.kind === 'array' ? meetAll(args[0].items, context) : notTensor(args[0]);
    case 'reduce':
      return onShape(args[0], (shape) => reduced(rule, args, () => shape));
    case 'matMul':
      return matMul(args, context);
    case 'outerProduct':
      return outerProduct(args);
    case 'einsum':
      return einsum(args, context);
    case 'pool':
      return onShape(args[0], (shape) => pool(shape, args, context));
    case 'pass':
      return args[rule.of] ?? unknown('L2N316', 'an argument is missing');
    case 'merge':
      return merge(args[rule.operands[0]], args[rule.operands[1]]);
    case 'token':
      return unknown('L2N310', 'a key is no tensor');
    default:
      return isCreation(rule) ? applyCreation(rule, args) : restructure(rule, args, context);
  }
}

type Creation = Extract<ShapeOp, { readonly rule: 'create' | 'values' | 'scalar' | 'range' | 'linspace' | 'eye' }>;
const creations: readonly string[] = ['create', 'values', 'scalar', 'range', 'linspace', 'eye'];

function isCreation(rule: ShapeOp): rule is Creation {
  return creations.includes(rule.rule);
}

function applyCreation(rule: Creation, args: Args): Value {
  switch (rule.rule) {
    case 'create':
      if (rule.optional && isMissing(args[rule.shape])) return tensor([]);
      return create(args[rule.shape]);
    case 'values':
      return itemsOf(args[1])?.length ? create(args[1]) : nestedSizes(args[0]);
    case 'scalar':
      return tensor([]);
    case 'range':
      return rangeLength(args);
    case 'linspace':
      return tensor([dimOf(args[2]) ?? unknownLength('a linspace')]);
    case 'eye': {
      const rows = dimOf(args[0]) ?? unknownLength('an identity matrix');
      return tensor([rows, isMissing(args[1]) ? rows : (dimOf(args[1]) ?? unknownLength('an identity matrix'))]);
    }
  }
}

type Restructure = Exclude<
  ShapeOp,
  | Creation
  | {
      readonly rule:
        | 'same'
        | 'broadcast'
        | 'broadcastList'
        | 'reduce'
        | 'matMul'
        | 'outerProduct'
        | 'einsum'
        | 'pool'
        | 'pass'
        | 'merge'
        | 'token';
    }
>;

function restructure(rule: Restructure, args: Args, context: RuleContext): Value {
  if (rule.rule === 'concat') return concat(args, context);
  if (rule.rule === 'stack') return stack(args);
  return onShape(args[0], (shape) => {
    switch (rule.rule) {
      case 'reshape':
        return reshape(shape, args[1]);
      case 'flatten':
        return flatten(shape);
      case 'transpose':
        return transpose(shape, args[1], context);
      case 'expandDims':
        return expandDims(shape, args[1]);
      case 'squeeze':
        return squeeze(shape, args[1]);
      case 'unstack':
        return unstack(shape, args[1], context);
      case 'split':
        return split(shape, args, context);
      case 'slice':
        return slice(shape, args, context);
      case 'gather':
        return gather(shape, args);
      case 'tile':
        return tile(shape, args[1]);
      case 'pad':
        return pad(shape, args[1]);
      case 'resize':
        return resize(shape, args[1]);
      case 'append':
        return tensor(addAxis(shape, -1, dimOf(args[rule.size]) ?? unknownLength('an axis')));
      case 'topk':
        return named(['values', 'indices'], tensor(withAxis(shape, -1, dimOf(args[1]) ?? one)), context);
      case 'halve':
        return halve(shape, args[1]);
      case 'mask':
        return mask(args[rule.queries], args[rule.keys]);
    }
  });
}

function meetAll(values: readonly (Value | undefined)[], context: RuleContext): Value {
  return onShapes(values, (shapes) => tensor(shapes.reduce((left, right) => broadcast(left, right, context))));
}

function reduced(
  rule: Extract<ShapeOp, { rule: 'reduce' }>,
  args: Args,
  shape: () => Parameters<typeof reduce>[0],
): Value {
  const keep = rule.keepDims === null ? undefined : args[rule.keepDims];
  if (isUndecided(keep)) return unknown('L2N316', 'a reduction keeps its axes on a condition');
  const given = args[rule.axis];
  const axis: Value | undefined = isMissing(given) && rule.missing === 0 ? { kind: 'number', dim: zero } : given;
  const result = reduce(shape(), axis, isTrue(keep));
  return rule.results === null ? result : named(rule.results, result, null);
}

function named(names: readonly string[], value: Value, context: RuleContext | null): Value {
  return {
    kind: 'record',
    id: context?.identity() ?? -1,
    properties: new Map(names.map((name) => [name, value])),
  };
}

function rangeLength(args: Args): Value {
  const [start, stop, step] = args.map(dimOf);
  const regular = isMissing(args[2]) || (step != null && step.key === constant(1).key);
  if (!regular || start == null || stop == null) return tensor([unknownLength('a range')]);
  return tensor([subtract(stop, start)]);
}

function halve(shape: Parameters<typeof withAxis>[0], options: Value | undefined): Value {
  const at = axisOf(option(options, 'axis'), -1);
  if (at === null) return computedAxis();
  return tensor(withAxis(shape, at, divide(shape.axis(at), constant(2))));
}

function mask(queries: Value | undefined, keys: Value | undefined): Value {
  return onShapes([queries, keys], ([q = open(() => one), k = open(() => one)]) => {
    const last = [one, q.axis(-1), k.axis(-1)];
    if (q.dims === null) return tensor(open((index) => last[last.length + index] ?? q.axis(index + 2)));
    return tensor([...q.dims.slice(0, -1), ...last]);
  });
}

function merge(a: Value | undefined, b: Value | undefined): Value {
  const present = [a, b].filter((each) => each !== undefined && !isAbsent(each));
  return present[0] ?? unknown('L2N310', 'both values are absent');
}
