import * as tf from '@tensorflow/tfjs';
import type { KeySource, SampleRequest } from '../key-source.js';
import { mapped as withMappedAxis, moveAxis } from '../kernels/batching.js';
import type { BatchCall, KernelRecord, Operand } from '../kernels/record.js';
import { kernelTable } from '../kernels/table.js';
import { HandleLevel } from '../handle-level.js';
import { currentLevel, tensorOf } from '../levels.js';
import { exampleByExample } from './examples.js';
import { MappedKeys } from './keys.js';
import { drawsItself, valueRead } from './mistakes.js';

/** What a tensor of the level stands for. */
interface Entry {
  /** On the level below; with the mapped axis first when `mapped`. */
  readonly tensor: tf.Tensor;
  readonly mapped: boolean;
  /** The path of the argument by which it differs from example to example. */
  readonly origin: string | null;
}

type Inputs = Readonly<Record<string, tf.Tensor | null | undefined>>;

/** Attributes of the kernels by which examples see one another. */
export interface CollectiveAttributes {
  readonly axisName: string;
  readonly reduction: 'Max' | 'Mean' | 'Min' | 'Sum';
}

/** The level of one `vmap`: its tensors are those of one example, for all examples at once. */
export class VmapLevel extends HandleLevel<Entry> {
  constructor(
    readonly size: number,
    readonly axisName: string | null = null,
  ) {
    super();
  }

  /** True for tensors that differ from example to example. */
  isMapped(tensor: tf.TensorInfo): boolean {
    return this.entryOf(tensor)?.mapped === true;
  }

  /** One example of `x`, a tensor of the level below whose mapped axis is `axis`. */
  map(x: tf.Tensor, axis: number, origin: string): tf.Tensor {
    const tensor = this.lowerTidy(() => moveAxis(x, axis, 0));
    return tensorOf(this.handle({ tensor, mapped: true, origin }));
  }

  /** On the level below: the mapped axis at `axis`, or, for null, the value that all examples share. */
  unmap(x: tf.Tensor, axis: number | null): tf.Tensor {
    const operand = this.operand(x);
    return this.lower(() =>
      axis === null ? tf.clone(operand.tensor) : tf.clone(moveAxis(withMappedAxis(operand, this.size), 0, axis)),
    );
  }

  /** A tensor of this level for one of the level below, which the level disposes. */
  handle(entry: Entry): tf.TensorInfo {
    const { shape, dtype } = entry.tensor;
    return this.make(entry, { shape: entry.mapped ? shape.slice(1) : shape, dtype });
  }

  /** What a kernel at this level was given. Tensors that are not of this level were closed over. */
  operand(tensor: tf.Tensor): Operand & { readonly origin: string | null } {
    const { shape, dtype } = tensor;
    const entry = this.entryOf(tensor);
    if (entry === undefined) return { tensor, mapped: false, origin: null, shape, dtype };
    return { tensor: entry.tensor, mapped: entry.mapped, origin: entry.origin, shape, dtype };
  }

  override run(kernelName: string, inputs: Inputs, attrs: object): tf.TensorInfo | tf.TensorInfo[] {
    if (kernelName === 'Identity' && this.entryOf(inputs['x']!) !== undefined) return this.#shared(inputs['x']!);
    if (kernelName === 'Collective') return this.#collective(inputs['x']!, attrs as CollectiveAttributes);
    if (kernelName === 'AxisIndex') return this.#axisIndex(attrs as CollectiveAttributes);
    const record = kernelTable.get(kernelName);
    if (record?.pure === false) throw drawsItself(kernelName);
    if (record?.decompose !== undefined && record.batch === undefined) return decomposed(record, inputs, attrs);
    const operands: Record<string, Operand> = {};
    let differing: { readonly origin: string | null } | null = null;
    for (const name in inputs) {
      const tensor = inputs[name];
      if (tensor == null) continue;
      const operand = this.operand(tensor);
      operands[name] = operand;
      if (operand.mapped) differing ??= operand;
    }
    const call: BatchCall = { kernelName, size: this.size, inputs: operands, attrs };
    return this.#handles({ mapped: differing !== null, origin: differing?.origin ?? null }, () =>
      differing === null ? once(call, Array.isArray(inputs)) : forAll(record, call, Array.isArray(inputs)),
    );
  }

  /** `source` with the mapped axis first. */
  override liftKeys(source: KeySource): MappedKeys {
    if (source instanceof MappedKeys && source.level === this) return source;
    return MappedKeys.repeated(this, source);
  }

  override sample(source: KeySource, request: SampleRequest): tf.Tensor {
    const own = source instanceof MappedKeys && source.level === this ? source : null;
    const tensor = this.lowerTidy(() => {
      const below = own?.below ?? source;
      return currentLevel()?.sample(below, request) ?? below.sample(request);
    });
    return tensorOf(this.handle({ tensor, mapped: own !== null, origin: own?.origin ?? null }));
  }

  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object {
    const tensor = this.lowerTidy(() => tf.tensor(values as tf.TypedArray, shape, dtype));
    return this.handle({ tensor, mapped: false, origin: null }).dataId;
  }

  override readSync(dataId: object): tf.backend_util.BackendValues {
    const entry = this.entryOf({ dataId } as tf.TensorInfo);
    if (entry?.mapped === true) throw valueRead(entry.origin);
    return this.lower(() => entry!.tensor.dataSync());
  }

  protected override release({ tensor }: Entry): void {
    tensor.dispose();
  }

  /** One more reference to the same data. */
  #shared({ dataId, shape, dtype }: tf.Tensor): tf.TensorInfo {
    this.incRef(dataId);
    return { dataId, shape, dtype };
  }

  #handles(
    { mapped, origin }: Omit<Entry, 'tensor'>,
    body: () => tf.Tensor | tf.Tensor[],
  ): tf.TensorInfo | tf.TensorInfo[] {
    const result = this.lowerTidy(body);
    if (!Array.isArray(result)) return this.handle({ tensor: result, mapped, origin });
    return result.map((tensor) => this.handle({ tensor, mapped, origin }));
  }

  #collective(x: tf.Tensor, attrs: CollectiveAttributes): tf.TensorInfo {
    const { tensor, mapped, origin } = this.operand(x);
    if (attrs.axisName !== this.axisName) {
      const below = this.lowerTidy(() => tf.engine().runKernel('Collective', { x: tensor }, { ...attrs }) as tf.Tensor);
      return this.handle({ tensor: below, mapped, origin });
    }
    const result = this.lowerTidy(() => {
      if (mapped) return reductions[attrs.reduction](tensor);
      return attrs.reduction === 'Sum' ? tf.mul(tensor, tf.scalar(this.size, tensor.dtype as 'float32')) : tensor;
    });
    return this.handle({ tensor: result, mapped: false, origin: null });
  }

  #axisIndex(attrs: CollectiveAttributes): tf.TensorInfo {
    const own = attrs.axisName === this.axisName;
    const tensor = this.lowerTidy(() =>
      own ? tf.range(0, this.size, 1, 'int32') : (tf.engine().runKernel('AxisIndex', {}, { ...attrs }) as tf.Tensor),
    );
    return this.handle({ tensor, mapped: own, origin: own ? 'jax.lax.axisIndex' : null });
  }
}

const reductions = {
  Max: (x: tf.Tensor) => tf.max(x, 0),
  Mean: (x: tf.Tensor) => tf.mean(x, 0),
  Min: (x: tf.Tensor) => tf.min(x, 0),
  Sum: (x: tf.Tensor) => tf.sum(x, 0),
} as const;

/** A kernel whose inputs are the same for all examples. */
function once({ kernelName, inputs, attrs }: BatchCall, isList: boolean): tf.Tensor | tf.Tensor[] {
  const tensors = Object.fromEntries(Object.entries(inputs).map(([name, { tensor }]) => [name, tensor]));
  return tf.engine().runKernel(kernelName, isList ? (Object.values(tensors) as never) : tensors, attrs as never);
}

function forAll(record: KernelRecord | undefined, call: BatchCall, isList: boolean): tf.Tensor | tf.Tensor[] {
  return record?.batch?.(call) ?? exampleByExample(call, isList);
}

/** By other kernels of the same level. */
function decomposed(record: KernelRecord, inputs: Inputs, attrs: object): tf.Tensor {
  const given = Object.entries(inputs).filter((entry): entry is [string, tf.Tensor] => entry[1] != null);
  return tf.tidy(() => record.decompose!(Object.fromEntries(given), attrs));
}
