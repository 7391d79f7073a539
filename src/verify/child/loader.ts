/**
 * Module hooks of the child process: both versions of a file live side by side, their texts come from the parent, and
 * the runtime and TensorFlow.js exist once. Runs in Node's hook thread.
 */
import type { InitializeHook, LoadHook, ResolveHook } from 'node:module';
import { sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import { type Bundles, bundleModule } from './bundles.js';

/** `trace`: the old version with the places marked that build modules. */
export type Side = 'linen' | 'nnx' | 'trace';

export interface LoaderData {
  /** Absolute folder of the user's project. */
  readonly root: string;
  /** This package's own runtime, for projects that have not installed one; `forced` when run from sources. */
  readonly runtime: { readonly folder: string; readonly extension: '.js' | '.ts'; readonly forced: boolean };
}

/** What the parent is asked: which file a specifier names, or one version of a file as JavaScript. */
export type ModuleQuestion =
  | { readonly ask: 'file'; readonly specifier: string; readonly from: string }
  | { readonly ask: 'text'; readonly file: string; readonly side: Side };

/** Null for a specifier that names no file of the project. */
export type ModuleAnswer = { readonly answer: string | null } | { readonly error: string };

/** What the hook thread starts with; questions go through `port`, which answers with their number. */
export interface LoaderStart {
  readonly data: LoaderData;
  readonly bundles: Bundles;
  readonly port: MessagePort;
}

let data: LoaderData;
let bundles: Bundles;
let port: MessagePort;
let asked = 0;
const waiting = new Map<number, (answer: ModuleAnswer) => void>();

export const initialize: InitializeHook<LoaderStart> = (given) => {
  ({ data, bundles, port } = given);
  port.on('message', ([id, answer]: [number, ModuleAnswer]) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
};

export const resolve: ResolveHook = async (specifier, context, next) => {
  if (isShared(specifier)) return resolveShared(specifier, context, next);
  const parent = context.parentURL === undefined ? null : splitSide(context.parentURL);
  if (parent === null || parent.side === null) {
    const own = splitSide(specifier);
    return own.side === null ? next(specifier, context) : { url: specifier, shortCircuit: true };
  }
  const file = await ask({ ask: 'file', specifier, from: fileURLToPath(parent.url) });
  if (file === null) return next(specifier, { ...context, parentURL: parent.url });
  return { url: pathToFileURL(file).href + parent.query, shortCircuit: true };
};

export const load: LoadHook = async (url, context, next) => {
  const { side, url: plain } = splitSide(url);
  if (side !== null) {
    const source = await ask({ ask: 'text', file: fileURLToPath(plain), side });
    return { format: 'module', source: source!, shortCircuit: true };
  }
  const names = bundles[url];
  if (names === undefined) return next(url, context);
  return { format: 'module', source: bundleModule(url, names), shortCircuit: true };
};

function ask(question: ModuleQuestion): Promise<string | null> {
  const id = ++asked;
  return new Promise((settle, fail) => {
    waiting.set(id, (reply) => ('error' in reply ? fail(new Error(reply.error)) : settle(reply.answer)));
    port.postMessage([id, question]);
  });
}

function splitSide(url: string): { side: Side | null; url: string; query: string } {
  const match = /^(file:[^?]*)(\?linen2nnx=(linen|nnx|trace)&run=[^?]*)$/.exec(url);
  if (match === null) return { side: null, url, query: '' };
  return { side: match[3] as Side, url: match[1]!, query: match[2]! };
}

// ------------------------------------------------------------------------------------------------ shared packages

function isShared(specifier: string): boolean {
  return /^(linen2nnx|@tensorflow\/tfjs[\w-]*)(\/|$)/.test(specifier);
}

/** The user's installed copy when there is one, else this package's. */
const resolveShared: ResolveHook = async (specifier, context, next) => {
  const ours = /^linen2nnx\/(\w+)$/.exec(specifier);
  const own = ours && new URL(`${ours[1]}/index${data.runtime.extension}`, data.runtime.folder).href;
  if (own !== null && data.runtime.forced) return { url: own, shortCircuit: true };
  try {
    return await next(specifier, { ...context, parentURL: pathToFileURL(`${data.root}${sep}package.json`).href });
  } catch (error) {
    if (own !== null) return { url: own, shortCircuit: true };
    if (!specifier.startsWith('@tensorflow/')) throw error;
    return next(specifier, { ...context, parentURL: data.runtime.folder });
  }
};
