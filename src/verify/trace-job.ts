/** What a recorded run needs to know of the places that build modules. */
import { layerByLinenName } from '../../runtime/catalogue/layers.js';
import type { SizeArgument } from '../../runtime/catalogue/record.js';
import type { ClassId, ConstructTarget, ProjectModel, SiteId } from '../ir/project.js';
import type { Write } from './slices.js';
import { markedText } from './trace-text.js';

/** Plain data for the child process. */
export interface TraceSites {
  readonly layers: { readonly [site: SiteId]: readonly SizeArgument[] };
  readonly classes: { readonly [site: SiteId]: ClassId };
}

export function traceSites({ constructs }: ProjectModel): TraceSites {
  const layers: { [site: SiteId]: readonly SizeArgument[] } = {};
  const classes: { [site: SiteId]: ClassId } = {};
  for (const { id, target } of constructs) {
    const record = target.target === 'layer' ? layerByLinenName(target.name) : undefined;
    if (record !== undefined) layers[id] = record.sizeArguments;
    else if (target.target === 'class') classes[id] = target.id;
  }
  return { layers, classes };
}

/** Writes parts of the old program's files with the places marked that build modules. */
export function markedWriter({ constructs }: ProjectModel): Write {
  const known = constructs.filter((each) => isKnown(each.target));
  return (source, part) =>
    markedText(
      source,
      part,
      known.filter((each) => each.path === source.path),
    );
}

function isKnown({ target }: ConstructTarget): boolean {
  return target === 'layer' || target === 'class';
}
