import type * as tf from '@tensorflow/tfjs';
import { type Frame, LevelBackend } from './levels.js';

/** A level whose tensors stand for entries, counted by reference. */
export abstract class HandleLevel<Entry> extends LevelBackend {
  readonly #handles = new Map<object, { readonly entry: Entry; references: number }>();

  /** The last reference to `entry` is gone. */
  protected abstract release(entry: Entry): void;

  /** What a tensor of this level stands for; undefined for tensors of lower levels, which were closed over. */
  entryOf({ dataId }: tf.TensorInfo): Entry | undefined {
    return this.#handles.get(dataId)?.entry;
  }

  /** A new tensor of this level. */
  protected make(entry: Entry, { shape, dtype }: Spec): tf.TensorInfo {
    const dataId = {};
    this.#handles.set(dataId, { entry, references: 1 });
    return { dataId, shape: [...shape], dtype };
  }

  override enter(below: Frame | null): void {
    if (below === null) {
      const left = [...this.#handles.values()];
      this.#handles.clear();
      for (const { entry } of left) this.release(entry);
    }
    super.enter(below);
  }

  override read(dataId: object): Promise<tf.backend_util.BackendValues> {
    return Promise.resolve(this.readSync(dataId) as tf.backend_util.BackendValues);
  }

  override incRef(dataId: object): void {
    const handle = this.#handles.get(dataId);
    if (handle !== undefined) handle.references++;
  }

  override refCount(dataId: object): number {
    return this.#handles.get(dataId)?.references ?? 0;
  }

  override disposeData(dataId: object, force = false): boolean {
    const handle = this.#handles.get(dataId);
    if (handle === undefined) return true;
    handle.references = force ? 0 : handle.references - 1;
    if (handle.references > 0) return false;
    this.#handles.delete(dataId);
    this.release(handle.entry);
    return true;
  }

  override numDataIds(): number {
    return this.#handles.size;
  }
}

/** What is known of a tensor without its values. */
interface Spec {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}
