/** A value of the sample, described so that both versions can be given the same one, in another process. */
export type Recipe =
  | { readonly make: 'plain'; readonly value: string | number | boolean | null | undefined }
  | {
      readonly make: 'tensor';
      readonly shape: readonly number[];
      readonly dtype: TensorDtype;
      readonly below: number | null;
    }
  | { readonly make: 'key'; readonly seed: number }
  | { readonly make: 'list'; readonly items: readonly Recipe[] }
  | { readonly make: 'record'; readonly entries: { readonly [name: string]: Recipe } };

export type TensorDtype = 'float32' | 'int32' | 'bool';

export const plain = (value: string | number | boolean | null | undefined): Recipe => ({ make: 'plain', value });

/** The value itself where it is plain data through and through, else undefined. */
export function plainValue(recipe: Recipe): unknown {
  switch (recipe.make) {
    case 'plain':
      return recipe.value;
    case 'list':
      return recipe.items.map(plainValue);
    case 'record':
      return Object.fromEntries(Object.entries(recipe.entries).map(([name, each]) => [name, plainValue(each)]));
    default:
      return undefined;
  }
}

/** A list of whole numbers, or null. */
export function shapeOf(recipe: Recipe | null): readonly number[] | null {
  const value = recipe === null ? null : plainValue(recipe);
  if (!Array.isArray(value) || !value.every((each) => Number.isInteger(each))) return null;
  return value as number[];
}
