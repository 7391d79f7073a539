/** Kernels without a record, and why. They run as ever; transforms refuse them, or run them example by example. */
export const leftOut: ReadonlyMap<string, string> = new Map([
  ...reason('its result has a shape that depends on values', [
    'NonMaxSuppressionV3',
    'NonMaxSuppressionV4',
    'NonMaxSuppressionV5',
    'Unique',
  ]),
  ...reason('it works on sparse or ragged tensors, which transforms do not follow', [
    'RaggedGather',
    'RaggedRange',
    'RaggedTensorToTensor',
    'SparseFillEmptyRows',
    'SparseReshape',
    'SparseSegmentMean',
    'SparseSegmentSum',
    'SparseToDense',
  ]),
  ...reason('it works on strings', ['StaticRegexReplace', 'StringNGrams', 'StringSplit', 'StringToHashBucketFast']),
  ...reason('it computes with shapes, which are plain numbers here', ['BroadcastArgs']),
  ...reason('it reads or draws images of the browser', ['Draw', 'FromPixels']),
]);

function reason(text: string, names: readonly string[]): [string, string][] {
  return names.map((name) => [name, text]);
}
