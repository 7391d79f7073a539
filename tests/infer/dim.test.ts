import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Atom, Dim } from '../../src/infer/atom.js';
import {
  add,
  choose,
  constant,
  constantOf,
  divide,
  equal,
  multiply,
  ofAtom,
  pair,
  power,
  round,
  solveMissing,
  substitute,
  subtract,
} from '../../src/infer/dim.js';
import { printDim } from '../../src/infer/dim-print.js';

type Scope = { readonly [name: string]: number };
interface Sample {
  readonly dim: Dim;
  readonly value: (scope: Scope) => number;
}

const fieldNames = ['a', 'b', 'c'] as const;
const inputNames = ['h', 'w'] as const;
const field = (parameter: number): Dim => ofAtom({ kind: 'field', owner: 'm.ts#M', parameter, steps: [] });
const input = (parameter: number): Dim =>
  ofAtom({ kind: 'input', owner: 'm.ts#M', method: 'call', parameter, part: [], axis: -1 });
const nameOf = (atom: Atom): string => {
  if (atom.kind === 'field') return fieldNames[atom.parameter] ?? '?';
  return atom.kind === 'input' ? (inputNames[atom.parameter] ?? '?') : '?';
};
const print = (dim: Dim): string => printDim(dim, nameOf);
const [a, b, h, w] = [field(0), field(1), input(0), input(1)];

/** Random expressions together with what they must evaluate to. */
const samples = fc.letrec<{ tree: Sample }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'dim' },
    fc.nat(4).map((n): Sample => ({ dim: constant(n + 1), value: () => n + 1 })),
    fc.nat(2).map((at): Sample => ({ dim: field(at), value: (scope) => scope[fieldNames[at] ?? ''] ?? Number.NaN })),
    fc.nat(1).map((at): Sample => ({ dim: input(at), value: (scope) => scope[inputNames[at] ?? ''] ?? Number.NaN })),
    fc
      .tuple(fc.constantFrom('+', '-', '*', 'max', 'min', '?'), tie('tree'), tie('tree'))
      .map(([operator, x, y]) => combine(operator, x, y)),
    fc
      .tuple(fc.constantFrom('floor' as const, 'ceil' as const), tie('tree'), fc.integer({ min: 1, max: 5 }))
      .map(([rounding, x, n]): Sample => ({
        dim: round(rounding, divide(x.dim, constant(n))),
        value: (scope) => Math[rounding](x.value(scope) / n),
      })),
    fc
      .tuple(tie('tree'), fc.nat(2))
      .map(([x, n]): Sample => ({ dim: power(x.dim, constant(n)), value: (scope) => x.value(scope) ** n })),
  ),
})).tree;

function combine(operator: string, x: Sample, y: Sample): Sample {
  const both = (f: (p: number, q: number) => number) => (scope: Scope) => f(x.value(scope), y.value(scope));
  switch (operator) {
    case '+':
      return { dim: add(x.dim, y.dim), value: both((p, q) => p + q) };
    case '-':
      return { dim: subtract(x.dim, y.dim), value: both((p, q) => p - q) };
    case '*':
      return { dim: multiply(x.dim, y.dim), value: both((p, q) => p * q) };
    case 'max':
    case 'min':
      return { dim: pair(operator, x.dim, y.dim), value: both(Math[operator]) };
    default: {
      const asks = { test: 'compare', operator: '>', a: { dim: a }, b: { dim: b } } as const;
      return {
        dim: choose(asks, x.dim, y.dim),
        value: (scope) => ((scope.a ?? 0) > (scope.b ?? 0) ? x.value(scope) : y.value(scope)),
      };
    }
  }
}

const scopes = fc.record({
  a: fc.integer({ min: 1, max: 9 }),
  b: fc.integer({ min: 1, max: 9 }),
  c: fc.integer({ min: 1, max: 9 }),
  h: fc.integer({ min: 1, max: 30 }),
  w: fc.integer({ min: 1, max: 30 }),
});
const evaluate = (text: string, scope: Scope): number =>
  new Function(...Object.keys(scope), `return (${text});`)(...Object.values(scope)) as number;
const bind = (dim: Dim, scope: Scope): number | null =>
  constantOf(
    substitute(dim, (atom) => {
      const value = scope[nameOf(atom)];
      return value === undefined ? undefined : constant(value);
    }),
  );

describe('the algebra agrees with arithmetic', () => {
  test('the printed text evaluates to the value', () => {
    fc.assert(
      fc.property(samples, scopes, (sample, scope) => {
        expect(evaluate(print(sample.dim), scope)).toBeCloseTo(sample.value(scope), 6);
      }),
      { numRuns: 3000 },
    );
  });

  test('substitution of every name gives the value', () => {
    fc.assert(
      fc.property(samples, scopes, (sample, scope) => {
        expect(bind(sample.dim, scope)).toBeCloseTo(sample.value(scope), 6);
      }),
      { numRuns: 3000 },
    );
  });

  test('substituting some names and then printing keeps the value', () => {
    fc.assert(
      fc.property(samples, scopes, (sample, scope) => {
        const half = substitute(sample.dim, (atom) => (nameOf(atom) === 'h' ? add(a, constant(2)) : undefined));
        const moved = { ...scope, h: scope.a + 2 };
        expect(evaluate(print(half), scope)).toBeCloseTo(sample.value(moved), 6);
      }),
      { numRuns: 2000 },
    );
  });

  test('sizes that are equal in normal form have equal values', () => {
    fc.assert(
      fc.property(samples, samples, scopes, (x, y, scope) => {
        fc.pre(equal(x.dim, y.dim));
        expect(x.value(scope)).toBeCloseTo(y.value(scope), 6);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('normal form', () => {
  test('order of terms and factors does not matter', () => {
    expect(equal(add(multiply(a, b), h), add(h, multiply(b, a)))).toBe(true);
    expect(equal(subtract(add(a, b), b), a)).toBe(true);
  });

  test('an exact quotient gives back what was divided', () => {
    expect(equal(multiply(b, divide(a, b)), a)).toBe(true);
    expect(equal(multiply(round('floor', divide(a, b)), b), a)).toBe(false);
  });

  test('roundings of one kind nest, of two kinds do not', () => {
    const two = constant(2);
    const halves = round('ceil', divide(round('ceil', divide(h, two)), two));
    expect(equal(halves, round('ceil', divide(h, constant(4))))).toBe(true);
    const mixed = round('floor', divide(round('ceil', divide(h, two)), two));
    expect(equal(mixed, round('floor', divide(h, constant(4))))).toBe(false);
  });

  test('whole parts leave a rounding, also with a symbolic divisor', () => {
    const patches = add(round('floor', divide(subtract(h, a), a)), constant(1));
    expect(print(patches)).toBe('Math.floor(h / a)');
    expect(print(round('floor', divide(add(h, constant(3)), constant(4))))).toBe('Math.ceil(h / 4)');
  });

  test('a field may be a fraction: its product is never taken for a whole number', () => {
    expect(print(round('floor', multiply(a, b)))).toBe('Math.floor(a * b)');
    expect(print(round('floor', divide(add(a, constant(3)), constant(4))))).toBe('Math.floor((a + 3) / 4)');
  });

  test('what -1 stands for in a reshape', () => {
    const heads = divide(a, b);
    expect(print(solveMissing([h, w, b, heads], [h, w]))).toBe('a');
    expect(print(solveMissing([h, w, a], [h]))).toBe('w * a');
    expect(print(solveMissing([h, w, a], [h, b]))).toBe('(w * a) / b');
  });
});

describe('printing', () => {
  test.each([
    [subtract(constant(3), a), '3 - a'],
    [subtract(a, constant(1)), 'a - 1'],
    [add(multiply(a, h), multiply(a, w)), 'a * (h + w)'],
    [multiply(constant(4), a), '4 * a'],
    [multiply(round('ceil', divide(h, constant(4))), constant(16)), 'Math.ceil(h / 4) * 16'],
    [divide(add(a, b), h), '(a + b) / h'],
    [power(constant(2), a), '2 ** a'],
    [multiply(a, power(subtract(b, constant(3)), h)), 'a * (b - 3) ** h'],
    [pair('max', subtract(a, b), constant(0)), 'Math.max(a - b, 0)'],
  ])('%#: %p', (dim, text) => {
    expect(print(dim)).toBe(text);
  });
});
