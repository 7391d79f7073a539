/** Cases that the user wrote: `*.cases.ts` exports `cases = [{ class, construct, args, method? }]`. */
import type { Case, ClassJob } from '../job.js';
import { plain, type Recipe, type TensorDtype } from '../recipe.js';
import type { Context } from './context.js';
import { loadSide } from './pair.js';
import { Unverified } from './unverified.js';

interface WrittenCase {
  readonly class: unknown;
  readonly construct?: readonly unknown[];
  readonly args?: readonly unknown[];
  readonly method?: string;
}

/** The jobs with the cases of the files added, which are asked in the old version. */
export async function casesFromFiles(context: Context, jobs: readonly ClassJob[]): Promise<readonly ClassJob[]> {
  const written: { readonly from: string; readonly written: WrittenCase }[] = [];
  for (const file of context.job.caseFiles) {
    const { cases = [] } = (await loadSide(file, 'linen', 'cases')) as { cases?: readonly WrittenCase[] };
    written.push(...cases.map((each) => ({ from: file.split(/[\\/]/).at(-1) ?? file, written: each })));
  }
  return jobs.map((job) => {
    const own = written.filter((each) => nameOf(each.written.class) === job.name);
    return { ...job, cases: [...job.cases, ...own.map((each) => caseFrom(context, each.from, each.written))] };
  });
}

function nameOf(given: unknown): string | null {
  if (typeof given === 'string') return given;
  return typeof given === 'function' ? given.name : null;
}

function caseFrom(context: Context, from: string, { construct = [], args = [], method = 'call' }: WrittenCase): Case {
  const recipes = (values: readonly unknown[]): readonly Recipe[] => values.map((each) => recipeOf(context, each));
  return { from, construct: recipes(construct), sizes: null, args: recipes(args), method };
}

function recipeOf(context: Context, value: unknown): Recipe {
  const { tf } = context.runtime;
  if (value instanceof tf.Tensor)
    return { make: 'tensor', shape: value.shape, dtype: value.dtype as TensorDtype, below: null };
  if (Array.isArray(value)) return { make: 'list', items: value.map((each) => recipeOf(context, each)) };
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([name, each]) => [name, recipeOf(context, each)]);
    return { make: 'record', entries: Object.fromEntries(entries) as { [name: string]: Recipe } };
  }
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
    throw new Unverified('L2N520', `a case holds a ${typeof value}, which cannot be given to both versions`);
  }
  return plain(value as string | number | boolean | null | undefined);
}
