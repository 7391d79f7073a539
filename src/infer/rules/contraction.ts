/** Matrix products. */
import type { Dim } from '../atom.js';
import { one } from '../dim.js';
import type { Value } from '../machine.js';
import { broadcast } from './elementwise.js';
import type { Args, RuleContext } from './operand.js';
import { isTrue, isUndecided, onShapes } from './operand.js';
import { unknownLength } from './restructure.js';
import type { Shape } from '../shape.js';
import { addAxis, known, open, withAxis } from '../shape.js';
import { shapeOf, tensor, unknown } from '../value.js';

export function matMul(args: Args, context: RuleContext): Value {
  const [a, b, transposeA, transposeB] = args;
  if (isUndecided(transposeA) || isUndecided(transposeB))
    return unknown('L2N316', 'a matMul transposes on a condition');
  const [flipA, flipB] = [isTrue(transposeA), isTrue(transposeB)];
  return onShapes([a, b], ([x = known([]), y = known([])]) => {
    context.same(x.axis(flipA ? -2 : -1), y.axis(flipB ? -1 : -2));
    const [rows, columns] = [x.axis(flipA ? -1 : -2), y.axis(flipB ? -2 : -1)];
    const long = (x.dims?.length ?? 0) < (y.dims?.length ?? 0) ? y : x;
    const batch = x.dims === null || y.dims === null ? long : broadcast(withoutMatrix(x), withoutMatrix(y), context);
    return tensor(
      batch === long
        ? withAxis(withAxis(long, -2, rows), -1, columns)
        : addAxis(addAxis(batch, batch.dims?.length ?? 0, rows), (batch.dims?.length ?? 0) + 1, columns),
    );
  });
}

export function outerProduct(args: Args): Value {
  return onShapes([args[0], args[1]], ([a = known([]), b = known([])]) => tensor([a.axis(-1), b.axis(-1)]));
}

export function einsum(args: Args, context: RuleContext): Value {
  const [equation, ...operands] = args;
  if (equation?.kind !== 'literal' || typeof equation.value !== 'string') {
    return unknown('L2N316', 'the equation of an einsum is computed');
  }
  const [inputs = '', output] = equation.value.replace(/\s/g, '').split('->');
  if (output === undefined) return unknown('L2N316', 'an einsum does not say what it returns');
  const sizes = new Map<string, Dim>();
  for (const [index, labels] of inputs.split(',').entries()) {
    readLabels({ labels, shape: shapeOf(operands[index]), sizes }, context);
  }
  const named = [...output.replace('...', '')].map((label) => sizes.get(label) ?? unknownLength('an einsum axis'));
  if (!output.includes('...')) return tensor(named);
  if (!output.startsWith('...')) return unknown('L2N316', 'an einsum keeps leading axes behind others');
  return tensor(open((index) => named[named.length + index] ?? unknownLength('an einsum axis')));
}

function readLabels(
  operand: { readonly labels: string; readonly shape: Shape | null; readonly sizes: Map<string, Dim> },
  context: RuleContext,
): void {
  const { labels, shape, sizes } = operand;
  if (shape === null) return;
  const fromEnd = [...labels.slice(labels.includes('...') ? labels.indexOf('...') + 3 : 0)];
  const fromStart = labels.includes('...') ? [...labels.slice(0, labels.indexOf('...'))] : [];
  const read = (label: string, dim: Dim): void => {
    const known = sizes.get(label);
    sizes.set(label, known === undefined ? dim : context.same(known, dim));
  };
  fromStart.forEach((label, index) => read(label, shape.axis(index)));
  fromEnd.forEach((label, index) => read(label, shape.axis(index - fromEnd.length)));
}

function withoutMatrix(shape: Shape): Shape {
  return known((shape.dims ?? [one, one]).slice(0, -2));
}
