import type { ChainTarget } from './chain.js';
import { jsChains } from './js-chain.js';
import { wasmChains } from './wasm-chain.js';

/** How the active backend runs chains; undefined where it does not. */
export function chainTarget(backendName: string): ChainTarget | undefined {
  return new Map([
    ['cpu', jsChains],
    ['wasm', wasmChains],
  ]).get(backendName);
}
