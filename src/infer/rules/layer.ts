/** What a catalogue layer must be told, and the shape it returns: both read from its record. */
import type { LayerRecord, SizeArgument } from '../../../runtime/catalogue/record.js';
import type { Dim } from '../atom.js';
import { opaque } from '../dim.js';
import type { Value } from '../machine.js';
import { isMissing, notTensor, onShape } from './operand.js';
import { addAxis, withAxis } from '../shape.js';
import { dimOf, integerOf, option, shapeOf, tensor } from '../value.js';

export interface LayerUse {
  /** One size for each of the record's `sizeArguments`. */
  readonly needs: readonly { readonly argument: SizeArgument; readonly dim: Dim }[];
  readonly out: Value;
}

/** Uses a layer that was built with `built` on the arguments of a call. */
export function useLayer(layer: LayerRecord, built: readonly Value[], args: readonly Value[]): LayerUse {
  const options = built.slice(layer.linenPositional.length).at(-1) ?? built.at(-1);
  const needs = layer.sizeArguments.map((argument) => ({ argument, dim: neededSize(argument, options, args) }));
  return { needs, out: outputOf(layer, built, args) };
}

/** A value given to the layer's constructor by position. */
export function builtWith(layer: LayerRecord, built: readonly Value[], parameter: string): Value | undefined {
  const position = layer.linenPositional.findIndex((each) => each.name === parameter);
  return position < 0 ? undefined : built[position];
}

function neededSize(argument: SizeArgument, options: Value | undefined, args: readonly Value[]): Dim {
  const input = args[argument.argument];
  const shape = shapeOf(input);
  if (shape === null) {
    const value = notTensor(input);
    return opaque(value.kind === 'unknown' ? value.reason : unknownInput);
  }
  const axis = axisOf(argument, options);
  if (axis === null) return opaque({ ...unknownInput, why: 'the axis of the layer is computed' });
  return shape.axis(axis);
}

const unknownInput = { code: 'L2N310', why: 'the input is not a known tensor', path: null, span: null } as const;

function axisOf(argument: SizeArgument, options: Value | undefined): number | null {
  if (typeof argument.axis === 'number') return argument.axis;
  const given = option(options, argument.axis.option);
  return isMissing(given) ? argument.axis.default : integerOf(given);
}

function outputOf(layer: LayerRecord, built: readonly Value[], args: readonly Value[]): Value {
  const { shape: rule } = layer;
  return onShape(args[0], (shape) => {
    switch (rule.rule) {
      case 'same':
        return tensor(shape);
      case 'lastAxis':
        return tensor(withAxis(shape, -1, parameterSize(layer, built, rule.parameter)));
      case 'append':
        return tensor(addAxis(shape, -1, parameterSize(layer, built, rule.parameter)));
    }
  });
}

function parameterSize(layer: LayerRecord, built: readonly Value[], parameter: string): Dim {
  const why = `the ${parameter} of a layer are not known`;
  return dimOf(builtWith(layer, built, parameter)) ?? opaque({ ...unknownInput, why });
}
