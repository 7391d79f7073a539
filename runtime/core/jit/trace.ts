import * as tf from '@tensorflow/tfjs';
import { einsumOf } from '../einsum.js';
import type { KeySource, SampleRequest } from '../key-source.js';
import type { Spec } from '../kernels/record.js';
import { kernelTable } from '../kernels/table.js';
import { HandleLevel } from '../handle-level.js';
import { tensorOf } from '../levels.js';
import { requireFixedShapes } from './refusals.js';
import { probedShapes } from './probe.js';
import { keyFrom, sourceOf } from '../key.js';
import type { Key } from '../tree-typing.js';
import {
  type Captured,
  type CapturedKeys,
  type Instruction,
  type Program,
  ProgramBuilder,
  type Slot,
  type SlotId,
  specOf,
} from './program.js';

/** A level that writes down what runs, without arithmetic. */
export class TraceLevel extends HandleLevel<SlotId> {
  readonly #builder = new ProgramBuilder();
  readonly #captured = new Map<tf.TensorInfo, SlotId>();
  readonly #made = new WeakMap<object, SlotId>();
  readonly #lifted = new Map<KeySource, KeySource>();

  /** `who` begins messages; `places` names the inputs in them. */
  constructor(
    readonly who: string,
    readonly places: readonly string[],
  ) {
    super();
  }

  /** The program, once its outputs are known. */
  finish(outputs: readonly SlotId[]): Program {
    return this.#builder.finish(outputs);
  }

  /** Tensors that were closed over. */
  get captured(): readonly Captured[] {
    return this.#builder.captured;
  }

  /** Keys of an enclosing traced function that were closed over. */
  get capturedKeys(): readonly CapturedKeys[] {
    return this.#builder.capturedKeys;
  }

  /** Where a tensor or a key is; keys of the host are written down. */
  slotOfLeaf(leaf: tf.Tensor | Key): SlotId {
    return leaf instanceof tf.Tensor ? this.slotOf(leaf) : this.#slotOfLifted(sourceOf(leaf));
  }

  /** Writes an operation that runs programs, on and to tensors and keys. */
  recordCall(
    kernelName: '$scan' | '$while' | '$branch',
    { inputs, attrs, outputs }: { inputs: readonly (tf.Tensor | KeySource)[]; attrs: object; outputs: readonly Slot[] },
  ): (tf.Tensor | Key)[] {
    const given = inputs.map((each) => (each instanceof tf.Tensor ? this.slotOf(each) : this.#slotOfLifted(each)));
    const slots = this.#builder.add({ kernelName, names: null, inputs: given, attrs, many: true }, outputs);
    return slots.map((slot, i) => {
      const { kind, shape } = outputs[i]!;
      return kind === 'tensor' ? this.#tensor(slot) : keyFrom(new TracedKeys(slot, shape, this));
    });
  }

  /** An argument that differs from call to call. */
  input(spec: { readonly shape: readonly number[]; readonly dtype: tf.DataType }): tf.Tensor {
    return this.#tensor(this.#builder.input({ kind: 'tensor', shape: [...spec.shape], dtype: spec.dtype }));
  }

  /** An argument that is a key, or an array of keys. */
  inputKeys(shape: readonly number[]): KeySource {
    return new TracedKeys(this.#builder.input({ kind: 'key', shape }), shape, this);
  }

  /** Where the value of a tensor is: made at this level, or closed over. */
  slotOf(tensor: tf.TensorInfo): SlotId {
    return this.entryOf(tensor) ?? this.#capture(tensor as tf.Tensor);
  }

  /** Where the words of keys are, undefined for keys of the host. */
  slotOfKeys(source: KeySource): SlotId | undefined {
    return source instanceof TracedKeys && source.level === this ? source.slot : undefined;
  }

  override run(
    kernelName: string,
    inputs: Readonly<Record<string, tf.Tensor | null | undefined>>,
    attrs: object,
  ): tf.TensorInfo | tf.TensorInfo[] {
    if (kernelName === 'Einsum') return einsumOf((attrs as { equation: string }).equation, tensorsIn(inputs));
    const given = Object.entries(inputs).filter((entry): entry is [string, tf.Tensor] => entry[1] != null);
    const shapes = this.#shapes(kernelName, Object.fromEntries(given), attrs);
    const instruction = {
      kernelName,
      names: Array.isArray(inputs) ? null : given.map(([name]) => name),
      inputs: given.map(([, tensor]) => this.slotOf(tensor)),
      attrs: { ...attrs },
      many: Array.isArray(shapes),
    };
    const outputs = this.#record(instruction, [shapes].flat());
    return Array.isArray(shapes) ? outputs : outputs[0]!;
  }

  /** Writes an operation on keys; `key` is the shape of the keys it gives. */
  recordKeys(instruction: Omit<Instruction, 'outputs' | 'names' | 'many'>, shape: readonly number[]): KeySource {
    const [slot] = this.#builder.add({ ...instruction, names: null, many: false }, [{ kind: 'key', shape }]);
    return new TracedKeys(slot!, shape, this);
  }

  /** Writes a draw from keys of this level. */
  recordSample(keys: SlotId, request: SampleRequest, shape: readonly number[]): tf.Tensor {
    const instruction = { kernelName: '$sample', names: null, inputs: [keys], attrs: { request }, many: false };
    return tensorOf(this.#record(instruction, [{ shape: [...shape], dtype: request.dtype }])[0]!);
  }

  override liftKeys(source: KeySource): KeySource {
    if (this.slotOfKeys(source) !== undefined) return source;
    if (source instanceof TracedKeys) {
      const known = this.#lifted.get(source) ?? new TracedKeys(this.#builder.captureKeys(source), source.shape, this);
      this.#lifted.set(source, known);
      return known;
    }
    return this.recordKeys({ kernelName: '$keys', inputs: [], attrs: { source } }, source.shape);
  }

  override sample(source: KeySource, request: SampleRequest): tf.Tensor {
    if (source instanceof TracedKeys) return this.liftKeys(source).sample(request);
    return source.sample(request);
  }

  override write(values: tf.BackendValues | null, shape: number[], dtype: tf.DataType): object {
    const copy = (values as Float32Array | null)?.slice() ?? new Float32Array(tf.util.sizeFromShape(shape));
    return this.make(this.#builder.constant({ values: copy, shape, dtype }), { shape, dtype }).dataId;
  }

  override readSync(dataId: object): tf.BackendValues {
    const slot = this.ended ? undefined : this.entryOf({ dataId, shape: [], dtype: 'float32' });
    if (slot === undefined) throw escaped(this.who);
    const constant = this.#builder.constants.get(slot);
    if (constant !== undefined) return (constant.values as Float32Array).slice();
    throw valueRead(this.who, this.#sourcesOf(slot));
  }

  /** Also of tensors that were disposed: gradients of loops run what they need again. */
  override entryOf(tensor: tf.TensorInfo): SlotId | undefined {
    return super.entryOf(tensor) ?? this.#made.get(tensor.dataId);
  }

  protected override make(
    entry: SlotId,
    spec: { readonly shape: readonly number[]; readonly dtype: tf.DataType },
  ): tf.TensorInfo {
    const info = super.make(entry, spec);
    this.#made.set(info.dataId, entry);
    return info;
  }

  protected override release(): void {}

  #tensor(slot: SlotId): tf.Tensor {
    return tensorOf(this.make(slot, specOf(this.#builder, slot)));
  }

  #slotOfLifted(source: KeySource): SlotId {
    return (this.liftKeys(source) as TracedKeys).slot;
  }

  #capture(tensor: tf.Tensor): SlotId {
    if (tensor.isDisposed) throw disposed(this.who);
    const slot = this.#captured.get(tensor) ?? this.#builder.capture(tensor);
    this.#captured.set(tensor, slot);
    return slot;
  }

  #record(instruction: Omit<Instruction, 'outputs'>, specs: readonly Spec[]): tf.TensorInfo[] {
    const slots = this.#builder.add(
      instruction,
      specs.map(({ shape, dtype }) => ({ kind: 'tensor', shape, dtype })),
    );
    return slots.map((slot, i) => this.make(slot, specs[i]!));
  }

  #shapes(kernelName: string, given: Readonly<Record<string, tf.Tensor>>, attrs: object): Spec | Spec[] {
    requireFixedShapes(this.who, kernelName);
    const record = kernelTable.get(kernelName);
    if (record !== undefined) return record.shapes(given, attrs);
    return this.lower(() => probedShapes(kernelName, given, attrs));
  }

  /** Names of the inputs that a value is computed from. */
  #sourcesOf(slot: SlotId): string[] {
    const wanted = new Set([slot]);
    for (const { inputs, outputs } of [...this.#builder.instructions].reverse()) {
      if (outputs.some((output) => wanted.has(output))) inputs.forEach((input) => wanted.add(input));
    }
    return this.#builder.inputs.flatMap((input, i) => (wanted.has(input) ? [this.places[i] ?? `input ${i}`] : []));
  }
}

/** Keys that differ from call to call. */
class TracedKeys implements KeySource {
  constructor(
    readonly slot: SlotId,
    readonly shape: readonly number[],
    readonly level: TraceLevel,
  ) {}

  get words(): never {
    throw valueRead(this.level.who, ['a key']);
  }

  split(num: number): KeySource {
    return this.#derived('$split', { num }, [...this.shape, num]);
  }

  foldIn(data: number | tf.Tensor): KeySource {
    if (typeof data === 'number') return this.#derived('$foldIn', { data }, this.shape);
    const inputs = [this.slot, this.level.slotOf(data)];
    return this.level.recordKeys({ kernelName: '$foldIn', inputs, attrs: {} }, this.shape);
  }

  select(shape: readonly number[], indices: ArrayLike<number>): KeySource {
    return this.#derived('$select', { shape, indices: Array.from(indices) }, shape);
  }

  stack(sources: readonly KeySource[]): KeySource {
    const inputs = sources.map((source) => (this.level.liftKeys(source) as TracedKeys).slot);
    return this.level.recordKeys({ kernelName: '$stack', inputs, attrs: {} }, [sources.length, ...this.shape]);
  }

  sample(request: SampleRequest): tf.Tensor {
    return this.level.recordSample(this.slot, request, [...this.shape, ...request.shape]);
  }

  #derived(kernelName: string, attrs: object, shape: readonly number[]): KeySource {
    return this.level.recordKeys({ kernelName, inputs: [this.slot], attrs }, shape);
  }
}

function tensorsIn(inputs: Readonly<Record<string, tf.Tensor | null | undefined>>): tf.Tensor[] {
  return Object.values(inputs).filter((input): input is tf.Tensor => input != null);
}

function valueRead(who: string, sources: readonly string[]): Error {
  const from = sources.length === 0 ? 'no argument' : sources.slice(0, 3).join(', ');
  return new Error(
    `${who} at ${from}: expected a function that is traced, got one that reads the value of a tensor computed from it.\n` +
      'There are no values while it is traced. Use `tf.where` or `jax.lax.cond`, or make the argument static ' +
      '(`staticArgnums`) and pass a plain value.',
  );
}

function disposed(who: string): Error {
  return new Error(
    `${who}: expected tensors that are there, got a function that closes over one that was disposed.\n` +
      'Keep what it closes over (`tf.keep`), or pass it as an argument.',
  );
}

function escaped(who: string): Error {
  return new Error(
    `${who}: expected a tensor of this call, got one that the function made while it was traced.\n` +
      'It escaped through a variable outside of the function. Return it from the function instead.',
  );
}
