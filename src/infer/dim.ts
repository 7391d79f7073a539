/** Dimension algebra: polynomials over atoms, equal when their sorted normal forms are equal. */
import type { Atom, Dim, Image, Opaque, Operand, PairAtom, Rounding, Term, Test } from './atom.js';
import { atomKey, isWhole, mapSteps } from './atom.js';

export function constant(value: number): Dim {
  return ofTerms([{ coefficient: value, factors: [] }]);
}

export function ofAtom(atom: Atom): Dim {
  return ofTerms([{ coefficient: 1, factors: [atom] }]);
}

/** A size that is not known; poisons every size that contains it. */
export function opaque(reason: Opaque): Dim {
  return ofAtom({ kind: 'opaque', ...reason });
}

export const one = constant(1);
export const zero = constant(0);

export function equal(a: Dim, b: Dim): boolean {
  return a.key === b.key;
}

export function constantOf(dim: Dim): number | null {
  const [term, more] = dim.terms;
  if (term === undefined) return 0;
  return more === undefined && term.factors.length === 0 ? term.coefficient : null;
}

/** The atom, when the size is nothing but one. */
export function soleAtom(dim: Dim): Atom | null {
  const [term, more] = dim.terms;
  if (term === undefined || more !== undefined || term.coefficient !== 1) return null;
  return term.factors.length === 1 ? (term.factors[0] ?? null) : null;
}

export function add(...dims: readonly Dim[]): Dim {
  return ofTerms(dims.flatMap((dim) => dim.terms));
}

export function subtract(a: Dim, b: Dim): Dim {
  return add(a, multiply(b, constant(-1)));
}

export function multiply(...dims: readonly Dim[]): Dim {
  return dims.reduce((left, right) => add(...left.terms.flatMap((a) => right.terms.map((b) => multiplyTerms(a, b)))));
}

/** `a / b`, exact: a size that is divided in a working program divides evenly. */
export function divide(a: Dim, b: Dim): Dim {
  const [x, y] = [constantOf(a), constantOf(b)];
  if (x !== null && y !== null && y !== 0) return constant(x / y);
  if (equal(a, b)) return one;
  const divisor = b.terms.length === 1 ? b.terms[0] : undefined;
  if (divisor !== undefined && a.terms.every((term) => divides(divisor, term))) {
    return ofTerms(a.terms.map((term) => divideTerm(term, divisor)));
  }
  return ofAtom({ kind: 'quotient', rounding: 'exact', numerator: a, denominator: b });
}

/** `Math.floor`, `Math.ceil`, `Math.round`, `Math.trunc`. */
export function round(rounding: Exclude<Rounding, 'exact'>, dim: Dim): Dim {
  const value = constantOf(dim);
  if (value !== null) return constant(Math[rounding](value));
  const only = soleAtom(dim);
  if (only?.kind === 'quotient' && only.rounding === 'exact') {
    return roundQuotient(rounding, only.numerator, only.denominator);
  }
  if (isWholeNumber(dim)) return dim;
  return ofAtom({ kind: 'quotient', rounding, numerator: dim, denominator: one });
}

/** `Math.max`, `Math.min` and `%` of two sizes. */
export function pair(operation: PairAtom['operation'], a: Dim, b: Dim): Dim {
  const [x, y] = [constantOf(a), constantOf(b)];
  if (x !== null && y !== null) return constant(pairs[operation](x, y));
  return operation !== 'remainder' && equal(a, b) ? a : ofAtom({ kind: 'pair', operation, a, b });
}

const pairs = {
  max: Math.max,
  min: Math.min,
  remainder: (a: number, b: number) => a % b,
};

export function power(base: Dim, exponent: Dim): Dim {
  const [x, n] = [constantOf(base), constantOf(exponent)];
  if (x !== null && n !== null) return constant(x ** n);
  if (n === null || n < 0 || n > 8 || !Number.isInteger(n)) return ofAtom({ kind: 'pow', base, exponent });
  return Array.from({ length: n }, () => base).reduce((left, right) => multiply(left, right), one);
}

/** The size of a branch whose test the constructor can make itself. */
export function choose(test: Test, then: Dim, otherwise: Dim): Dim {
  return equal(then, otherwise) ? then : ofAtom({ kind: 'choice', test, then, otherwise });
}

/** Every atom, also inside quotients, tests and index reads. */
export function atomsOf(dim: Dim): readonly Atom[] {
  return dim.terms.flatMap((term) => term.factors.flatMap(deepAtoms));
}

export function opaqueOf(dim: Dim): (Atom & { kind: 'opaque' }) | null {
  return atomsOf(dim).find((atom) => atom.kind === 'opaque') ?? null;
}

/** Replaces atoms and computes again. An image that is no number makes the size around it opaque. */
export function substitute(dim: Dim, image: (atom: Atom) => Image | undefined): Dim {
  const terms = dim.terms.map((term) =>
    multiply(constant(term.coefficient), ...term.factors.map((atom) => substituteAtom(atom, image))),
  );
  return add(...terms);
}

/** Substitution in a test: decided when both sides are known. */
export function substituteTest(test: Test, image: (atom: Atom) => Image | undefined): Test | boolean {
  switch (test.test) {
    case 'not': {
      const inner = substituteTest(test.of, image);
      return typeof inner === 'boolean' ? !inner : { test: 'not', of: inner };
    }
    case 'both':
    case 'either': {
      const stop = test.test === 'either';
      const [a, b] = [substituteTest(test.a, image), substituteTest(test.b, image)];
      if (a === stop || b === stop) return stop;
      if (typeof a === 'boolean') return b;
      return typeof b === 'boolean' ? a : { test: test.test, a, b };
    }
    case 'truthy':
    case 'present': {
      const of = substituteOperand(test.of, image);
      return (test.test === 'truthy' ? truthOf(of) : presenceOf(of)) ?? { test: test.test, of };
    }
    case 'compare': {
      const [a, b] = [substituteOperand(test.a, image), substituteOperand(test.b, image)];
      return compareOperands(test.operator, a, b) ?? { ...test, a, b };
    }
  }
}

/** `a <operator> b` where both sides are known; null where the constructor must ask. */
export function compareOperands(operator: string, a: Operand, b: Operand): boolean | null {
  const same = sameOperand(a, b);
  if (/^===?$/.test(operator)) return same;
  if (/^!==?$/.test(operator)) return same === null ? null : !same;
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x === null || y === null) return null;
  if (operator === '<') return x < y;
  if (operator === '>') return x > y;
  if (operator === '<=') return x <= y;
  return operator === '>=' ? x >= y : null;
}

export function truthOf(operand: Operand): boolean | null {
  if ('literal' in operand) return Boolean(operand.literal);
  const value = constantOf(operand.dim);
  return value === null ? null : value !== 0;
}

/** Whether it is there for certain, or missing for certain. A size that is more than a name is there. */
export function presenceOf(operand: Operand): boolean | null {
  if ('literal' in operand) return operand.literal !== null && operand.literal !== undefined;
  const atom = soleAtom(operand.dim);
  return atom !== null && (atom.kind === 'field' || (atom.kind === 'place' && atom.axis === null)) ? null : true;
}

/** What `-1` stands for in a reshape: the total over the rest, equal factors cancelled first. */
export function solveMissing(total: readonly Dim[], known: readonly Dim[]): Dim {
  const left = [...total];
  const right = known.filter((dim) => {
    const at = left.findIndex((each) => equal(each, dim));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return divide(multiply(one, ...left), multiply(one, ...right));
}

/** Only input axes, loop sizes of tensors and rounded values are integers for certain; a field may be 0.5. */
export function isWholeNumber(dim: Dim): boolean {
  return dim.terms.every((term) => Number.isInteger(term.coefficient) && term.factors.every(isWhole));
}

function ofTerms(terms: readonly Term[]): Dim {
  const sums = new Map<string, Term>();
  for (const term of terms) {
    const key = factorsKey(term.factors);
    const coefficient = (sums.get(key)?.coefficient ?? 0) + term.coefficient;
    sums.set(key, { coefficient, factors: sums.get(key)?.factors ?? term.factors });
  }
  const kept = [...sums].filter(([, term]) => term.coefficient !== 0);
  const key = kept.map(([factors, term]) => `${term.coefficient}·${factors}`).sort();
  return { terms: kept.map(([, term]) => term), key: key.join('+') || '0' };
}

function factorsKey(factors: readonly Atom[]): string {
  return factors.map(atomKey).sort().join('*');
}

/** `(a / b) * b = a`, whichever side the quotient comes from. */
function multiplyTerms(a: Term, b: Term): Dim {
  const term = { coefficient: a.coefficient * b.coefficient, factors: [...a.factors, ...b.factors] };
  for (const atom of term.factors) {
    if (atom.kind !== 'quotient' || atom.rounding !== 'exact' || atom.denominator.terms.length !== 1) continue;
    const divisor = atom.denominator.terms[0];
    const rest = { ...term, factors: without(term.factors, [atom]) };
    if (divisor !== undefined && divides(divisor, rest)) {
      return multiply(atom.numerator, ofTerms([divideTerm(rest, divisor)]));
    }
  }
  return ofTerms([term]);
}

function divides(divisor: Term, term: Term): boolean {
  const left = without(term.factors, divisor.factors).length;
  return (
    Number.isInteger(term.coefficient / divisor.coefficient) && left === term.factors.length - divisor.factors.length
  );
}

function divideTerm(term: Term, divisor: Term): Term {
  return {
    coefficient: term.coefficient / divisor.coefficient,
    factors: without(term.factors, divisor.factors),
  };
}

function without(factors: readonly Atom[], gone: readonly Atom[]): readonly Atom[] {
  const left = [...factors];
  for (const atom of gone) {
    const at = left.findIndex((each) => atomKey(each) === atomKey(atom));
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

/** Whole parts come out, roundings of one kind nest: `ceil(ceil(h / 2) / 2) = ceil(h / 4)`. */
function roundQuotient(rounding: Exclude<Rounding, 'exact'>, numerator: Dim, denominator: Dim): Dim {
  const by = constantOf(denominator);
  if (rounding === 'round' || rounding === 'trunc')
    return ofAtom({ kind: 'quotient', rounding, numerator, denominator });
  if (by === null) return roundBySize(rounding, numerator, denominator);
  if (by <= 0 || !Number.isInteger(by)) return ofAtom({ kind: 'quotient', rounding, numerator, denominator });
  const { whole, rest } = splitWhole(numerator, by);
  if (rest.terms.length === 0) return whole;
  const value = constantOf(rest);
  if (value !== null) return add(whole, constant(Math[rounding](value / by)));
  return add(whole, roundRest(rounding, rest, by));
}

function roundBySize(rounding: 'floor' | 'ceil', numerator: Dim, denominator: Dim): Dim {
  const wholes = numerator.terms
    .map((term) => divide(ofTerms([term]), denominator))
    .filter((dim) => Number.isInteger(constantOf(dim) ?? Number.NaN));
  const whole = add(zero, ...wholes);
  const rest = subtract(numerator, multiply(whole, denominator));
  if (rest.terms.length === 0) return whole;
  return add(whole, ofAtom({ kind: 'quotient', rounding, numerator: rest, denominator }));
}

function splitWhole(numerator: Dim, by: number): { readonly whole: Dim; readonly rest: Dim } {
  const whole: Term[] = [];
  const rest: Term[] = [];
  for (const { coefficient, factors } of numerator.terms) {
    const turns = Math.floor(coefficient / by);
    if (Number.isInteger(coefficient / by) && factors.every(isWhole)) {
      whole.push({ coefficient: coefficient / by, factors });
    } else if (factors.length === 0) {
      whole.push({ coefficient: turns, factors });
      rest.push({ coefficient: coefficient - turns * by, factors });
    } else rest.push({ coefficient, factors });
  }
  return { whole: ofTerms(whole), rest: ofTerms(rest) };
}

function roundRest(rounding: 'floor' | 'ceil', rest: Dim, by: number): Dim {
  const inner = soleAtom(rest);
  if (inner?.kind === 'quotient' && inner.rounding === rounding) {
    return roundQuotient(rounding, inner.numerator, multiply(inner.denominator, constant(by)));
  }
  const fixed = rest.terms.find((term) => term.factors.length === 0)?.coefficient ?? 0;
  const without = subtract(rest, constant(fixed));
  if (rounding === 'floor' && by > 1 && fixed === by - 1 && isWholeNumber(without)) {
    return roundQuotient('ceil', without, constant(by));
  }
  return ofAtom({ kind: 'quotient', rounding, numerator: rest, denominator: constant(by) });
}

function deepAtoms(atom: Atom): readonly Atom[] {
  switch (atom.kind) {
    case 'quotient':
      return [...atomsOf(atom.numerator), ...atomsOf(atom.denominator)];
    case 'pair':
      return [...atomsOf(atom.a), ...atomsOf(atom.b)];
    case 'pow':
      return [...atomsOf(atom.base), ...atomsOf(atom.exponent)];
    case 'choice':
      return [...testAtoms(atom.test), ...atomsOf(atom.then), ...atomsOf(atom.otherwise)];
    case 'field':
    case 'place':
      return [atom, ...atom.steps.flatMap((step) => (typeof step === 'string' ? [] : atomsOf(step.index)))];
    default:
      return [atom];
  }
}

/** Atoms a test asks about. */
export function testAtoms(test: Test): readonly Atom[] {
  switch (test.test) {
    case 'not':
      return testAtoms(test.of);
    case 'both':
    case 'either':
      return [...testAtoms(test.a), ...testAtoms(test.b)];
    case 'truthy':
    case 'present':
      return operandAtoms(test.of);
    case 'compare':
      return [...operandAtoms(test.a), ...operandAtoms(test.b)];
  }
}

function operandAtoms(operand: Operand): readonly Atom[] {
  return 'dim' in operand ? atomsOf(operand.dim) : [];
}

function substituteAtom(atom: Atom, image: (atom: Atom) => Image | undefined): Dim {
  const direct = image(atom);
  if (direct !== undefined) return 'literal' in direct ? notANumber(atom) : direct;
  switch (atom.kind) {
    case 'quotient': {
      const exact = divide(substitute(atom.numerator, image), substitute(atom.denominator, image));
      return atom.rounding === 'exact' ? exact : round(atom.rounding, exact);
    }
    case 'pair':
      return pair(atom.operation, substitute(atom.a, image), substitute(atom.b, image));
    case 'pow':
      return power(substitute(atom.base, image), substitute(atom.exponent, image));
    case 'choice':
      return substituteChoice(atom, image);
    case 'field':
    case 'place':
      return ofAtom({ ...atom, steps: mapSteps(atom.steps, (dim) => substitute(dim, image)) });
    default:
      return ofAtom(atom);
  }
}

function substituteChoice(atom: Atom & { kind: 'choice' }, image: (atom: Atom) => Image | undefined): Dim {
  const test = substituteTest(atom.test, image);
  if (typeof test === 'boolean') return substitute(test ? atom.then : atom.otherwise, image);
  return choose(test, substitute(atom.then, image), substitute(atom.otherwise, image));
}

function substituteOperand(operand: Operand, image: (atom: Atom) => Image | undefined): Operand {
  if ('literal' in operand) return operand;
  const sole = soleAtom(operand.dim);
  const direct = sole === null ? undefined : image(sole);
  if (direct !== undefined && 'literal' in direct) return direct;
  return { dim: substitute(operand.dim, image) };
}

function notANumber(atom: Atom): Dim {
  return opaque({ code: 'L2N310', why: `${atomKey(atom)} is not a number`, path: null, span: null });
}

function sameOperand(a: Operand, b: Operand): boolean | null {
  if ('literal' in a && 'literal' in b) return a.literal === b.literal;
  if ('dim' in a && 'dim' in b) {
    if (equal(a.dim, b.dim)) return true;
    return constantOf(a.dim) !== null && constantOf(b.dim) !== null ? false : null;
  }
  const number = 'dim' in a ? a.dim : 'dim' in b ? b.dim : null;
  return number !== null && constantOf(number) !== null ? false : null;
}

function numberOf(operand: Operand): number | null {
  return 'dim' in operand ? constantOf(operand.dim) : null;
}
