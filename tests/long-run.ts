/** Whether `npm run test:long` runs. */
export const isLong = process.env['LINEN2NNX_LONG'] === '1';

/** `npm run test:long` takes all cases of a slow battery, `npm test` every `nth` one. */
export function chosen<T>(cases: readonly T[], nth: number): readonly T[] {
  return isLong ? cases : cases.filter((_, index) => index % nth === 0);
}
