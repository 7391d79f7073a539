import { currentObserver } from '../core/observer.js';
import { whileRunning } from './running.js';

type Call = (this: object, ...args: unknown[]) => unknown;

const prepared = new WeakSet<object>();

/** Wraps the `call` of a class and of those above it, once, so that observers see calls and draws know their module. */
export function prepareClass(prototype: object, base: object): void {
  for (let each = prototype; each !== base && !prepared.has(each); each = Object.getPrototypeOf(each) as object) {
    prepared.add(each);
    const body: unknown = Object.getOwnPropertyDescriptor(each, 'call')?.value;
    if (typeof body === 'function') Object.defineProperty(each, 'call', { value: watched(body as Call) });
  }
}

function watched(body: Call): Call {
  return function call(...args) {
    const output = whileRunning(this, () => body.apply(this, args));
    currentObserver()?.call?.({ module: this, path: null, method: 'call', args, output });
    return output;
  };
}
