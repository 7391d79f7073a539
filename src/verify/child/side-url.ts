import { pathToFileURL } from 'node:url';
import type { Side } from './loader.js';

/** The address of one version of a file; each `run` is a fresh instance. */
export function sideUrl(file: string, side: Side, run: string): string {
  return `${pathToFileURL(file).href}?linen2nnx=${side}&run=${run}`;
}
