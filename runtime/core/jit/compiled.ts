import * as tf from '@tensorflow/tfjs';
import { tensorOf } from '../levels.js';
import { type FlatTree, type TreeDef, sameStructure, treeFlatten } from '../tree.js';
import { executable } from './execute.js';
import { optimised } from './optimise.js';
import type { Executable, SlotValue } from './program.js';
import { placesOf, signatureOf } from './signature.js';
import { type StaticArguments, sameStatic, snapshot, withStatics, withoutStatics } from './statics.js';
import { type Traced, leafValue, traceCall } from './trace-call.js';
import { isKey, sourceOf } from '../key.js';
import { RetraceNotice } from './retrace-notice.js';

/** A function and how its calls are told apart. */
export interface Compilable extends StaticArguments {
  /** Begins messages. */
  readonly who: string;
  readonly f: (...args: never[]) => unknown;
}

/** Programs of one function, one for each signature it was called with. */
export class CompiledFunction {
  readonly #of: Compilable;
  readonly #entries = new Map<string, Entry[]>();
  readonly #notice: RetraceNotice;

  constructor(of: Compilable) {
    this.#of = of;
    this.#notice = new RetraceNotice(of.who);
  }

  /** Runs the function; the tensors of the result are the caller's own. */
  call(original: readonly unknown[]): unknown {
    const { args, statics } = withoutStatics(original, this.#of);
    const flat = treeFlatten(args);
    const entry = this.#entryFor(flat, { original, statics });
    return entry.run(flat);
  }

  #entryFor(flat: FlatTree, { original, statics }: Pick<NewEntry, 'original' | 'statics'>): Entry {
    const { who } = this.#of;
    const signature = signatureOf(who, flat, () => placesOf(flat));
    const entries = this.#entries.get(signature.text) ?? [];
    const found = entries.findIndex((entry) => entry.fits(flat.treedef, statics));
    if (found >= 0 && !entries[found]!.stale) return entries[found]!;
    if (found >= 0) entries.splice(found, 1);
    else this.#notice.traced(signature.kind, flat);
    const { positions, names } = this.#of;
    const f = (...replaced: never[]) =>
      (this.#of.f as (...all: unknown[]) => unknown)(...withStatics(replaced, original, { positions, names }));
    const traced = traceCall({ who, f, args: flat, places: placesOf(flat), dynamic: signature.dynamic });
    const entry = new Entry({
      traced,
      treedef: flat.treedef,
      statics: statics.map(snapshot),
      dynamic: signature.dynamic,
    });
    this.#entries.set(signature.text, [...entries, entry]);
    return entry;
  }
}

interface NewEntry {
  readonly original: readonly unknown[];
  readonly statics: readonly unknown[];
}

interface EntryParts {
  readonly traced: Traced;
  readonly treedef: TreeDef;
  readonly statics: readonly unknown[];
  readonly dynamic: readonly boolean[];
}

/** One program with the calls it serves. */
class Entry {
  readonly #parts: EntryParts;
  readonly #executable: Executable;

  constructor(parts: EntryParts) {
    this.#parts = parts;
    this.#executable = executable(optimised(parts.traced.program));
  }

  /** True when a tensor that the function closes over is gone: the function may close over another one by now. */
  get stale(): boolean {
    return this.#parts.traced.program.captured.some(({ tensor }) => tensor.isDisposed);
  }

  fits(treedef: TreeDef, statics: readonly unknown[]): boolean {
    const { statics: own, treedef: structure } = this.#parts;
    return sameStructure(structure, treedef) && own.every((value, i) => sameStatic(value, statics[i]));
  }

  run({ leaves }: FlatTree): unknown {
    const { traced, dynamic } = this.#parts;
    const inputs = leaves
      .filter((_, i) => dynamic[i])
      .map((leaf) => (isKey(leaf) ? sourceOf(leaf) : leaf) as SlotValue);
    const outputs = this.#executable.run(inputs).map(owned);
    for (const { variable, output } of traced.assignments) {
      variable.assign(outputs[output] as tf.Tensor);
      (outputs[output] as tf.Tensor).dispose();
    }
    return traced.treedef.unflatten(traced.leaves.map((leaf) => leafValue(leaf, outputs)));
  }
}

function owned(value: SlotValue): tf.Tensor | Exclude<SlotValue, tf.TensorInfo> {
  if (!('dataId' in value)) return value;
  return value instanceof tf.Tensor ? value : tensorOf(value);
}
