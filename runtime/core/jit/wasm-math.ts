import type { Local, WasmFunction } from './wasm-code.js';

/** SIMD instructions of WebAssembly that chains are made of. */
export const opcodes = {
  load: 0x00,
  load8Splat: 0x07,
  load32Splat: 0x09,
  store: 0x0b,
  load32Zero: 0x5c,
  store8Lane: 0x58,
  store32Lane: 0x5a,
  not: 0x4d,
  and: 0x4e,
  andNot: 0x4f,
  or: 0x50,
  xor: 0x51,
  select: 0x52,
  equal: 0x41,
  notEqual: 0x42,
  less: 0x43,
  greater: 0x44,
  lessEqual: 0x45,
  greaterEqual: 0x46,
  ceil: 0x67,
  floor: 0x68,
  nearest: 0x6a,
  absolute: 0xe0,
  negate: 0xe1,
  root: 0xe3,
  add: 0xe4,
  subtract: 0xe5,
  multiply: 0xe6,
  divide: 0xe7,
  minimum: 0xe8,
  maximum: 0xe9,
  toInteger: 0xf8,
  fromInteger: 0xfa,
  shiftLeft: 0xab,
  shiftRight: 0xac,
  shiftRightUnsigned: 0xad,
  addIntegers: 0xae,
  subtractIntegers: 0xb1,
  equalIntegers: 0x37,
  notEqualIntegers: 0x38,
  widenBytes: 0x89,
  widenShorts: 0xa9,
  narrowIntegers: 0x85,
  narrowShorts: 0x66,
} as const;

type Opcode = keyof typeof opcodes;

/** Four numbers in a local. */
export class Lanes {
  constructor(readonly code: WasmFunction) {}

  /** A new local with what `write` leaves on the stack. */
  value(write: () => void): Local {
    const local = this.code.local('v128');
    write();
    this.code.set(local);
    return local;
  }

  constant(value: number): Local {
    return this.value(() => this.code.floats(value));
  }

  integer(value: number): Local {
    return this.value(() => this.code.integers(value));
  }

  op(opcode: Opcode, ...args: readonly Local[]): Local {
    return this.value(() => {
      for (const arg of args) this.code.get(arg);
      this.code.simd(opcodes[opcode]);
    });
  }

  shift(opcode: 'shiftLeft' | 'shiftRight' | 'shiftRightUnsigned', value: Local, by: number): Local {
    return this.value(() => {
      this.code.get(value);
      this.code.integer(by);
      this.code.simd(opcodes[opcode]);
    });
  }

  /** `yes` where `mask` is set, else `no`. */
  choose(mask: Local, yes: Local, no: Local): Local {
    return this.op('select', yes, no, mask);
  }

  /** Horner's scheme, highest power first. */
  polynomial(x: Local, coefficients: readonly number[]): Local {
    const [first, ...rest] = coefficients;
    return rest.reduce(
      (sum, coefficient) => this.op('add', this.op('multiply', sum, x), this.constant(coefficient)),
      this.constant(first!),
    );
  }
}

/** eˣ: Cephes expf, with infinity, zero and subnormal results as they round. */
export function exponential(lanes: Lanes, x: Local): Local {
  const { constant } = bound(lanes);
  const within = lanes.op('maximum', lanes.op('minimum', x, constant(89)), constant(-104));
  const power = lanes.op('nearest', lanes.op('multiply', within, constant(Math.LOG2E)));
  const high = lanes.op('subtract', within, lanes.op('multiply', power, constant(0.693359375)));
  const rest = lanes.op('subtract', high, lanes.op('multiply', power, constant(-2.1219444e-4)));
  const tail = lanes.polynomial(
    rest,
    [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
  );
  const square = lanes.op('multiply', rest, rest);
  const mantissa = lanes.op('add', lanes.op('add', lanes.op('multiply', tail, square), rest), constant(1));
  // In two factors: 2ⁿ itself may be out of range.
  const whole = lanes.op('toInteger', power);
  const half = lanes.shift('shiftRight', whole, 1);
  const scaled = lanes.op('multiply', mantissa, powerOfTwo(lanes, half));
  return lanes.op('multiply', scaled, powerOfTwo(lanes, lanes.op('subtractIntegers', whole, half)));
}

/** 2ⁿ for n from −126 to 127. */
function powerOfTwo(lanes: Lanes, n: Local): Local {
  return lanes.shift('shiftLeft', lanes.op('addIntegers', n, lanes.integer(127)), 23);
}

/** ln x: Cephes logf; −∞ at 0, NaN below. */
export function logarithm(lanes: Lanes, x: Local): Local {
  const { constant } = bound(lanes);
  const small = lanes.op('less', x, constant(2 ** -126));
  const normal = lanes.choose(small, lanes.op('multiply', x, constant(2 ** 25)), x);
  const bits = lanes.op('and', normal, lanes.integer(0x007fffff));
  const mantissa = lanes.op('or', bits, lanes.integer(0x3f000000));
  const raw = lanes.op('subtractIntegers', lanes.shift('shiftRightUnsigned', normal, 23), lanes.integer(126));
  const power = lanes.op('subtract', lanes.op('fromInteger', raw), lanes.op('and', small, constant(25)));
  const low = lanes.op('less', mantissa, constant(Math.SQRT1_2));
  const exponent = lanes.op('subtract', power, lanes.op('and', low, constant(1)));
  const doubled = lanes.op('add', mantissa, lanes.op('and', low, mantissa));
  const r = lanes.op('subtract', doubled, constant(1));
  const square = lanes.op('multiply', r, r);
  const series = lanes.polynomial(
    r,
    [
      7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
      2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    ],
  );
  const cubic = lanes.op('multiply', lanes.op('multiply', series, r), square);
  const corrected = lanes.op('add', cubic, lanes.op('multiply', exponent, constant(-2.1219444e-4)));
  const curve = lanes.op('subtract', corrected, lanes.op('multiply', square, constant(0.5)));
  const sum = lanes.op('add', lanes.op('add', r, curve), lanes.op('multiply', exponent, constant(0.693359375)));
  const infinite = lanes.choose(lanes.op('equal', x, constant(Infinity)), x, sum);
  const zero = lanes.choose(lanes.op('equal', x, constant(0)), constant(-Infinity), infinite);
  return lanes.choose(lanes.op('greaterEqual', x, constant(0)), zero, constant(NaN));
}

/** tanh x: Cephes tanhf. */
export function hyperbolicTangent(lanes: Lanes, x: Local): Local {
  const { constant } = bound(lanes);
  const size = lanes.op('absolute', x);
  const square = lanes.op('multiply', x, x);
  const series = lanes.polynomial(
    square,
    [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1],
  );
  const near = lanes.op('add', lanes.op('multiply', lanes.op('multiply', series, square), x), x);
  const grown = lanes.op('add', exponential(lanes, lanes.op('add', size, size)), constant(1));
  const far = lanes.op('subtract', constant(1), lanes.op('divide', constant(2), grown));
  const signed = lanes.op('or', far, lanes.op('and', x, lanes.integer(-0x80000000)));
  return lanes.choose(lanes.op('less', size, constant(0.625)), near, signed);
}

/** 1 / (1 + e⁻ˣ). */
export function sigmoid(lanes: Lanes, x: Local): Local {
  const { constant } = bound(lanes);
  const grown = lanes.op('add', exponential(lanes, lanes.op('negate', x)), constant(1));
  return lanes.op('divide', constant(1), grown);
}

/** eˣ − 1, for x up to about 1 without loss. */
export function exponentialMinusOne(lanes: Lanes, x: Local): Local {
  const { constant } = bound(lanes);
  // Near zero by tanh: eˣ − 1 = 2t / (1 − t) with t = tanh(x/2).
  const t = hyperbolicTangent(lanes, lanes.op('multiply', x, constant(0.5)));
  const near = lanes.op('divide', lanes.op('add', t, t), lanes.op('subtract', constant(1), t));
  const far = lanes.op('subtract', exponential(lanes, x), constant(1));
  return lanes.choose(lanes.op('less', lanes.op('absolute', x), constant(0.5)), near, far);
}

function bound(lanes: Lanes): { readonly constant: (value: number) => Local } {
  return { constant: (value) => lanes.constant(value) };
}
