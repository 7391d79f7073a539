import type { TransformRecord } from './record.js';

const refused = {
  refusal: 'L2N410',
  sameOptions: [],
  droppedOptions: [],
  sizeOption: null,
  positionsOption: null,
} as const;
const rematerialised = {
  nnx: 'remat',
  prefix: 'Checkpoint',
  refusal: null,
  runs: 'same',
  sameOptions: ['policy', 'preventCse'],
  droppedOptions: [],
  sizeOption: null,
  positionsOption: 'staticArgnums',
} as const;

/** Lifted transforms. */
export const transforms: readonly TransformRecord[] = [
  {
    linen: 'scan',
    nnx: 'scan',
    prefix: 'Scan',
    refusal: null,
    runs: 'carry',
    sameOptions: ['reverse', 'unroll'],
    droppedOptions: ['metadataParams', 'checkConstancyInvariants'],
    sizeOption: 'length',
    positionsOption: null,
  },
  {
    linen: 'vmap',
    nnx: 'vmap',
    prefix: 'Vmap',
    refusal: null,
    runs: 'map',
    sameOptions: ['axisName'],
    droppedOptions: ['metadataParams', 'spmdAxisName'],
    sizeOption: 'axisSize',
    positionsOption: null,
  },
  { linen: 'remat', ...rematerialised },
  { linen: 'checkpoint', ...rematerialised },
  { linen: 'rematScan', nnx: null, prefix: 'RematScan', runs: 'carry', ...refused },
  {
    linen: 'jit',
    nnx: 'jit',
    prefix: 'Jit',
    refusal: null,
    runs: 'same',
    sameOptions: [],
    droppedOptions: [],
    sizeOption: null,
    positionsOption: 'staticArgnums',
  },
  { linen: 'mapVariables', nnx: null, prefix: 'MapVariables', runs: 'same', ...refused },
  { linen: 'cond', nnx: 'cond', prefix: '', runs: 'same', ...refused },
  { linen: 'whileLoop', nnx: 'whileLoop', prefix: '', runs: 'same', ...refused },
];

export function transformByLinenName(name: string): TransformRecord | undefined {
  return transforms.find((each) => each.linen === name);
}
