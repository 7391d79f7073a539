import * as nn from 'linen2nnx/linen';
import * as nnx from 'linen2nnx/nnx';
import type { Cases } from './case.js';

/** As `linear` in fixtures/flax/record-layers.py. */
export const linearCases: Cases = {
  Dense: {
    default: { linen: () => new nn.Dense(4), nnx: (rngs) => new nnx.Linear(6, 4, { rngs }) },
    'no bias, leading axes': {
      linen: () => new nn.Dense(5, { useBias: false }),
      nnx: (rngs) => new nnx.Linear(4, 5, { useBias: false, rngs }),
    },
    'uniform kernel': {
      linen: () => new nn.Dense(4, { kernelInit: nn.initializers.xavierUniform() }),
      nnx: (rngs) => new nnx.Linear(6, 4, { kernelInit: nnx.initializers.xavierUniform(), rngs }),
    },
  },
  DenseGeneral: {
    default: { linen: () => new nn.DenseGeneral(4), nnx: (rngs) => new nnx.LinearGeneral(6, 4, { rngs }) },
    'several features': {
      linen: () => new nn.DenseGeneral([2, 3]),
      nnx: (rngs) => new nnx.LinearGeneral(4, [2, 3], { rngs }),
    },
    'several axes': {
      linen: () => new nn.DenseGeneral(5, { axis: [-2, -1] }),
      nnx: (rngs) => new nnx.LinearGeneral([3, 4], 5, { axis: [-2, -1], rngs }),
    },
    'first axis': {
      linen: () => new nn.DenseGeneral([2, 2], { axis: 1 }),
      nnx: (rngs) => new nnx.LinearGeneral(3, [2, 2], { axis: 1, rngs }),
    },
    'batch axis': {
      linen: () => new nn.DenseGeneral([3, 2], { axis: -1, batchDims: [0] }),
      nnx: (rngs) => new nnx.LinearGeneral(4, [3, 2], { batchAxis: { 0: 2 }, rngs }),
    },
  },
  Einsum: {
    bias: {
      linen: () => new nn.Einsum([4, 2, 3], { einsumStr: 'abc,cde->abde' }),
      nnx: (rngs) => new nnx.Einsum('abc,cde->abde', [4, 2, 3], { biasShape: [2, 3], rngs }),
    },
    'no bias, ellipsis': {
      linen: () => new nn.Einsum([4, 5], { einsumStr: '...c,cd->...d', useBias: false }),
      nnx: (rngs) => new nnx.Einsum('...c,cd->...d', [4, 5], { rngs }),
    },
  },
  Embed: {
    default: { linen: () => new nn.Embed(5, 3), nnx: (rngs) => new nnx.Embed(5, 3, { rngs }) },
  },
  PReLU: {
    default: { linen: () => new nn.PReLU(), nnx: () => new nnx.PReLU() },
    slope: {
      linen: () => new nn.PReLU({ negativeSlopeInit: 0.25 }),
      nnx: () => new nnx.PReLU({ negativeSlopeInit: 0.25 }),
    },
  },
  LoRA: {
    adapter: { nnx: (rngs) => new nnx.LoRA(6, 2, 4, { bInitializer: nnx.initializers.normal(), rngs }) },
    linear: { nnx: (rngs) => new nnx.LoRALinear(6, 4, { loraRank: 2, rngs }) },
    'base module': {
      nnx: (rngs) =>
        new nnx.LoRA(6, 2, 4, {
          baseModule: new nnx.Linear(6, 4, { rngs }),
          bInitializer: nnx.initializers.ones,
          rngs,
        }),
    },
  },
};
