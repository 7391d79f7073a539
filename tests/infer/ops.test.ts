import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { opOf, ops } from '../../runtime/catalogue/ops.js';
import { constant, constantOf, ofAtom, substitute } from '../../src/infer/dim.js';
import { applyOp, type ShapeOp } from '../../src/infer/rules/op.js';
import type { RuleContext } from '../../src/infer/rules/operand.js';
import { known } from '../../src/infer/shape.js';
import type { Dim } from '../../src/infer/atom.js';
import type { Value } from '../../src/infer/machine.js';
import { literal, number, tensor } from '../../src/infer/value.js';

/** A tensor argument by the names of its axes; numbers are literal sizes. */
class Shaped {
  constructor(
    readonly axes: readonly (string | number)[],
    readonly dtype: 'float32' | 'int32' | 'bool' = 'float32',
  ) {}
}
/** A size given as an argument. */
class Sized {
  constructor(readonly name: string) {}
}
const t = (...axes: (string | number)[]) => new Shaped(axes);
const ids = (...axes: (string | number)[]) => new Shaped(axes, 'int32');
const bool = (...axes: (string | number)[]) => new Shaped(axes, 'bool');
const n = (name: string) => new Sized(name);

type Sizes = { readonly [name: string]: number };
const assignments: readonly Sizes[] = [
  { a: 2, b: 4, c: 6 },
  { a: 3, b: 8, c: 2 },
  { a: 5, b: 12, c: 10 },
];

/** Function, arguments. What tfjs returns at three sizes is the oracle. */
const cases: readonly (readonly [string, readonly unknown[]])[] = [
  ['relu', [t('a', 'b')]],
  ['cast', [t('a', 'b'), 'int32']],
  ['softmax', [t('a', 'b'), 1]],
  ['cumsum', [t('a', 'b'), 1]],
  ['add', [t('a', 'b', 'c'), t('c')]],
  ['mul', [t('a', 1, 'c'), t('b', 1)]],
  ['sub', [t('a', 'b'), 2]],
  ['equal', [t('a', 'b'), t('a', 'b')]],
  ['logicalAnd', [bool('a', 'b'), bool('b')]],
  ['where', [bool('a', 'b'), t('a', 'b'), t('a', 'b')]],
  ['addN', [[t('a', 'b'), t('a', 'b')]]],
  ['sum', [t('a', 'b', 'c')]],
  ['sum', [t('a', 'b', 'c'), 1]],
  ['mean', [t('a', 'b', 'c'), [-1]]],
  ['mean', [t('a', 'b', 'c'), [0, -1]]],
  ['max', [t('a', 'b', 'c'), [1, 2], true]],
  ['min', [t('a', 'b', 'c'), -2, true]],
  ['prod', [t('a', 'b'), 0]],
  ['any', [bool('a', 'b'), 1]],
  ['logSumExp', [t('a', 'b'), 1]],
  ['norm', [t('a', 'b', 'c'), 'euclidean', 1]],
  ['norm', [t('a', 'b', 'c'), 'euclidean', -1, true]],
  ['argMax', [t('a', 'b', 'c'), -1]],
  ['argMin', [t('a', 'b', 'c')]],
  ['zeros', [[n('a'), n('b')]]],
  ['fill', [[n('a'), 2], 1]],
  ['randomNormal', [[n('a')]]],
  ['broadcastTo', [t('b'), [n('a'), n('b')]]],
  ['scalar', [1]],
  ['range', [0, n('b')]],
  ['range', [2, n('b'), 1]],
  ['linspace', [0, 1, n('a')]],
  ['eye', [n('a')]],
  ['eye', [n('a'), n('b')]],
  [
    'tensor',
    [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
  ],
  [
    'tensor',
    [
      [1, 2, 3, 4],
      [2, 2],
    ],
  ],
  ['reshape', [t('a', 'b', 'c'), [n('a'), -1]]],
  ['reshape', [t('a', 'b', 'c'), [-1, 2]]],
  ['reshape', [t('a', 'b'), [n('b'), n('a')]]],
  ['transpose', [t('a', 'b', 'c'), [2, 0, 1]]],
  ['transpose', [t('a', 'b', 'c')]],
  ['expandDims', [t('a', 'b')]],
  ['expandDims', [t('a', 'b'), -1]],
  ['expandDims', [t('a', 'b'), 1]],
  ['squeeze', [t('a', 1, 'b'), [1]]],
  ['squeeze', [t('a', 'b', 1), [-1]]],
  ['concat', [[t('a', 'b'), t('c', 'b')]]],
  ['concat', [[t('a', 'b'), t('a', 'c')], -1]],
  ['concat', [[t('a', 'b', 'c'), t('a', 2, 'c')], 1]],
  ['stack', [[t('a', 'b'), t('a', 'b')]]],
  ['stack', [[t('a', 'b'), t('a', 'b'), t('a', 'b')], -1]],
  ['stack', [[t('a', 'b'), t('a', 'b')], 1]],
  ['slice', [t('a', 'b', 'c'), [0, 1], [-1, 2]]],
  ['slice', [t('a', 'b', 'c'), [1]]],
  ['slice', [t('a', 'b', 'c'), [0, 0, 1], [-1, 1, -1]]],
  ['gather', [t('b', 'c'), ids(2, 3)]],
  ['gather', [t('a', 'b', 'c'), ids(4), 1]],
  ['tile', [t('a', 'b'), [2, 3]]],
  [
    'pad',
    [
      t('a', 'b'),
      [
        [0, 1],
        [2, 3],
      ],
    ],
  ],
  ['oneHot', [ids('a'), n('b')]],
  ['matMul', [t('a', 'b'), t('b', 'c')]],
  ['matMul', [t('a', 'b'), t('c', 'b'), false, true]],
  ['matMul', [t('b', 'a'), t('b', 'c'), true]],
  ['matMul', [t(3, 'a', 'b'), t(3, 'b', 'c')]],
  ['matMul', [t(2, 3, 'a', 'b'), t(1, 3, 'b', 'c')]],
  ['outerProduct', [t('a'), t('b')]],
  ['einsum', ['ij,jk->ik', t('a', 'b'), t('b', 'c')]],
  ['einsum', ['bqhd,bkhd->bhqk', t(2, 'a', 3, 'c'), t(2, 'b', 3, 'c')]],
  ['image.resizeBilinear', [t(2, 'a', 'b', 3), [5, 7]]],
  ['maxPool', [t(2, 'b', 'c', 3), [2, 2], [2, 2], 'valid']],
  ['maxPool', [t(2, 'b', 'c', 3), 2, 1, 'same']],
  ['avgPool', [t(2, 'b', 'c', 3), [2, 1], [1, 1], 'valid']],
];
const several: readonly (readonly [string, readonly unknown[]])[] = [
  ['split', [t('a', 'b'), 2, -1]],
  ['split', [t('a', 'b'), [1, 3], 1]],
  ['unstack', [t(3, 'b', 'c')]],
  ['unstack', [t('a', 3), -1]],
];

const atomOf = (name: string): Dim =>
  ofAtom({ kind: 'input', owner: 'o', method: name, parameter: 0, part: [], axis: -1 });
const context: RuleContext = { same: (a) => a, needRank: () => {}, identity: () => 0 };

function abstract(arg: unknown): Value {
  if (arg instanceof Shaped)
    return tensor(known(arg.axes.map((axis) => (typeof axis === 'number' ? constant(axis) : atomOf(axis)))));
  if (arg instanceof Sized) return number(atomOf(arg.name));
  if (Array.isArray(arg)) return { kind: 'array', id: 0, items: arg.map(abstract) };
  return typeof arg === 'number' ? number(arg) : literal(arg as string | boolean);
}
function concrete(arg: unknown, sizes: Sizes): unknown {
  if (arg instanceof Shaped)
    return tf.zeros(
      arg.axes.map((axis) => (typeof axis === 'number' ? axis : (sizes[axis] ?? 0))),
      arg.dtype,
    );
  if (arg instanceof Sized) return sizes[arg.name];
  return Array.isArray(arg) ? arg.map((each: unknown) => concrete(each, sizes)) : arg;
}
function shapeAt(value: Value, sizes: Sizes): readonly (number | null)[] | string {
  if (value.kind !== 'tensor' || value.shape.dims === null)
    return value.kind === 'unknown' ? value.reason.why : value.kind;
  return value.shape.dims.map((dim) =>
    constantOf(substitute(dim, (atom) => (atom.kind === 'input' ? constant(sizes[atom.method] ?? 0) : undefined))),
  );
}
function functionAt(name: string): unknown {
  return name.split('.').reduce<unknown>((each, key) => (each as { [key: string]: unknown })[key], tf);
}
function call(name: string, args: readonly unknown[]): unknown {
  return (functionAt(name) as (...values: readonly unknown[]) => unknown)(...args);
}
function ruleOf(name: string): ShapeOp {
  const rule = opOf('@tensorflow/tfjs', name)?.rule;
  if (rule === undefined || rule.rule === 'run' || rule.rule === 'lift') throw new Error(`no rule for ${name}`);
  return rule;
}

describe('shapes are what tfjs returns', () => {
  test.each(cases)('%s %#', (name, args) => {
    for (const sizes of assignments) {
      const real = tf.tidy(
        () =>
          (
            call(
              name,
              args.map((arg) => concrete(arg, sizes)),
            ) as tf.Tensor
          ).shape,
      );
      expect(shapeAt(applyOp(ruleOf(name), args.map(abstract), context), sizes)).toEqual(real);
    }
  });

  test.each(several)('%s gives parts %#', (name, args) => {
    for (const sizes of [{ a: 2, b: 4, c: 6 }]) {
      const real = tf.tidy(() =>
        (
          call(
            name,
            args.map((arg) => concrete(arg, sizes)),
          ) as tf.Tensor[]
        ).map((each) => each.shape),
      );
      const parts = applyOp(ruleOf(name), args.map(abstract), context);
      expect(parts.kind === 'array' ? parts.items.map((part) => shapeAt(part, sizes)) : parts).toEqual(real);
    }
  });

  test('moments and topk give records', () => {
    const moments = applyOp(ruleOf('moments'), [abstract(t('a', 'b')), number(1), literal(true)], context);
    expect(moments.kind === 'record' ? [...moments.properties.keys()] : []).toEqual(['mean', 'variance']);
    const top = applyOp(ruleOf('topk'), [abstract(t('a', 'b')), number(3)], context);
    const values = top.kind === 'record' ? top.properties.get('values') : undefined;
    expect(values === undefined ? [] : shapeAt(values, { a: 2, b: 4 })).toEqual(
      tf.tidy(() => tf.topk(tf.zeros([2, 4]), 3).values.shape),
    );
  });

  test('every rule for tfjs names a function or a tensor method that exists there', () => {
    const names = ops.filter((each) => each.library === 'tfjs').flatMap((each) => each.names);
    const exists = (name: string): boolean => name in tf.Tensor.prototype || typeof functionAt(name) === 'function';
    expect(names.length).toBeGreaterThan(80);
    expect(names.filter((name) => !exists(name))).toEqual([]);
  });
});

describe('what is not known says so', () => {
  test.each([
    ['reduction over computed axes', 'sum', [t('a', 'b'), n('c')], /axes of a reduction/],
    ['a computed permutation', 'transpose', [t('a', 'b'), [n('a'), 0]], /permutation/],
    ['a squeeze that guesses', 'squeeze', [t('a', 1)], /happens to be 1/],
    ['a computed equation', 'einsum', [n('a'), t('a')], /equation/],
  ])('%s', (_, name, args, why) => {
    expect(shapeAt(applyOp(ruleOf(name), args.map(abstract), context), {})).toMatch(why);
  });
});
