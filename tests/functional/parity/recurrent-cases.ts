import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import { type Case, type Cases, inputOf } from './case.js';

const lengths = () => ({ seqLengths: tf.tensor1d([3, 5], 'int32') });
const initial = () => ({
  initialCarry: [33, 34].map((seed) => inputOf({ seed, shape: [2, 4] })),
  returnCarry: true,
});

const lstm = () => new nn.LSTMCell(4);
const nnxLstm = (rngs: nnx.Rngs) => new nnx.LSTMCell(3, 4, { rngs });
const gru = () => new nn.GRUCell(4);
const nnxGru = (rngs: nnx.Rngs) => new nnx.GRUCell(3, 4, { rngs });

/** As `cells` and `sequences` in fixtures/flax/record-sequences.py. */
export const recurrentCases: Cases = withOrthogonal({
  LSTMCell: {
    default: { linen: lstm, nnx: nnxLstm },
    activations: {
      linen: () => new nn.LSTMCell(4, { gateFn: nn.hardSigmoid, activationFn: nn.softSign }),
      nnx: (rngs) => new nnx.LSTMCell(3, 4, { gateFn: nnx.hardSigmoid, activationFn: nnx.softSign, rngs }),
    },
  },
  OptimizedLSTMCell: {
    default: {
      linen: () => new nn.OptimizedLSTMCell(4),
      nnx: (rngs) => new nnx.OptimizedLSTMCell(3, 4, { rngs }),
    },
  },
  GRUCell: { default: { linen: gru, nnx: nnxGru } },
  SimpleCell: {
    default: { linen: () => new nn.SimpleCell(4), nnx: (rngs) => new nnx.SimpleCell(3, 4, { rngs }) },
    residual: {
      linen: () => new nn.SimpleCell(4, { residual: true }),
      nnx: (rngs) => new nnx.SimpleCell(3, 4, { residual: true, rngs }),
    },
  },
  MGUCell: {
    default: { linen: () => new nn.MGUCell(4) },
    'no reset gate': { linen: () => new nn.MGUCell(4, { resetGate: false }) },
  },
  ConvLSTMCell: { default: { linen: () => new nn.ConvLSTMCell(3, [2, 2]) } },
  RNN: {
    default: rnn(lstm, nnxLstm),
    carry: rnn(lstm, nnxLstm, { returnCarry: true }),
    'time major': rnn(gru, nnxGru, { timeMajor: true, returnCarry: true }),
    reversed: rnn(gru, nnxGru, { reverse: true, returnCarry: true }),
    'reversed, order kept': rnn(gru, nnxGru, { reverse: true, keepOrder: true }),
    lengths: rnn(lstm, nnxLstm, { returnCarry: true }, lengths),
    'lengths, reversed, order kept': rnn(gru, nnxGru, { reverse: true, keepOrder: true, returnCarry: true }, lengths),
    'lengths, time major': rnn(lstm, nnxLstm, { timeMajor: true, reverse: true, returnCarry: true }, lengths),
    'initial carry': rnn(lstm, nnxLstm, {}, initial),
    images: { linen: () => new nn.RNN(new nn.ConvLSTMCell(3, [2, 2]), { returnCarry: true }) },
  },
  Bidirectional: {
    default: {
      linen: () => new nn.Bidirectional(new nn.RNN(lstm()), new nn.RNN(lstm())),
      nnx: (rngs) => new nnx.Bidirectional(new nnx.RNN(nnxLstm(rngs)), new nnx.RNN(nnxLstm(rngs))),
    },
    'lengths, carries': {
      linen: () => new nn.Bidirectional(new nn.RNN(gru()), new nn.RNN(gru()), { returnCarry: true }),
      nnx: (rngs) => new nnx.Bidirectional(new nnx.RNN(nnxGru(rngs)), new nnx.RNN(nnxGru(rngs)), { returnCarry: true }),
      options: lengths,
    },
    'merged by sum': {
      linen: () => new nn.Bidirectional(new nn.RNN(gru()), new nn.RNN(gru()), { mergeFn: tf.add }),
    },
  },
});

type LinenCell = () => nn.RNNCellBase<never>;
type NnxCell = (rngs: nnx.Rngs) => nnx.RNNCellBase<never>;

function rnn(linenCell: unknown, nnxCell: unknown, fields: object = {}, options?: () => object): Case {
  return {
    linen: () => new nn.RNN((linenCell as LinenCell)(), fields),
    nnx: (rngs) => new nnx.RNN((nnxCell as NnxCell)(rngs), fields),
    ...(options === undefined ? {} : { options }),
  };
}

function withOrthogonal(cases: Cases): Cases {
  const each = (all: Cases[string]) =>
    Object.fromEntries(Object.entries(all).map(([name, one]) => [name, { ...one, orthogonal: true }]));
  return Object.fromEntries(Object.entries(cases).map(([layer, all]) => [layer, each(all)]));
}
