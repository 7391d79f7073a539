/** Functions that run their last argument exactly once, at once. */
export const tidyFunctions: readonly { readonly module: string; readonly name: string }[] = [
  { module: '@tensorflow/tfjs', name: 'tidy' },
  { module: '@tensorflow/tfjs-core', name: 'tidy' },
];
