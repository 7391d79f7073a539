/** Refuses kernels whose result has another shape for other values. */
export function requireFixedShapes(who: string, kernelName: string): void {
  if (!byValue.test(kernelName)) return;
  throw new Error(
    `${who}: expected operations whose shapes follow from those of their inputs, got ${kernelName}.\n` +
      'Its result has another shape for other values. Run it before or after the compiled function.',
  );
}

const byValue = /^(Where|Unique|NonMaxSuppression|Ragged|SparseFillEmptyRows|SparseReshape|String)/;

/** Refuses a function that answers a promise. */
export function requireSynchronous(who: string, result: unknown): void {
  if (!(result instanceof Promise)) return;
  result.catch(() => undefined);
  throw new Error(
    `${who}: expected a function that returns tensors, got one that returns a promise.\n` +
      'Await before the call: transforms run synchronously and cannot follow a function across `await`.',
  );
}

/**
 * Runs `body` while `Math.random`, which every unseeded draw of TensorFlow.js uses, is refused: it would be drawn once
 * and then stay the same in every call.
 */
export function withoutHostRandomness<T>(who: string, body: () => T): T {
  const random = Math.random;
  Math.random = () => {
    throw new Error(
      `${who}: expected a function without random numbers of the host, got one that draws them ` +
        '(Math.random, tf.randomNormal, tf.dropout …).\nThey would be the same in every call. Pass a key and draw with ' +
        '`jax.random`, or pass the numbers as an argument.',
    );
  };
  try {
    return body();
  } finally {
    Math.random = random;
  }
}
