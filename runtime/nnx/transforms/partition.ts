import type { AnyFunction, Value } from '../../core/tree-typing.js';
import { mistake } from '../../functional/mistake.js';
import { pathText } from '../pytree.js';
import { PARTITION_NAME } from '../metadata.js';
import type { Axes, Prefix } from './axes.js';
import { type Operand, takeApart } from './operands.js';

interface AxisNames {
  readonly inAxes: Prefix;
  readonly outAxes: Prefix;
  /** `{ [nnx.PARTITION_NAME]: name }`, and further metadata entries that name axes. Without a name nothing is done. */
  readonly metadata?: { readonly [name: string]: unknown } | undefined;
}

/**
 * Updates axis metadata around `f`: within it, variables are without the name of the axis that they are mapped over;
 * those of the result get it. Flax `nnx.transform_metadata`.
 */
export function transformMetadata<A extends readonly unknown[], R extends Value>(
  f: (...args: A) => R,
  options: { partition: string; inAxes?: Axes | undefined; outAxes?: Axes | undefined },
): (...args: A) => R {
  const { partition, inAxes = 0, outAxes = 0 } = options;
  return withAxisNames(f, { inAxes, outAxes, metadata: { [PARTITION_NAME]: partition } }) as (...args: A) => R;
}

/** `f`, with the names of mapped axes taken out of its arguments' metadata and put into that of its results. */
export function withAxisNames(f: AnyFunction, { inAxes, outAxes, metadata = {} }: AxisNames): AnyFunction {
  const body = f as (...args: unknown[]) => unknown;
  const name = metadata[PARTITION_NAME];
  if (name === undefined) return body;
  const { [PARTITION_NAME]: _name, ...others } = metadata;
  const entries: [entry: string, name: unknown][] = [['outSharding', name], ...Object.entries(others)];
  return (...args: unknown[]) => {
    const given = takeApart(args, { who: 'transformMetadata', prefix: inAxes }).operands;
    renameAll(given, entries, withoutName);
    let result: unknown;
    try {
      result = body(...args);
    } finally {
      renameAll(given, entries, withName);
    }
    renameAll(
      takeApart(result, { who: 'transformMetadata', prefix: outAxes, known: given }).operands,
      entries,
      withName,
    );
    return result;
  };
}

type Rename = (names: readonly unknown[], at: { axis: number; name: unknown; operand: Operand }) => unknown[];

function renameAll(operands: readonly Operand[], entries: readonly [string, unknown][], rename: Rename): void {
  for (const operand of operands) {
    const { axis, variable } = operand;
    for (const [entry, name] of entries) {
      const names = variable.getMetadata(entry);
      if (typeof axis !== 'number' || !Array.isArray(names)) continue;
      variable.setMetadata({ [entry]: rename(names, { axis, name, operand }) });
    }
  }
}

const withName: Rename = (names, { axis, name }) => {
  const longer = [...names];
  while (longer.length < axis) longer.push(null);
  longer.splice(axis, 0, name);
  return longer;
};

const withoutName: Rename = (names, { axis, name, operand }) => {
  if (names[axis] === name) return names.filter((_, i) => i !== axis);
  throw mistake(
    `transformMetadata at ${pathText(operand.path)}`,
    `expected axis name '${String(name)}' at ${axis}, got [${names.map(String).join(', ')}].`,
    'Name the axis when the module is built: { transformMetadata: { [nnx.PARTITION_NAME]: name } } on that nnx.vmap.',
  );
};
