/** Runs of the old program on shapes alone: which sizes its layers and classes are fed, at the sample and beside it. */
import type { ClassId, SiteId } from '../../ir/project.js';
import type { TracedCall, TracedModule, TracedValue, TraceRun } from '../../ir/trace.js';
import type { Case, ClassJob, Job } from '../job.js';
import type { Recipe } from '../recipe.js';
import { exportName } from '../slices.js';
import type { TraceSites } from '../trace-job.js';
import { buildName } from '../trace-text.js';
import type { LinenModel, ModuleConstructor } from './pair.js';
import type { Runtime } from './runtime.js';
import { sideUrl } from './side-url.js';
import { makeValue } from './values.js';

interface Built {
  readonly site: SiteId;
  readonly args: readonly TracedValue[];
}
type Build = (site: SiteId, type: ModuleConstructor<object>, args: readonly unknown[]) => object;

/** Every run that came to its end. Never throws: a program that cannot be traced is not traced. */
export async function traceClasses(job: Job, runtime: Runtime, report: (run: TraceRun) => void): Promise<void> {
  const built = new WeakMap<object, Built>();
  const build: Build = (site, type, args) => {
    const made = Reflect.construct(type, [...args]) as object;
    built.set(made, { site, args: args.map((each) => tracedValue(runtime, each)) });
    return made;
  };
  Object.defineProperty(globalThis, buildName, { value: build, configurable: true });
  for (const each of job.classes) {
    const type = each.cases.length === 0 ? null : await marked(each);
    if (type === null) continue;
    for (const sample of each.cases) {
      const recording = { runtime, sites: job.trace, built, job: each, type };
      // Sizes that must stay as they are end a run in which all change: then each changes alone.
      if (runAll(recording, together(sample), report) < 2) runAll(recording, oneByOne(sample), report);
    }
  }
}

/** How many came to their end. */
function runAll(recording: Recording, variants: readonly Variant[], report: (run: TraceRun) => void): number {
  let ended = 0;
  for (const { label, sample } of variants) {
    const calls = record(recording, sample);
    if (calls === null) continue;
    report({ label: `${sample.from}, ${label}`, calls });
    ended += 1;
  }
  return ended;
}

async function marked({ file, name }: ClassJob): Promise<ModuleConstructor<LinenModel> | null> {
  try {
    const found = (await import(sideUrl(file, 'trace', 'trace'))) as { readonly [name: string]: unknown };
    const type = found[exportName(name)];
    return typeof type === 'function' ? (type as ModuleConstructor<LinenModel>) : null;
  } catch {
    return null;
  }
}

interface Recording {
  readonly runtime: Runtime;
  readonly sites: TraceSites;
  readonly built: WeakMap<object, Built>;
  readonly job: ClassJob;
  readonly type: ModuleConstructor<LinenModel>;
}

/** The calls of one `init` on shapes; null where it throws. */
function record(recording: Recording, sample: Case): readonly TracedCall[] | null {
  const { runtime, job, type } = recording;
  const { jax, linen, tf } = runtime;
  const calls: TracedCall[] = [];
  try {
    tf.tidy(() => {
      const construct = sample.construct.map((each) => makeValue(runtime, each, making));
      const model = new type(...construct);
      const keys = { params: jax.random.key(0), dropout: jax.random.key(1), default: jax.random.key(2) };
      const method = sample.method === 'call' ? {} : { method: sample.method };
      const args = sample.args.map((each) => abstractValue(runtime, each));
      const root = { class: job.class, built: construct.map((each) => tracedValue(runtime, each)) };
      const watch = watching(recording, calls, root);
      linen.interceptMethods(watch, () =>
        jax.evalShape((...given: never[]) => model.init(keys, given, method) as never, ...(args as never[])),
      );
    });
    return calls;
  } catch {
    return null;
  }
}

const making = { seed: 0, label: 'trace', batch: null, below: 4, scale: 1 };

type Watch = Parameters<Runtime['linen']['interceptMethods']>[0];

interface Root {
  readonly class: ClassId;
  readonly built: readonly TracedValue[];
}

function watching({ runtime, sites, built }: Recording, calls: TracedCall[], root: Root): Watch {
  const running: { readonly module: object; readonly call: number | null }[] = [];
  const enter = (module: object, method: string, args: readonly unknown[]): number | null => {
    const inner = running.at(-1);
    // `init` runs a copy of the model: what is entered first is the root.
    if (inner === undefined)
      return add({ class: root.class, site: null, within: null, method, built: root.built }, args);
    const within = inner.call;
    const known = built.get(module);
    // A method that another one of the same instance calls; a module that no place of the project built.
    if (inner.module === module || known === undefined) return within;
    const { site } = known;
    const layer = sites.layers[site];
    const id = sites.classes[site];
    if (layer !== undefined && method === 'call') {
      calls.push({ traced: 'layer', site, within, fed: layer.map((each) => fedTo(module, each, args)) });
    }
    return id === undefined ? within : add({ class: id, site, within, method, built: known.args }, args);
  };
  const add = (call: Omit<TracedModule, 'traced' | 'args'>, args: readonly unknown[]): number => {
    const values = args.map((each) => tracedValue(runtime, each));
    return calls.push({ traced: 'module', ...call, args: values }) - 1;
  };
  return (next, args, { module, methodName }) => {
    running.push({ module, call: enter(module, methodName, args) });
    try {
      return next(...args);
    } finally {
      running.pop();
    }
  };
}

/** The size that a layer's rule reads off its argument; null where it is a list or not there. */
function fedTo(
  layer: object,
  { argument, axis, fallback = [] }: TraceSites['layers'][string][number],
  args: readonly unknown[],
): number | null {
  const given = [argument, ...fallback].map((each) => args[each]).find((each) => shapeOf(each) !== null);
  const shape = shapeOf(given);
  const option: unknown =
    typeof axis === 'number' ? axis : ((layer as { [name: string]: unknown })[axis.option] ?? axis.default);
  return shape === null || typeof option !== 'number' ? null : (shape.at(option) ?? null);
}

function shapeOf(value: unknown): readonly number[] | null {
  const shape: unknown = typeof value === 'object' && value !== null && 'shape' in value ? value.shape : null;
  return Array.isArray(shape) ? (shape as number[]) : null;
}

function tracedValue(runtime: Runtime, value: unknown): TracedValue {
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return value;
  if (value instanceof runtime.tf.Tensor) return { tensor: [...value.shape] };
  if (Array.isArray(value)) return { list: value.map((each) => tracedValue(runtime, each)) };
  if (typeof value === 'object' && value !== undefined && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value as object).map(([name, each]) => [name, tracedValue(runtime, each)] as const);
    return { record: Object.fromEntries(entries) };
  }
  return { other: typeof value };
}

// ------------------------------------------------------------------------------------------------ other sizes

interface Variant {
  readonly label: string;
  readonly sample: Case;
}

/** The sample, then all sizes of its tensors doubled, then three more each. */
function together(sample: Case): readonly Variant[] {
  const changed = (label: string, other: (size: number) => number): Variant => ({
    label,
    sample: { ...sample, args: sample.args.map((each) => withSizes(each, other)) },
  });
  const doubled = changed('all sizes doubled', (size) => 2 * size);
  return [{ label: 'the sample', sample }, doubled, changed('all sizes three more', (size) => size + 3)];
}

/** Each size of the sample doubled, and three more, wherever it occurs. */
function oneByOne(sample: Case): readonly Variant[] {
  const sizes = [...new Set(sample.args.flatMap(sizesIn))];
  return sizes.flatMap((size) =>
    [size * 2, size + 3].map((other) => ({
      label: `sizes of ${size} as ${other}`,
      sample: {
        ...sample,
        args: sample.args.map((each) => withSizes(each, (one) => (one === size ? other : one))),
      },
    })),
  );
}

function sizesIn(recipe: Recipe): readonly number[] {
  if (recipe.make === 'tensor') return recipe.shape;
  if (recipe.make === 'list') return recipe.items.flatMap(sizesIn);
  return recipe.make === 'record' ? Object.values(recipe.entries).flatMap(sizesIn) : [];
}

function withSizes(recipe: Recipe, other: (size: number) => number): Recipe {
  const within = (each: Recipe): Recipe => withSizes(each, other);
  switch (recipe.make) {
    case 'tensor':
      return { ...recipe, shape: recipe.shape.map(other) };
    case 'list':
      return { ...recipe, items: recipe.items.map(within) };
    case 'record': {
      const entries = Object.entries(recipe.entries).map(([name, each]) => [name, within(each)] as const);
      return { ...recipe, entries: Object.fromEntries(entries) };
    }
    default:
      return recipe;
  }
}

function abstractValue(runtime: Runtime, recipe: Recipe): unknown {
  switch (recipe.make) {
    case 'tensor':
      return new runtime.jax.ShapeDtypeStruct([...recipe.shape], recipe.dtype);
    case 'list':
      return recipe.items.map((each) => abstractValue(runtime, each));
    case 'record': {
      const entries = Object.entries(recipe.entries).map(
        ([name, each]) => [name, abstractValue(runtime, each)] as const,
      );
      return Object.fromEntries(entries);
    }
    default:
      return makeValue(runtime, recipe, making);
  }
}
