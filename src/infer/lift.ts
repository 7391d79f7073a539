/** What lifted transforms do to the axes of arguments and results. */
import type { Dim } from './atom.js';
import { opaque } from './dim.js';
import type { Lift, Session, Value } from './machine.js';
import { assumeSame } from './rule-context.js';
import type { Shape } from './shape.js';
import { addAxis, dropAxis } from './shape.js';
import { dimOf, integerOf, option, shapeOf, unknown } from './value.js';

/** Arguments as the lifted body sees them: the mapped axis goes off everything but a scan's carry. */
export function liftArgs(lifts: readonly Lift[], args: readonly Value[]): readonly Value[] {
  return lifts.reduce((left, lift) => left.map((value, index) => liftArg(lift, value, index)), args);
}

/** The result as the caller sees it; a scan's carry keeps its sizes, which is a strong equality. */
export function liftOut(
  session: Session,
  lifts: readonly Lift[],
  call: { readonly args: readonly Value[]; readonly out: Value },
): Value {
  return [...lifts].reverse().reduce((out, lift) => liftResult(session, lift, { args: call.args, out }), call.out);
}

function liftArg(lift: Lift, value: Value, index: number): Value {
  if (lift.lift === 'same' || (lift.lift === 'scan' && index === 0)) return value;
  const axis = inAxis(lift, lift.lift === 'scan' ? index - 1 : index);
  return axis === null ? value : mapTensors(value, (shape) => dropAxis(shape, axis));
}

function inAxis(lift: Lift, index: number): number | null {
  const axes = option(lift.options, 'inAxes');
  if (axes === undefined) return 0;
  return integerOf(axes.kind === 'array' ? axes.items[index] : axes);
}

function liftResult(
  session: Session,
  lift: Lift,
  call: { readonly args: readonly Value[]; readonly out: Value },
): Value {
  const { args, out } = call;
  if (lift.lift === 'same') return out;
  const outAxes = option(lift.options, 'outAxes');
  const axis = outAxes === undefined ? 0 : integerOf(outAxes);
  const stacked = (value: Value): Value =>
    axis === null
      ? unknown('L2N316', 'the axis of a lifted result is computed')
      : mapTensors(value, (shape) => addAxis(shape, axis, lengthOf(lift, args)));
  if (lift.lift === 'vmap') return stacked(out);
  const [carry, ys] = out.kind === 'array' ? out.items : [];
  if (carry === undefined || ys === undefined || out.kind !== 'array') {
    return out.kind === 'unknown' ? out : unknown('L2N316', 'the body of a scan does not return a carry and an output');
  }
  if (args[0] !== undefined) assumeSame(session, args[0], carry);
  return { ...out, items: [carry, stacked(ys)] };
}

function lengthOf(lift: Lift, args: readonly Value[]): Dim {
  const given = dimOf(option(lift.options, 'length')) ?? dimOf(option(lift.options, 'axisSize'));
  if (given !== null) return given;
  const from = lift.lift === 'scan' ? 1 : 0;
  for (const [index, value] of args.slice(from).entries()) {
    const axis = inAxis(lift, index);
    const shape = value.kind === 'tensor' ? shapeOf(value) : null;
    if (axis !== null && shape !== null) return shape.axis(axis);
  }
  return opaque({ code: 'L2N316', why: 'the length of a lifted call is not known', path: null, span: null });
}

function mapTensors(value: Value, f: (shape: Shape) => Shape): Value {
  if (value.kind === 'tensor') return { kind: 'tensor', shape: f(value.shape) };
  if (value.kind === 'array') return { ...value, items: value.items.map((each) => mapTensors(each, f)) };
  if (value.kind === 'record') {
    return { ...value, properties: new Map([...value.properties].map(([key, each]) => [key, mapTensors(each, f)])) };
  }
  return value;
}
