/** `npm run test:long` takes all cases of a slow battery, `npm test` every `nth` one. */
export function chosen<T>(cases: readonly T[], nth: number): readonly T[] {
  return process.env['LINEN2NNX_LONG'] === '1' ? cases : cases.filter((_, index) => index % nth === 0);
}
