/** Whole-class conversions as suggestions: the engine runs once for each text of a file, in a thread of its own. */
import { existsSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { TSESTree } from '@typescript-eslint/utils';
import { type ClassNode, enclosingClass } from './classes.js';
import type { Finding, RuleFile } from './define-rule.js';

interface ConvertedClasses {
  readonly classes: readonly string[];
  readonly text: string;
}

/** Where the engine takes too long, there is no suggestion. */
const patience = 20_000;
const answers = new WeakMap<object, readonly ConvertedClasses[]>();
let worker: Worker | null = null;

/** The suggestion to convert the class around a node, where the class and what it needs stand in this file. */
export function conversionOf(node: TSESTree.Node, file: RuleFile): Finding['suggest'] {
  const name = (enclosingClass(node) as ClassNode | null)?.id?.name;
  if (name === undefined || !wanted(file)) return undefined;
  const converted = conversions(file).find(({ classes }) => classes.includes(name));
  if (converted === undefined) return undefined;
  const { source, context } = file;
  const path = relative(context.cwd, file.filename);
  const does = `Convert ${converted.classes.join(', ')} in this file, unverified. (\`npx linen2nnx ${path}\` also converts what uses it elsewhere, and verifies.)`;
  return [{ does, fix: (fixer) => fixer.replaceTextRange([0, source.text.length], converted.text) }];
}

/**
 * In editors, or as `settings: { linen2nnx: { suggestions: true } }` says: ESLint computes every suggestion at once,
 * and on the command line nobody picks one.
 */
function wanted({ context }: RuleFile): boolean {
  const settings = context.settings['linen2nnx'] as { readonly suggestions?: boolean } | undefined;
  return (
    settings?.suggestions ?? ['VSCODE_PID', 'VSCODE_CWD', 'NVIM', 'JETBRAINS_IDE'].some((name) => name in process.env)
  );
}

function conversions({ source, filename }: RuleFile): readonly ConvertedClasses[] {
  const known = answers.get(source);
  if (known !== undefined) return known;
  const answer = ask(source.text, filename);
  answers.set(source, answer);
  return answer;
}

function ask(text: string, filename: string): readonly ConvertedClasses[] {
  const entry = workerEntry();
  if (entry === null) return [];
  worker ??= new Worker(entry);
  worker.unref();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const root = dirname(filename);
  worker.postMessage({ root, path: filename.slice(root.length + 1), text, signal, port: port2 }, [port2]);
  Atomics.wait(signal, 0, 0, patience);
  const received = receiveMessageOnPort(port1) as { readonly message: readonly ConvertedClasses[] } | undefined;
  port1.close();
  return received?.message ?? [];
}

/** Compiled code only: from sources (this package's own tests) the build that LINEN2NNX_BUILD names. */
function workerEntry(): URL | null {
  const build = process.env['LINEN2NNX_BUILD'];
  if (!import.meta.url.endsWith('.ts')) return new URL('../src/suggest/worker.js', import.meta.url);
  if (build === undefined) return null;
  const entry = new URL(`file://${build}/src/suggest/worker.js`);
  return existsSync(fileURLToPath(entry)) ? entry : null;
}
