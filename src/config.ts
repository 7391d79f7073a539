/** `linen2nnx.config.{ts,js,json}` in the project's folder: defaults for the flags. */
import { lilconfig } from 'lilconfig';
import { confidences } from './pipeline/least-confidence.js';
import { importTypeScript } from './project/import-typescript.js';
import { RunError, type RunOptions } from './pipeline/options.js';

export type Config = Partial<
  Pick<
    RunOptions,
    | 'include'
    | 'exclude'
    | 'project'
    | 'style'
    | 'keys'
    | 'minConfidence'
    | 'verify'
    | 'backends'
    | 'seed'
    | 'format'
    | 'aliases'
  >
>;

const checks: { readonly [Name in keyof Required<Config>]: (value: unknown) => boolean } = {
  include: isTexts,
  exclude: isTexts,
  project: (value) => typeof value === 'string',
  style: (value) => value === 'guide' || value === 'checkpoint',
  keys: (value) => value === 'drop' || value === 'reseed',
  minConfidence: (value) => confidences.some((each) => each === value),
  verify: (value) => value === 'auto' || value === 'off' || value === 'strict',
  backends: (value) => isTexts(value) && value.every((each) => each === 'cpu' || each === 'wasm'),
  seed: (value) => Number.isSafeInteger(value),
  format: (value) => typeof value === 'boolean',
  aliases: (value) => typeof value === 'object' && value !== null && isTexts(Object.values(value)),
};

/** The settings of the folder; none when there is no config file. Throws `RunError` (exit 2) for a setting it does not know. */
export async function readSettings(root: string): Promise<Config> {
  const searchPlaces = ['ts', 'mts', 'js', 'mjs', 'json'].map((ending) => `linen2nnx.config.${ending}`);
  const loaders = { '.ts': importTypeScript, '.mts': importTypeScript };
  const explorer = lilconfig('linen2nnx', { searchPlaces, loaders, stopDir: root });
  let found: Awaited<ReturnType<typeof explorer.search>>;
  try {
    found = await explorer.search(root);
  } catch (error) {
    throw new RunError(`The config file cannot be read: ${String(error)}\nCorrect it, or remove it.`, 2);
  }
  if (found === null || found.isEmpty === true) return {};
  const wrong = Object.entries(found.config as object).filter(
    ([name, value]) => !(checks[name as keyof Config]?.(value) ?? false),
  );
  if (wrong.length === 0) return found.config as Config;
  throw new RunError(
    `${found.filepath}: ${wrong.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(', ')} ${wrong.length === 1 ? 'is no setting' : 'are no settings'}.\n` +
      `Settings are ${Object.keys(checks).join(', ')}; \`defineConfig\` types them.`,
    2,
  );
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
