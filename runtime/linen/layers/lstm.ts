import * as tf from '@tensorflow/tfjs';
import { split } from '../../core/key.js';
import type { Attributes, Key, Shape } from '../../core/tree-typing.js';
import { dense } from '../../functional/dense.js';
import { promoteDtype } from '../../functional/dtype.js';
import { carryShape, type LSTMCarry, type LSTMGates, lstmStep } from '../../functional/recurrent.js';
import type { Initializer } from '../../random/initializers.js';
import { compact, nowrap } from '../compact.js';
import { Module } from '../module.js';
import { assignFields } from './fields.js';
import { gatedCellDefaults, type GatedCellFields, type GatedCellOptions, gatePart, RNNCellBase } from './rnn-cell.js';

/** LSTM cell: carry `[c, h]`, inputs [...batch, in] → output [...batch, features]. */
export class LSTMCell extends RNNCellBase<LSTMCarry> {
  static readonly moduleName: string = 'LSTMCell';

  constructor(
    readonly features: number,
    options: GatedCellOptions = {},
  ) {
    super(options);
    assignFields(this, gatedCellDefaults, options);
  }

  @compact
  call(carry: LSTMCarry, inputs: tf.Tensor): [carry: LSTMCarry, output: tf.Tensor] {
    const [c, h] = carry;
    const [input, recurrent] = partsOf(this, h.shape.at(-1)!);
    const gate = (name: string) =>
      tf.add(
        gatePart(inputs, `i${name}`, { ...input, useBias: false }),
        gatePart(h, `h${name}`, { ...recurrent, useBias: true }),
      );
    return lstmStep(c, { i: gate('i'), f: gate('f'), g: gate('g'), o: gate('o') }, this);
  }

  @nowrap
  initializeCarry(rng: Key, inputShape: Shape): LSTMCarry {
    return pairOfCarries(this, rng, carryShape(inputShape, this.features));
  }
}
export interface LSTMCell extends Attributes<GatedCellFields> {}

/** As `LSTMCell`, with two matmuls in place of eight; same parameters. */
export class OptimizedLSTMCell extends LSTMCell {
  static override readonly moduleName: string = 'OptimizedLSTMCell';

  @compact
  override call(carry: LSTMCarry, inputs: tf.Tensor): [carry: LSTMCarry, output: tf.Tensor] {
    const [c, h] = carry;
    const [input, recurrent] = partsOf(this, h.shape.at(-1)!);
    const weights = gateNames.map((name) => ({
      input: new DenseParams({ ...input, name: `i${name}`, useBias: false }).call(inputs),
      recurrent: new DenseParams({ ...recurrent, name: `h${name}`, useBias: true }).call(h),
    }));
    const fromInput = joined(
      inputs,
      weights.map((each) => each.input),
      this,
    );
    const fromCarry = joined(
      h,
      weights.map((each) => each.recurrent),
      this,
    );
    const sums = fromInput.map((part, i) => tf.add(fromCarry[i]!, part));
    return lstmStep(c, Object.fromEntries(gateNames.map((name, i) => [name, sums[i]!])) as never as LSTMGates, this);
  }
}

const gateNames = ['i', 'f', 'g', 'o'] as const;

/** The two carries of a cell, each from its own key. */
export function pairOfCarries(
  cell: { readonly carryInit: Initializer; readonly paramDtype: GatedCellFields['paramDtype'] },
  rng: Key,
  shape: readonly number[],
): LSTMCarry {
  const [first, second] = split(rng, 2) as readonly [Key, Key];
  return [cell.carryInit(first, shape, cell.paramDtype), cell.carryInit(second, shape, cell.paramDtype)];
}

function partsOf(cell: LSTMCell, features: number) {
  const { dtype, paramDtype, kernelInit, recurrentKernelInit, biasInit } = cell;
  const common = { features, dtype, paramDtype };
  return [
    { ...common, kernelInit },
    { ...common, kernelInit: recurrentKernelInit, biasInit },
  ] as const;
}

interface Weights {
  readonly kernel: tf.Tensor;
  readonly bias: tf.Tensor | null;
}

/** The parameters of a `Dense`, not applied yet. */
class DenseParams extends Module {
  constructor(
    private readonly options: ReturnType<typeof partsOf>[number] & {
      readonly name: string;
      readonly useBias: boolean;
      readonly biasInit?: Initializer;
    },
  ) {
    super({ name: options.name });
  }

  @compact
  call(x: tf.Tensor): Weights {
    const { features, paramDtype, kernelInit, biasInit, useBias } = this.options;
    const kernel = this.param('kernel', kernelInit, [x.shape.at(-1)!, features], paramDtype);
    const bias = useBias && biasInit !== undefined ? this.param('bias', biasInit, [features], paramDtype) : null;
    return { kernel, bias };
  }
}

/** One matmul with all kernels side by side, taken apart again. */
function joined(x: tf.Tensor, weights: readonly Weights[], { dtype }: LSTMCell): tf.Tensor[] {
  const biases = weights.map((each) => each.bias).filter((each) => each !== null);
  const kernel = tf.concat(
    weights.map((each) => each.kernel),
    -1,
  );
  const bias = biases.length === 0 ? null : tf.concat(biases, -1);
  const [input, joint, offset] = promoteDtype([x, kernel, bias], { dtype });
  return tf.split(dense(input!, { kernel: joint!, bias: offset! }), weights.length, -1);
}
