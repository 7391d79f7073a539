import type { LayerVariable, OptionRecord } from '../record.js';

/** An option of one name and default in both styles. */
export const same = (linen: string, initial: string | null): OptionRecord => ({
  linen,
  becomes: 'same',
  nnx: linen,
  linenDefault: initial,
  nnxDefault: initial,
});

/** An option of one name whose default differs: it is written out. */
export const changed = (linen: string, linenDefault: string, nnxDefault: string): OptionRecord => ({
  ...same(linen, linenDefault),
  nnxDefault,
});

/** An option that only NNX has: `always` is what Linen does, and what a converted layer is given. */
export const added = (nnx: string, always: string, nnxDefault: string): OptionRecord => ({
  ...changed(nnx, always, nnxDefault),
  nnxOnly: true,
});

/** An option that has no effect on one device. */
export const dropped = (linen: string): OptionRecord => ({
  linen,
  becomes: 'dropped',
  nnx: null,
  linenDefault: null,
  nnxDefault: null,
});

/** An option that NNX cannot express. */
export const refused = (linen: string, initial: string): OptionRecord => ({
  linen,
  becomes: 'refused',
  nnx: null,
  linenDefault: initial,
  nnxDefault: initial,
});

/** Consumed by the converter (names become attributes, modes follow `train()`). */
export const name = dropped('name');

export const dtypeOptions: readonly OptionRecord[] = [same('dtype', 'null'), same('paramDtype', "'float32'")];

/** Options of all layers with a kernel and a bias. */
export const matmulOptions: readonly OptionRecord[] = [
  same('useBias', 'true'),
  ...dtypeOptions,
  same('precision', 'null'),
  same('kernelInit', 'initializers.lecunNormal()'),
  same('biasInit', 'initializers.zerosInit()'),
  same('promoteDtype', null),
  name,
];

export const scaleOptions: readonly OptionRecord[] = [
  ...dtypeOptions,
  same('useScale', 'true'),
  same('scaleInit', 'initializers.onesInit()'),
  same('axisName', 'null'),
  same('axisIndexGroups', 'null'),
  same('useFastVariance', 'true'),
  dropped('forceFloat32Reductions'),
  name,
];

export const normOptions: readonly OptionRecord[] = [
  ...scaleOptions,
  same('useBias', 'true'),
  same('biasInit', 'initializers.zerosInit()'),
];

/** A parameter under one name in both styles. */
export const parameter = (linen: string, unless: string | null = null, nnx = linen): LayerVariable => ({
  collection: 'params',
  linen,
  nnx,
  unless,
  drawsKey: true,
});

/** A value that is no parameter. */
export const statistic = (collection: string, linen: string, nnx = linen): LayerVariable => ({
  collection,
  linen,
  nnx,
  unless: null,
  drawsKey: false,
});

/** Parameters of a dense layer below a layer: `query/kernel` is `query.kernel`. */
export const dense = (
  linen: string,
  { nnx = linen, bias = true, unless = null as string | null } = {},
): LayerVariable[] => [
  parameter(`${linen}/kernel`, null, `${nnx}.kernel`),
  ...(bias ? [parameter(`${linen}/bias`, unless, `${nnx}.bias`)] : []),
];

/** A parameter that NNX holds fused: those of several Linen layers side by side. */
export const fused = (names: readonly string[], leaf: string, nnx: string): LayerVariable => {
  const parts = names.map((each) => `${each}/${leaf}`);
  return { ...parameter(parts[0]!, null, `${nnx}.${leaf}`), parts };
};
