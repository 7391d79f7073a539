import type * as tf from '@tensorflow/tfjs';
import { scan as scanArrays } from '../../core/flow.js';
import { sameStructure, type TreeDef, treeFlatten } from '../../core/tree.js';
import type { AnyFunction, FunctionTransform, Options, Value } from '../../core/tree-typing.js';
import { mistake } from '../../functional/mistake.js';
import { pathText } from '../pytree.js';
import { type Axes, type Axis, Carry, moveAxis, type Prefix } from './axes.js';
import { asModuleTransform } from './decorating.js';
import { callLent, type Outcome, storeAll, valuesOf } from './lending.js';
import { isGraph, type Operand, type Parts, type PlainPart, takeApart } from './operands.js';
import { withAxisNames } from './partition.js';
import { transaction } from './transactions.js';

interface ScanStepOptions extends Options<{
  /** Axis of each argument, `Carry` once. Default [Carry, 0]. */
  inAxes: Carry | readonly (Axes | Carry)[];
  /** Number of steps. Default from the arguments. */
  length: number | null;
  /** Default false. */
  reverse: boolean;
  /** Default 1. */
  unroll: number;
  /** Default {}. */
  transformMetadata: { readonly [name: string]: unknown };
}> {}
/** Options of `scan`. */
export interface ScanOptions extends ScanStepOptions {
  /** `Carry` alone, or with the axis of each output. Default [Carry, 0]. */
  outAxes?: Carry | readonly (Axes | Carry)[] | undefined;
}

/**
 * Runs `f` step by step; `outAxes: Carry` when it returns the carry alone, else it returns a tuple. A module's
 * variables are sliced along their axis and stacked again afterwards, with `Carry` they go from step to step; with null
 * every step gets them as they are, and what it sets is dropped, as in Flax. Throws where the carry changes its
 * structure, shapes or dtypes. As a decorator of a method, the module is the first of `inAxes`. Flax `nnx.scan`.
 */
export function scan<A extends readonly unknown[] = tf.Tensor[], R extends Value = Value>(
  f: (...args: A) => R,
  options: ScanStepOptions & { outAxes: Carry },
): (...args: A) => R;
export function scan<A extends readonly unknown[] = tf.Tensor[], R extends readonly unknown[] | [] = []>(
  f: (...args: A) => R,
  options?: ScanStepOptions & { outAxes?: readonly (Axes | Carry)[] | undefined },
): (...args: A) => R;
export function scan(options: ScanOptions): FunctionTransform;
export function scan(first: AnyFunction | ScanOptions, options: ScanOptions = {}): unknown {
  if (typeof first !== 'function') return asModuleTransform((f) => scanned(f, first));
  return scanned(first, options);
}

const who = 'nnx.scan';

function scanned(f: AnyFunction, options: ScanOptions): AnyFunction {
  const inAxes = options.inAxes ?? [Carry, 0];
  const outAxes = options.outAxes ?? [Carry, 0];
  const prefix = inAxes === Carry ? [Carry] : (inAxes as readonly (Axes | Carry)[]);
  checkCarries(prefix, outAxes);
  const run = (...args: unknown[]): unknown => {
    checkCount(prefix, args);
    return transaction(() => new Scan(f, args, { ...options, prefix, outAxes }).run());
  };
  return withAxisNames(run, { inAxes: prefix, outAxes, metadata: options.transformMetadata }) as AnyFunction;
}

interface ScanPlan extends Omit<ScanOptions, 'outAxes'> {
  readonly prefix: readonly (Axes | Carry)[];
  readonly outAxes: Prefix;
}

/** What one step passes on: the carry, and what is stacked. */
type Step = readonly [carry: Lists, stacked: Lists];
interface Lists {
  readonly plain: readonly unknown[];
  readonly variables: readonly unknown[];
  readonly made?: readonly unknown[];
}

/** One call of a scanned function. */
class Scan {
  readonly #args: Parts;
  readonly #carried: Split<PlainPart>;
  readonly #operands: Split<Operand>;
  readonly #fixed: { readonly plain: readonly unknown[]; readonly values: readonly unknown[] };
  #outcome: Outcome | null = null;
  /** Operands that are sliced and set: what the first step says. */
  #written: readonly Operand[] = [];

  constructor(
    private readonly f: AnyFunction,
    args: readonly unknown[],
    private readonly plan: ScanPlan,
  ) {
    this.#args = takeApart(args, { who, prefix: plan.prefix });
    this.#carried = splitByAxis(this.#args.plain);
    this.#operands = splitByAxis(this.#args.operands);
    this.#fixed = { plain: this.#args.plain.map(({ value }) => value), values: valuesOf(this.#args.operands) };
  }

  run(): unknown {
    const { length = null, reverse = false, unroll = 1 } = this.plan;
    const sliced = (parts: Split<{ axis: Axis; path: readonly (string | number)[] }>, values: readonly unknown[]) =>
      parts.sliced.map((at) => leading(values[at]!, this.#partAt(parts, at)));
    const init: Lists = {
      plain: this.#carried.carried.map((at) => this.#fixed.plain[at]),
      variables: this.#operands.carried.map((at) => this.#fixed.values[at]),
    };
    const xs: Lists = {
      plain: sliced(this.#carried, this.#fixed.plain),
      variables: sliced(this.#operands, this.#fixed.values),
    };
    const [carry, stacked] = scanArrays((carry: Lists, x: Lists) => this.#step(carry, x), init, xs, {
      length,
      reverse,
      unroll,
    }) as unknown as Step;
    return this.#finish(carry, stacked);
  }

  #partAt<P>(parts: Split<P>, at: number): P {
    return parts.all[at]!;
  }

  #step(carry: Lists, x: Lists): Step {
    const plain = filled(this.#fixed.plain, this.#carried, { carried: carry.plain, sliced: x.plain });
    const values = filled(this.#fixed.values, this.#operands, { carried: carry.variables, sliced: x.variables });
    const call = { who, args: this.#args, plain, values, outPrefix: this.plan.outAxes };
    const outcome = callLent((args: readonly never[]) => this.f(...args), call);
    const first = this.#outcome === null;
    this.#outcome = outcome;
    if (first) this.#written = this.#operands.sliced.filter((at) => outcome.changed[at]).map((at) => this.#at(at));
    this.#checkStep(outcome);
    const out = splitByAxis(outcome.parts.plain);
    const places = this.#written.map((operand) => this.#args.operands.indexOf(operand));
    return [
      {
        plain: out.carried.map((at) => outcome.plain[at]),
        variables: this.#operands.carried.map((at) => outcome.after[at]),
      },
      {
        plain: out.sliced.map((at) => outcome.plain[at]),
        variables: places.map((at) => outcome.after[at]),
        made: outcome.made,
      },
    ];
  }

  #at(index: number): Operand {
    return this.#args.operands[index]!;
  }

  #checkStep(outcome: Outcome): void {
    checkStacked(outcome);
    checkCarry(carryOf(this.plan.prefix, this.#args), carryOf(this.plan.outAxes, outcome.parts));
    const written = new Set(this.#written);
    const late = this.#operands.sliced.find((at) => outcome.changed[at] && !written.has(this.#at(at)));
    if (late === undefined) return;
    throw mistake(
      `${who} at ${pathText(this.#at(late).path)}`,
      'expected every step to set the same variables, got one that is set in a later step only.',
      'Set it in every step, to its old value where nothing changes.',
    );
  }

  #finish(carry: Lists, stacked: Lists): unknown {
    const { parts, plain } = this.#outcome!;
    const out = splitByAxis(parts.plain);
    const values = [...plain];
    out.carried.forEach((at, i) => (values[at] = carry.plain[i]));
    out.sliced.forEach((at, i) => (values[at] = trailing(stacked.plain[i], parts.plain[at]!)));
    storeAll(
      this.#operands.carried.map((at) => this.#at(at)),
      carry.variables,
    );
    storeAll(
      this.#written,
      stacked.variables.map((value, i) => trailing(value, this.#written[i]!)),
    );
    storeAll(
      parts.operands,
      stacked.made!.map((value, i) => trailing(value, parts.operands[i]!)),
    );
    return parts.rebuild(values);
  }
}

/** Positions of parts by what happens to them. */
interface Split<P> {
  readonly all: readonly P[];
  readonly carried: readonly number[];
  readonly sliced: readonly number[];
}

function splitByAxis<P extends { readonly axis: Axis }>(parts: readonly P[]): Split<P> {
  const positions = parts.map((_, at) => at);
  return {
    all: parts,
    carried: positions.filter((at) => parts[at]!.axis === Carry),
    sliced: positions.filter((at) => typeof parts[at]!.axis === 'number'),
  };
}

function filled<P>(
  fixed: readonly unknown[],
  { carried, sliced }: Split<P>,
  given: { readonly carried: readonly unknown[]; readonly sliced: readonly unknown[] },
): unknown[] {
  const values = [...fixed];
  carried.forEach((at, i) => (values[at] = given.carried[i]));
  sliced.forEach((at, i) => (values[at] = given.sliced[i]));
  return values;
}

function leading(value: unknown, { axis, path }: { axis: Axis; path: readonly (string | number)[] }): unknown {
  return moveAxis(value, { from: axis as number, to: 0, place: `${who} at ${pathText(path)}` });
}

function trailing(value: unknown, { axis, path }: { axis: Axis; path: readonly (string | number)[] }): unknown {
  return moveAxis(value, { from: 0, to: axis as number, place: `${who} at the result ${pathText(path)}` });
}

/** The structure of the part of a tree that is carried, with the modules in it. */
function carryOf(prefix: Prefix, { rebuild, plain }: Parts): { treedef: TreeDef; graphs: readonly unknown[] } | null {
  const tree = rebuild(plain.map(({ value }) => value));
  const at = Array.isArray(prefix) ? prefix.indexOf(Carry) : -1;
  if (at < 0 && prefix !== Carry) return null;
  const { leaves, treedef } = treeFlatten(at < 0 ? tree : (tree as readonly unknown[])[at], { isLeaf: isGraph });
  return { treedef, graphs: leaves.filter(isGraph) };
}

function checkCarry(before: ReturnType<typeof carryOf>, after: ReturnType<typeof carryOf>): void {
  if (before === null || after === null) return;
  if (!sameStructure(before.treedef, after.treedef)) {
    throw mistake(
      who,
      `expected a carry of structure ${String(before.treedef)}, got ${String(after.treedef)}.`,
      'Return the carry as it came in: the same keys and the same number of items.',
    );
  }
  if (before.graphs.every((graph, i) => graph === after.graphs[i])) return;
  throw mistake(
    who,
    'expected the modules of the carry to be returned as they came in, got others.',
    'Return the same module; set its variables instead of building a new one.',
  );
}

function checkStacked({ parts }: Outcome): void {
  const shared = [...parts.plain, ...parts.operands].find(({ axis }) => axis === null);
  const carried = parts.operands.find(({ axis }) => axis === Carry);
  if (shared === undefined && carried === undefined) return;
  const { path } = (shared ?? carried)!;
  throw mistake(
    `${who} at the result ${pathText(path)}`,
    shared === undefined ? 'expected no new module in the carry, got one.' : 'expected an axis or nnx.Carry, got null.',
    'Results of all steps are stacked: give them an axis.',
  );
}

function checkCarries(inAxes: readonly (Axes | Carry)[], outAxes: Prefix): void {
  const [given, returned] = [inAxes, Array.isArray(outAxes) ? (outAxes as unknown[]) : [outAxes]].map(
    (axes) => axes.filter((axis) => axis === Carry).length,
  ) as [number, number];
  if (given <= 1 && given === returned) return;
  throw mistake(
    who,
    `expected nnx.Carry once in inAxes and outAxes, or in neither, got ${given} in inAxes and ${returned} in outAxes.`,
    'Say which argument is carried: { inAxes: [nnx.Carry, 0], outAxes: [nnx.Carry, 0] }.',
  );
}

function checkCount(inAxes: readonly unknown[], args: readonly unknown[]): void {
  if (inAxes.length === args.length) return;
  throw mistake(
    who,
    `expected ${inAxes.length} arguments, one for each of inAxes, got ${args.length}.`,
    'Give inAxes one entry for each argument.',
  );
}
