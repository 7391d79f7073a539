/** The modules whose `call` runs, innermost last. */
const running: object[] = [];

/** The module whose `call` runs, or null. */
export function runningModule(): object | null {
  return running.at(-1) ?? null;
}

/** Runs `body` as the `call` of `module`. */
export function whileRunning<R>(module: object, body: () => R): R {
  running.push(module);
  try {
    return body();
  } finally {
    running.pop();
  }
}
