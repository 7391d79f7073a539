/** Projects written in tests, and their size plans in a form that reads well. */
import { mergeProject } from '../../src/analyze/merge.js';
import { readText } from '../../src/analyze/read-source.js';
import { inferSizes } from '../../src/infer/infer-sizes.js';
import type { ProjectModel } from '../../src/ir/project.js';
import type { SizePlan } from '../../src/ir/sizes.js';

export type Files = { readonly [path: string]: string };

const imports = `import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';
import * as jax from 'linen2nnx/jax';
`;

/** The model of one file with the usual imports, or of several files as they are. */
export function modelOf(source: string | Files): ProjectModel {
  const files = typeof source === 'string' ? { 'main.ts': imports + source } : source;
  return mergeProject(Object.entries(files).map(([path, text]) => readText(path, text)));
}

export interface Readable {
  /** `Class(newArguments)`. */
  readonly classes: readonly string[];
  /** Text of the construction (shortened) with its sizes. */
  readonly sizes: readonly string[];
  readonly threads: readonly string[];
  readonly refusals: readonly string[];
}

/** Everything a plan says about a project, in text order. */
export function readPlan(source: string | Files): Readable {
  const model = modelOf(source);
  return readable(model, inferSizes(model));
}

export function readable(model: ProjectModel, plan: SizePlan): Readable {
  const textAt = (id: string): string => {
    const at = id.lastIndexOf('@');
    const text = model.sources[id.slice(0, at)]?.text.slice(Number(id.slice(at + 1))) ?? '';
    return (/^new [\w.]+\(?[^(){}[\]]*/.exec(text)?.[0] ?? text.slice(0, 24)).replace(/\s+/g, ' ').trim();
  };
  const order = (a: string, b: string): number => {
    const [x, y] = [a, b].map((id) => Number(id.slice(id.lastIndexOf('@') + 1)));
    return a.slice(0, a.lastIndexOf('@')) < b.slice(0, b.lastIndexOf('@'))
      ? -1
      : a.slice(0, a.lastIndexOf('@')) > b.slice(0, b.lastIndexOf('@'))
        ? 1
        : (x ?? 0) - (y ?? 0);
  };
  const sites = Object.keys(plan.sites).sort(order);
  const places = Object.keys(plan.places).sort(order);
  return {
    classes: model.classes.flatMap((each) => {
      const sizes = plan.classes[each.id];
      return sizes === undefined
        ? []
        : [`${each.name}(${sizes.newArguments.map((argument) => argument.name).join(', ')})`];
    }),
    sizes: [
      ...sites.map((id) => `${textAt(id)} <- ${plan.sites[id]?.sizes.map((size) => size.text).join(', ')}`),
      ...places.map((id) => `${textAt(id)} => ${plan.places[id]?.text}`),
    ],
    threads: Object.values(plan.classes).flatMap((each) =>
      each.threads.map((thread) => `let ${thread.name} = ${thread.init}; ${thread.name} = ${thread.next}`),
    ),
    refusals: plan.refusals.map(
      (each) => `${each.code} ${each.class?.split('#').at(-1)}: ${each.data.what}: ${each.data.why}`,
    ),
  };
}
