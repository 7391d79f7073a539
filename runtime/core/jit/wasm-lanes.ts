import type * as tf from '@tensorflow/tfjs';
import type { ChainArgument } from './chain.js';
import type { Local } from './wasm-code.js';
import type { Lanes } from './wasm-math.js';
import { exponential, exponentialMinusOne, hyperbolicTangent, logarithm, sigmoid } from './wasm-math.js';

/** Four values of a chain: numbers, flags as masks, or integers. */
export interface Lane {
  readonly kind: 'float' | 'mask' | 'integer';
  readonly local: Local;
  /** Of a constant. */
  readonly value?: number;
}

/** How one kernel is written. */
export interface LaneOperation {
  /** Whether it can be, beyond its dtypes. */
  readonly fits?: (attrs: object, args: readonly ChainArgument[]) => boolean;
  write(lanes: Lanes, args: readonly Lane[], step: { readonly attrs: object; readonly dtype: tf.DataType }): Lane;
}

/** The numbers of a lane; flags are 0 and 1. */
export function asFloat(lanes: Lanes, { kind, local }: Lane): Local {
  if (kind === 'float') return local;
  if (kind === 'integer') return lanes.op('fromInteger', local);
  return lanes.op('and', local, lanes.constant(1));
}

/** All bits where a lane is not 0. */
export function asMask(lanes: Lanes, { kind, local }: Lane): Local {
  if (kind === 'mask') return local;
  if (kind === 'integer') return lanes.op('notEqualIntegers', local, lanes.integer(0));
  return lanes.op('notEqual', local, lanes.constant(0));
}

type Attrs = Readonly<Record<string, number>>;
type Formula = (lanes: Lanes, args: readonly Local[], attrs: Attrs) => Local;

/** A formula of numbers. */
function numbers(formula: Formula): LaneOperation {
  return {
    write: (lanes, args, { attrs }) => ({
      kind: 'float',
      local: formula(
        lanes,
        args.map((arg) => asFloat(lanes, arg)),
        attrs as Attrs,
      ),
    }),
  };
}

/** A formula of numbers that gives flags. */
function comparison(formula: Formula): LaneOperation {
  return {
    write: (lanes, args) => ({
      kind: 'mask',
      local: formula(
        lanes,
        args.map((arg) => asFloat(lanes, arg)),
        {},
      ),
    }),
  };
}

function logical(formula: Formula): LaneOperation {
  return {
    write: (lanes, args) => ({
      kind: 'mask',
      local: formula(
        lanes,
        args.map((arg) => asMask(lanes, arg)),
        {},
      ),
    }),
  };
}

const same: LaneOperation = { write: (_lanes, [x]) => x! };
const c = (lanes: Lanes, value: number): Local => lanes.constant(value);
const relu: Formula = (lanes, [x]) => lanes.op('maximum', x!, c(lanes, 0));
const smallPowers = new Set([2, 3, 4, 0.5, -0.5, -1, -2, 1]);

const pow: LaneOperation = {
  fits: (_attrs, [, exponent]) => exponent!.constant !== undefined && smallPowers.has(exponent!.constant),
  write: (lanes, [base, exponent]) => {
    const x = asFloat(lanes, base!);
    return { kind: 'float', local: power(lanes, x, exponent!.value!) };
  },
};

function power(lanes: Lanes, x: Local, exponent: number): Local {
  if (exponent < 0) return lanes.op('divide', c(lanes, 1), power(lanes, x, -exponent));
  // Math.pow(−∞, ½) is ∞ and Math.pow(−0, ½) is 0, unlike the root.
  if (exponent === 0.5)
    return lanes.op(
      'root',
      lanes.op('add', lanes.choose(lanes.op('equal', x, c(lanes, -Infinity)), c(lanes, Infinity), x), c(lanes, 0)),
    );
  if (exponent === 1) return x;
  const square = lanes.op('multiply', x, x);
  if (exponent === 2) return square;
  return lanes.op('multiply', square, exponent === 3 ? x : square);
}

/** Operations on four elements, by the name of the kernel. */
export const laneOperations: ReadonlyMap<string, LaneOperation> = new Map<string, LaneOperation>(
  Object.entries({
    Identity: same,
    StopGradient: same,
    Tile: same,
    Cast: {
      write: (lanes, [x], { dtype }) =>
        dtype === 'bool' ? { kind: 'mask', local: asMask(lanes, x!) } : { kind: 'float', local: asFloat(lanes, x!) },
    },
    Add: numbers((lanes, [a, b]) => lanes.op('add', a!, b!)),
    AddN: numbers((lanes, [first, ...rest]) => rest.reduce((sum, x) => lanes.op('add', sum, x), first!)),
    Sub: numbers((lanes, [a, b]) => lanes.op('subtract', a!, b!)),
    Multiply: numbers((lanes, [a, b]) => lanes.op('multiply', a!, b!)),
    RealDiv: numbers((lanes, [a, b]) => lanes.op('divide', a!, b!)),
    Maximum: numbers((lanes, [a, b]) => lanes.op('maximum', a!, b!)),
    Minimum: numbers((lanes, [a, b]) => lanes.op('minimum', a!, b!)),
    SquaredDifference: numbers((lanes, [a, b]) => {
      const difference = lanes.op('subtract', a!, b!);
      return lanes.op('multiply', difference, difference);
    }),
    Pow: pow,
    Neg: numbers((lanes, [x]) => lanes.op('negate', x!)),
    Abs: numbers((lanes, [x]) => lanes.op('absolute', x!)),
    Square: numbers((lanes, [x]) => lanes.op('multiply', x!, x!)),
    Sqrt: numbers((lanes, [x]) => lanes.op('root', x!)),
    Rsqrt: numbers((lanes, [x]) => lanes.op('divide', c(lanes, 1), lanes.op('root', x!))),
    Reciprocal: numbers((lanes, [x]) => lanes.op('divide', c(lanes, 1), x!)),
    Floor: numbers((lanes, [x]) => lanes.op('floor', x!)),
    Ceil: numbers((lanes, [x]) => lanes.op('ceil', x!)),
    Exp: numbers((lanes, [x]) => exponential(lanes, x!)),
    Log: numbers((lanes, [x]) => logarithm(lanes, x!)),
    Tanh: numbers((lanes, [x]) => hyperbolicTangent(lanes, x!)),
    Sigmoid: numbers((lanes, [x]) => sigmoid(lanes, x!)),
    Relu: numbers(relu),
    Relu6: numbers((lanes, [x]) => lanes.op('minimum', relu(lanes, [x!], {}), c(lanes, 6))),
    LeakyRelu: numbers((lanes, [x], { alpha }) =>
      lanes.choose(lanes.op('less', x!, c(lanes, 0)), lanes.op('multiply', x!, c(lanes, alpha!)), x!),
    ),
    Prelu: numbers((lanes, [x, slope]) =>
      lanes.choose(lanes.op('less', x!, c(lanes, 0)), lanes.op('multiply', x!, slope!), x!),
    ),
    Elu: numbers((lanes, [x]) =>
      lanes.choose(lanes.op('greaterEqual', x!, c(lanes, 0)), x!, exponentialMinusOne(lanes, x!)),
    ),
    EluGrad: numbers((lanes, [dy, y]) =>
      lanes.choose(
        lanes.op('greaterEqual', y!, c(lanes, 0)),
        dy!,
        lanes.op('multiply', dy!, lanes.op('add', y!, c(lanes, 1))),
      ),
    ),
    Step: numbers((lanes, [x], { alpha = 0 }) => {
      const step = lanes.choose(lanes.op('greater', x!, c(lanes, 0)), c(lanes, 1), c(lanes, alpha));
      return lanes.choose(lanes.op('notEqual', x!, x!), x!, step);
    }),
    ClipByValue: numbers((lanes, [x], { clipValueMin, clipValueMax }) => {
      const [low, high] = [c(lanes, clipValueMin!), c(lanes, clipValueMax!)];
      const raised = lanes.choose(lanes.op('less', x!, low), low, x!);
      return lanes.choose(lanes.op('greater', x!, high), high, raised);
    }),
    Greater: comparison((lanes, [a, b]) => lanes.op('greater', a!, b!)),
    GreaterEqual: comparison((lanes, [a, b]) => lanes.op('greaterEqual', a!, b!)),
    Less: comparison((lanes, [a, b]) => lanes.op('less', a!, b!)),
    LessEqual: comparison((lanes, [a, b]) => lanes.op('lessEqual', a!, b!)),
    Equal: comparison((lanes, [a, b]) => lanes.op('equal', a!, b!)),
    NotEqual: comparison((lanes, [a, b]) => lanes.op('notEqual', a!, b!)),
    IsNan: comparison((lanes, [x]) => lanes.op('notEqual', x!, x!)),
    LogicalAnd: logical((lanes, [a, b]) => lanes.op('and', a!, b!)),
    LogicalOr: logical((lanes, [a, b]) => lanes.op('or', a!, b!)),
    LogicalNot: logical((lanes, [x]) => lanes.op('not', x!)),
    Select: {
      write: (lanes, [condition, yes, no], { dtype }) => {
        const mask = asMask(lanes, condition!);
        if (dtype === 'bool')
          return { kind: 'mask', local: lanes.choose(mask, asMask(lanes, yes!), asMask(lanes, no!)) };
        return { kind: 'float', local: lanes.choose(mask, asFloat(lanes, yes!), asFloat(lanes, no!)) };
      },
    },
  } satisfies Record<string, LaneOperation>),
);
