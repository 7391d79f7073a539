/** Jest matchers: `expect.extend(matchers)`. Messages show the worst place, both values and the path. */
import { compareTensors, differenceText } from './compare.js';
import type { TensorData } from './tensor-data.js';

export interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  dataSync(): ArrayLike<number>;
}

/** How far tensors may be apart: max |difference| ÷ max |expected|. Default 0, the same bits. */
export interface ToleranceOptions {
  readonly tolerance?: number;
}

export const matchers = {
  /** One tensor against another: shape, dtype and values. */
  toMatchTensor(received: unknown, expected: unknown, options: ToleranceOptions = {}): MatcherResult {
    return compareAll('toMatchTensor', new Map([['tensor', received]]), new Map([['tensor', expected]]), options);
  },

  /** Trees (variables, states, outputs) with the same paths, shapes and dtypes; values may differ. */
  async toHaveSameStructure(received: unknown, expected: unknown): Promise<MatcherResult> {
    const [own, other] = [await flatten(received), await flatten(expected)];
    const text = (tree: Map<string, unknown>): string[] => [...tree].map(([path, leaf]) => `${path}: ${kindOf(leaf)}`);
    const missing = text(other).filter((each) => !text(own).includes(each));
    const added = text(own).filter((each) => !text(other).includes(each));
    const pass = missing.length === 0 && added.length === 0;
    const message = pass
      ? ['the structures are the same']
      : [...prefix('missing', missing), ...prefix('unexpected', added)];
    return { pass, message: () => `toHaveSameStructure: ${message.slice(0, 8).join('\n  ')}` };
  },

  /** Trees with the same structure whose tensors agree. */
  async toBeEquivalentTo(received: unknown, expected: unknown, options: ToleranceOptions = {}): Promise<MatcherResult> {
    return compareAll('toBeEquivalentTo', await flatten(received), await flatten(expected), options);
  },

  /** A function that leaves as many tensors as it found, those it returns apart. */
  async toLeakNoTensors(body: unknown): Promise<MatcherResult> {
    const tf = await import('@tensorflow/tfjs');
    const before = tf.memory().numTensors;
    const result: unknown = await (body as () => unknown)();
    const { tensorsOf } = await import('../../runtime/core/tree.js');
    const kept = tf.memory().numTensors - before - new Set(tensorsOf(result)).size;
    return { pass: kept === 0, message: () => `toLeakNoTensors: expected 0 tensors to stay, got ${kept}.` };
  },

  /** A function after which every parameter of `model` has another value: what a training step must do. */
  async toChangeParams(body: unknown, model: object): Promise<MatcherResult> {
    const nnx = await import('../../runtime/nnx/index.js');
    const read = async (): Promise<Map<string, TensorData>> => {
      const leaves = await flatten(nnx.toPureDict(nnx.state(model, nnx.Param)));
      return new Map([...leaves].flatMap(([path, leaf]) => (isTensor(leaf) ? [[path, dataOf(leaf)] as const] : [])));
    };
    const before = await read();
    await (body as () => unknown)();
    const after = await read();
    const same = [...before].filter(
      ([path, data]) => compareTensors(path, [data, after.get(path)!], 0).verdict === 'identical',
    );
    const names = same.map(([path]) => path).join(', ');
    return {
      pass: same.length === 0,
      message: () => `toChangeParams: expected every parameter to change; these did not: ${names}`,
    };
  },
};

function compareAll(
  who: string,
  received: ReadonlyMap<string, unknown>,
  expected: ReadonlyMap<string, unknown>,
  { tolerance = 0 }: ToleranceOptions,
): MatcherResult {
  const problems = [...expected].flatMap(([path, leaf]) => differences(path, received.get(path), { leaf, tolerance }));
  const added = [...received.keys()].filter((path) => !expected.has(path));
  const all = [...problems, ...prefix('unexpected', added)];
  const pass = all.length === 0;
  return { pass, message: () => (pass ? `${who}: they agree` : `${who}: ${all.slice(0, 8).join('\n  ')}`) };
}

function differences(
  path: string,
  received: unknown,
  { leaf, tolerance }: { readonly leaf: unknown; readonly tolerance: number },
): readonly string[] {
  if (!isTensor(leaf) || !isTensor(received)) {
    return Object.is(leaf, received) ? [] : [`${path}: expected ${kindOf(leaf)}, got ${kindOf(received)}`];
  }
  const { worst, reason } = compareTensors(path, [dataOf(leaf), dataOf(received)], tolerance);
  if (worst === null) return reason === '' ? [] : [reason.replace('≠', 'expected, got')];
  if (worst.relative <= tolerance) return [];
  return [differenceText(worst).replace('(Linen)', '(expected)').replace('(NNX)', '(received)')];
}

async function flatten(tree: unknown): Promise<Map<string, unknown>> {
  const { treeFlatten, pathText } = await import('../../runtime/core/tree.js');
  const { leaves, paths } = treeFlatten(tree);
  return new Map(leaves.map((leaf, index) => [pathText(paths[index] ?? []), leaf]));
}

function isTensor(value: unknown): value is TensorLike {
  return typeof value === 'object' && value !== null && 'dataSync' in value && 'dtype' in value;
}

function dataOf(tensor: TensorLike): TensorData {
  return { shape: tensor.shape, dtype: tensor.dtype, values: tensor.dataSync() as TensorData['values'] };
}

function kindOf(value: unknown): string {
  return isTensor(value) ? `${value.dtype}[${value.shape.join(', ')}]` : String(value);
}

function prefix(word: string, texts: readonly string[]): readonly string[] {
  return texts.map((each) => `${word} ${each}`);
}
