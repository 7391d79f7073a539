import type { AnyFunction } from '../../core/tree-typing.js';

/** Functions of the same text that were traced and not called a second time. */
const once = new Map<string, number>();
const said = new Set<string>();

/** Says once when a function is made anew, and so traced again, at every call. */
export class RemakeNotice {
  readonly #text: string;
  #calls = 0;

  constructor(f: AnyFunction) {
    this.#text = Function.prototype.toString.call(f);
  }

  /** The function was called; `traced` when that traced it. */
  called(traced: boolean): void {
    this.#calls++;
    if (this.#calls === 1 && traced) this.#addOnce();
    else if (this.#calls === 2) once.set(this.#text, Math.max(0, (once.get(this.#text) ?? 1) - 1));
  }

  #addOnce(): void {
    const count = (once.get(this.#text) ?? 0) + 1;
    once.set(this.#text, count);
    if (count < patience || said.has(this.#text)) return;
    said.add(this.#text);
    console.warn(
      `nnx.jit: expected a compiled function that is called again, got ${count} made anew from the same text, each ` +
        'traced for one call. It begins: ' +
        `${this.#text.slice(0, 60).replace(/\s+/g, ' ')}\n` +
        'Make it once, outside of the loop, and pass what it closes over as arguments.',
    );
  }
}

const patience = 5;
