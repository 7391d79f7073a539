import type * as tf from '@tensorflow/tfjs';
import { scan as coreScan } from '../../core/flow.js';
import { isKey, type Key, selectKeys } from '../../core/key.js';
import { tidyTree } from '../../core/lifetime.js';
import { treeFlatten } from '../../core/tree.js';
import type { FunctionTransform, Value } from '../../core/tree-typing.js';
import { mistake } from '../../functional/mistake.js';
import type { Module, ModuleClass } from '../module.js';
import type { Dict, Variables } from '../variables.js';
import {
  argumentAxes,
  commonSize,
  groupFromFront,
  groupToFront,
  isSliced,
  leavesWithAxes,
  mappingOf,
  outputsAt,
  sliceAt,
  splitKeys,
  toFront,
  variableLeaves,
} from './axes.js';
import { dryRun } from './dry-run.js';
import type { MethodsOption, ScanOptions } from './options.js';
import { type Groups, type KeyGroups, pack, type Pack } from './pack.js';
import { requireConstant, requireSharedKey } from './shared.js';
import { type Core, liftDecorator, liftTarget, type Transform } from './target.js';

/**
 * Runs a module's method step by step: `call(carry, x) → [carry, y]`. Class, decorator (options only) or function.
 * Keys are as in Flax, which traces the body twice: what a step draws continues after what a first run of it drew.
 */
export function scan(options: ScanOptions): FunctionTransform;
export function scan<M extends Module, C extends Value, X extends readonly unknown[], Y extends Value>(
  target: (module: M, carry: C, ...xs: X) => readonly [carry: C, y: Y],
  options: ScanOptions,
): (module: M, carry: C, ...xs: X) => [carry: C, ys: Y];
export function scan<C extends ModuleClass>(target: C, options: ScanOptions & MethodsOption<InstanceType<C>>): C;
export function scan(
  target: unknown,
  options?: ScanOptions & { readonly methods?: readonly string[] | undefined },
): unknown {
  if (options === undefined) return liftDecorator(scanTransform(target as ScanOptions));
  return liftTarget(target, { prefix: 'Scan', methods: options.methods, transform: scanTransform(options) });
}

/** The transform of `scan`, for other lifted transforms to build on. */
export function scanTransform(options: ScanOptions): Transform {
  return (core, [init, ...args]) => new Loop(core, options, args).run(init);
}

/** What differs from step to step. */
interface Slice {
  readonly variables: Groups;
  readonly keys: KeyGroups;
  readonly args: readonly unknown[];
}

interface Carry {
  readonly value: unknown;
  readonly variables: readonly Dict[];
}

/** What a step wrote besides its carry. */
interface Written {
  readonly y: unknown;
  readonly variables: Groups;
}

/** One scan: its pack, and its arguments taken apart into what is sliced and what is the same in all steps. */
class Loop {
  readonly #pack: Pack;
  readonly #mapping: ReturnType<typeof mappingOf>;
  readonly #length: number;
  readonly #xs: Slice;
  readonly #who: string;

  constructor(
    private readonly core: Core,
    private readonly options: ScanOptions,
    private readonly args: readonly unknown[],
  ) {
    const { variableAxes, splitRngs, variableBroadcast = false, variableCarry = false } = options;
    this.#who = `nn.scan of ${core.who}`;
    this.#mapping = mappingOf(variableAxes, splitRngs);
    const groups = [variableBroadcast, variableCarry, ...this.#mapping.groups];
    this.#pack = pack(core.scopes, { in: groups, out: groups, rngs: this.#mapping.rngs });
    const leaves = this.#argumentLeaves().filter((leaf) => isSliced(leaf, this.#who));
    const stacked = variableLeaves(this.#pack.variables.slice(2), this.#mapping.axes as number[]);
    this.#length = commonSize([...leaves, ...stacked], options.length ?? null, { who: this.#who, option: 'length' });
    this.#xs = {
      args: leaves.map(({ value, axis }) => toFront(value, axis!)),
      variables: this.#pack.variables.slice(2).map((group, i) => groupToFront(group, this.#mapping.axes[i]!)),
      keys: this.#pack.keys.map((group, i) => (this.#mapping.splits[i] ? splitKeys(group, this.#length) : [])),
    };
  }

  run(init: unknown): [carry: unknown, ys: unknown] {
    const { reverse = false, unroll = 1 } = this.options;
    const [broadcast = [], carried = []] = this.#pack.variables;
    const shared = this.#firstRun(broadcast, { value: init, variables: carried });
    const drawn = this.#pack.draws();
    const step = (carry: Carry, x: Slice): [Carry, Written] => {
      this.#pack.rewind(drawn);
      const { next, written, broadcast } = this.#body(shared, carry, x);
      requireConstant(this.#who, [shared, broadcast], this.core.scopes.at(-1)!.initializing);
      return [next, written];
    };
    const start: Carry = { value: init, variables: carried };
    const [last, ys] = coreScan(step as never, start as never, this.#xs as never, {
      length: this.#length,
      reverse,
      unroll,
    }) as unknown as [Carry, Written];
    const stacked = ys.variables.map((group, i) => groupFromFront(group, this.#mapping.axes[i]!));
    this.#pack.publish([shared, last.variables, ...stacked]);
    return [last.value, outputsAt(ys.y, this.options.outAxes)];
  }

  /**
   * Runs the body once before the loop, as Flax does: variables that all steps share are made here, and its draws come
   * before those of the steps. Where nothing can be made the run is for its draws alone.
   */
  #firstRun(broadcast: readonly Dict[], carry: Carry): readonly Dict[] {
    if (this.options.checkConstancyInvariants === false) return broadcast;
    const first = (): readonly Dict[] => this.#body(broadcast, carry, this.#sliceAt(0)).broadcast;
    if (this.#pack.mayChange(this.options.variableBroadcast ?? false)) {
      const made = tidyTree(first);
      requireSharedKey(this.#who, { ...this.#mapping, pack: this.#pack }, [broadcast, made]);
      return broadcast.map((collections, i) => ({ ...collections, ...made[i] }));
    }
    if (this.#pack.hasKeys()) {
      const before = this.#pack.draws();
      dryRun(first, () => this.#pack.rewind(before));
    }
    return broadcast;
  }

  #body(
    broadcast: readonly Dict[],
    carry: Carry,
    x: Slice,
  ): { next: Carry; written: Written; broadcast: readonly Dict[] } {
    const keys = this.#pack.keys.map((group, i) => (this.#mapping.splits[i] ? x.keys[i]! : group));
    const opened = this.#pack.open(this.#seen([broadcast, carry.variables, ...x.variables]), keys);
    const output = this.core.call(opened.scopes, [carry.value, ...this.#withSlices(x.args)]);
    if (!Array.isArray(output) || output.length !== 2) throw noPair(this.#who);
    const [made = [], variables = [], ...stacked] = opened.close();
    const [value, y] = output as [unknown, unknown];
    return { next: { value, variables }, written: { y, variables: stacked }, broadcast: made };
  }

  #seen(groups: Groups): Groups {
    const { dataTransform } = this.options;
    if (dataTransform === undefined) return groups;
    return groups.map((group) =>
      group.map((collections) => dataTransform(collections as unknown as Variables) as Dict),
    );
  }

  #argumentLeaves() {
    return leavesWithAxes(this.args, argumentAxes(this.args, this.options.inAxes), 'arguments');
  }

  /** The arguments with this step's slices in them. */
  #withSlices(slices: readonly unknown[]): readonly unknown[] {
    let next = 0;
    const leaves = this.#argumentLeaves().map((leaf) => (isSliced(leaf, this.#who) ? slices[next++] : leaf.value));
    return treeFlatten(this.args).treedef.unflatten(leaves) as readonly unknown[];
  }

  #sliceAt(index: number): Slice {
    const { leaves, treedef } = treeFlatten(this.#xs);
    return treedef.unflatten(
      leaves.map((leaf) => (isKey(leaf) ? keyAt(leaf, index) : sliceAt(leaf as tf.Tensor, index))),
    ) as Slice;
  }
}

/** Key `index` of keys split along the steps. */
function keyAt(keys: Key, index: number): Key {
  const shape = keys.shape.slice(1);
  const size = shape.reduce((product, each) => product * each, 1);
  return selectKeys(
    keys,
    shape,
    Array.from({ length: size }, (_, i) => index * size + i),
  );
}

function noPair(who: string): Error {
  return mistake(who, 'expected [carry, y] from the method, got another value.', 'Return a pair; y may be null.');
}
