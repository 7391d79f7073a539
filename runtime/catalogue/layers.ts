import { attentionLayers } from './layers/attention.js';
import { convolutionLayers } from './layers/convolution.js';
import { linearLayers } from './layers/linear.js';
import { normLayers } from './layers/norm.js';
import { recurrentLayers } from './layers/recurrent.js';
import { structureLayers } from './layers/structure.js';
import type { LayerRecord } from './record.js';

/** The layers, by Linen name. `reference` of every value: Flax 0.12. */
export const layers: readonly LayerRecord[] = [
  ...linearLayers,
  ...convolutionLayers,
  ...normLayers,
  ...attentionLayers,
  ...recurrentLayers,
  ...structureLayers,
];

const byName = new Map(layers.map((record) => [record.linen, record]));

/** The record of a Linen layer. */
export function layerByLinenName(linenName: string): LayerRecord | undefined {
  return byName.get(linenName);
}
