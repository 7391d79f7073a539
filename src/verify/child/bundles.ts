/**
 * The CommonJS bundles of TensorFlow.js as ES modules. Node finds the names of a CommonJS file by lexing it, which takes
 * four times as long as running these bundles of a megabyte and more; so they are run first and asked for their names.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Names of exports by the address of the bundle. */
export interface Bundles {
  readonly [url: string]: readonly string[];
}

/** Runs the bundles that `from`, or else `fallback`, resolves; an absent one is left to the import that asks for it. */
export function loadBundles(from: string, fallback: string): Bundles {
  return Object.fromEntries(
    ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'].flatMap((name) => {
      const bundle = load(name, from) ?? load(name, fallback);
      return bundle === null ? [] : [bundle];
    }),
  );
}

function load(name: string, from: string): readonly [url: string, names: readonly string[]] | null {
  try {
    const require = createRequire(from);
    const file = require.resolve(name);
    return [pathToFileURL(file).href, Object.keys(require(file) as object)];
  } catch {
    return null;
  }
}

/** An ES module with the names of the bundle. */
export function bundleModule(url: string, names: readonly string[]): string {
  return [
    "import { createRequire } from 'node:module';",
    "import { fileURLToPath } from 'node:url';",
    `const bundle = createRequire(import.meta.url)(fileURLToPath(${JSON.stringify(url)}));`,
    ...names.filter((name) => name !== 'default').map((name) => `export const ${name} = bundle.${name};`),
    'export default bundle;',
  ].join('\n');
}
