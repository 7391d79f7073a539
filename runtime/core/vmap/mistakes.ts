/** For reading what differs from example to example. */
export function valueRead(origin: string | null): Error {
  const cause = origin === null ? '' : `, by ${origin}`;
  return new Error(
    `jax.vmap: expected a function of one example, got one that reads a value which differs between examples${cause}.\n` +
      'Choose with `tf.where` in place of a JavaScript condition, or map that argument with null in `inAxes`.',
  );
}

/** For kernels that draw numbers without a key. */
export function drawsItself(kernelName: string): Error {
  return new Error(
    `jax.vmap: expected numbers from a key, got the kernel ${kernelName}, which draws from a generator of its own: all ` +
      'examples would get the same.\nDraw with `jax.random`, from a key for each example.',
  );
}
