/** What a catalogue layer must be told, and the shape it returns: both read from its record. */
import type { LayerRecord, SizeArgument } from '../../../runtime/catalogue/record.js';
import type { Dim } from '../atom.js';
import { opaque } from '../dim.js';
import type { Value } from '../machine.js';
import { convolve } from './convolution.js';
import type { RuleContext } from './operand.js';
import { integersOf, isMissing, itemsOf, notTensor, onShape } from './operand.js';
import type { Shape } from '../shape.js';
import { addAxis, dropAxis, withAxis } from '../shape.js';
import { dimOf, option, shapeOf, tensor, unknown } from '../value.js';

export interface LayerUse {
  /** One entry for each of the record's `sizeArguments`: a size, or a list of them. */
  readonly needs: readonly { readonly argument: SizeArgument; readonly dims: readonly Dim[]; readonly list: boolean }[];
  readonly out: Value;
}

/** Uses a layer that was built with `built` on the arguments of a call. */
export function useLayer(
  layer: LayerRecord,
  call: { readonly built: readonly Value[]; readonly args: readonly Value[] },
  context: RuleContext,
): LayerUse {
  const { built, args } = call;
  const options = built.slice(layer.linenPositional.length).at(-1) ?? built.at(-1);
  const needs = layer.sizeArguments.map((argument) => {
    const axes = axesOf(argument, options);
    const dims = axes === null ? [opaque(computedAxis)] : axes.axes.map((axis) => neededSize(argument, axis, args));
    return { argument, dims, list: axes?.list ?? false };
  });
  return { needs, out: outputOf({ layer, built, options, args, context }) };
}

/** A value given to the layer's constructor by position. */
export function builtWith(layer: LayerRecord, built: readonly Value[], parameter: string): Value | undefined {
  const position = layer.linenPositional.findIndex((each) => each.name === parameter);
  return position < 0 ? undefined : built[position];
}

/** The argument that a size is read from: itself, or what stands in where it is left out. */
function inputOf(argument: SizeArgument, args: readonly Value[]): Value | undefined {
  const places = [argument.argument, ...(argument.fallback ?? [])];
  const given = places.map((each) => args[each]).filter((each) => !isMissing(each) && each?.kind !== 'record');
  return given[0] ?? args[argument.argument];
}

function neededSize(argument: SizeArgument, axis: number, args: readonly Value[]): Dim {
  const input = inputOf(argument, args);
  const shape = shapeOf(input);
  if (shape !== null) return shape.axis(axis);
  const value = notTensor(input);
  return opaque(value.kind === 'unknown' ? value.reason : unknownInput);
}

const unknownInput = { code: 'L2N310', why: 'the input is not a known tensor', path: null, span: null } as const;
const computedAxis = { ...unknownInput, why: 'the axis of the layer is computed' } as const;

function axesOf(
  argument: SizeArgument,
  options: Value | undefined,
): { readonly axes: readonly number[]; readonly list: boolean } | null {
  if (typeof argument.axis === 'number') return { axes: [argument.axis], list: false };
  const given = option(options, argument.axis.option);
  if (isMissing(given)) return { axes: [argument.axis.default], list: false };
  const axes = integersOf(given);
  return axes === null ? null : { axes, list: given?.kind === 'array' };
}

interface LayerCall {
  readonly layer: LayerRecord;
  readonly built: readonly Value[];
  readonly options: Value | undefined;
  readonly args: readonly Value[];
  readonly context: RuleContext;
}

function outputOf(call: LayerCall): Value {
  const { layer, built, options, args, context } = call;
  const { shape: rule } = layer;
  return onShape(args[0], (shape) => {
    switch (rule.rule) {
      case 'same':
        return tensor(shape);
      case 'lastAxis':
        return tensor(withAxis(shape, -1, parameterSize(call, rule.parameter)));
      case 'append':
        return tensor(addAxis(shape, -1, parameterSize(call, rule.parameter)));
      case 'window': {
        const kernel = builtWith(layer, built, rule.kernel);
        const out = convolve(shape, { kernel, options, transpose: rule.transpose }, context);
        return out === null
          ? unknown('L2N316', 'the window of a convolution is computed')
          : tensor(withAxis(out, -1, parameterSize(call, rule.parameter)));
      }
      case 'general':
        return general(shape, call, rule.parameter);
      case 'lastAxisOption': {
        const given = option(options, rule.option);
        return isMissing(given) ? tensor(shape) : tensor(withAxis(shape, -1, dimOf(given) ?? opaque(unknownSize)));
      }
      case 'cell':
        return onShape(args[1], (input) => ({
          kind: 'array',
          id: context.identity(),
          items: [args[0] ?? tensor(shape), tensor(withAxis(input, -1, parameterSize(call, rule.parameter)))],
        }));
      default:
        return unknown('L2N316', `there is no shape rule for the layer ${layer.linen}`);
    }
  });
}

const unknownSize = { ...unknownInput, why: 'an option of a layer is not known' } as const;

/** Contracted axes go, the features come last. */
function general(shape: Shape, { layer, built, options }: LayerCall, parameter: string): Value {
  const given = option(options, 'axis');
  const axes = isMissing(given) ? [-1] : integersOf(given);
  const features = itemsOf(builtWith(layer, built, parameter));
  const batch = option(options, 'batchDims');
  if (axes === null || features === null || (batch?.kind === 'array' && batch.items.length > 0)) {
    return unknown('L2N316', 'the axes or features of a general linear layer are computed');
  }
  const rank = shape.dims?.length;
  const normal = axes.map((each) => (each < 0 && rank !== undefined ? each + rank : each));
  if (normal.some((each) => each < 0) && normal.some((each) => each >= 0)) {
    return unknown('L2N311', 'axes are counted from both ends of a tensor whose rank is unknown');
  }
  const sorted = [...normal].sort((a, b) => (a < 0 ? a - b : b - a));
  const rest = sorted.reduce(dropAxis, shape);
  return tensor(features.reduce<Shape>((left, each) => appendAxis(left, dimOf(each) ?? opaque(unknownSize)), rest));
}

function appendAxis(shape: Shape, dim: Dim): Shape {
  return addAxis(shape, shape.dims === null ? -1 : shape.dims.length, dim);
}

function parameterSize({ layer, built }: LayerCall, parameter: string): Dim {
  const why = `the ${parameter} of a layer are not known`;
  return dimOf(builtWith(layer, built, parameter)) ?? opaque({ ...unknownInput, why });
}
