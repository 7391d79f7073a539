/**
 * A user's mistake at run time, in the house form: `who: expected …, got ….` and a second line that says what to do.
 * Thrown by both styles and by the functions under them.
 */
export function mistake(who: string, what: string, fix: string): Error {
  return new Error(`${who}: ${what}\n${fix}`);
}

/** A shape as it is shown in messages: `[8, 32]`. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
