import * as tf from '@tensorflow/tfjs';
import { isKey } from '../core/key.js';
import { mistake } from '../functional/mistake.js';
import { identityOf, Slot, walk } from './graph.js';
import { type Path, pathText, Pytree } from './pytree.js';
import { partsOfStream, type StreamParts, streamsOf } from './rngs.js';
import { Variable, type VariableMetadata } from './variable.js';

/** An attribute that was set or removed since a graph was walked. */
export interface Change {
  /** Position of the object among the nodes. */
  readonly node: number;
  readonly name: string;
  readonly removed: boolean;
  readonly value: unknown;
}

type Attributes = Record<string, unknown>;

/** An object and its attributes when it was walked. */
interface Snapshot {
  readonly node: Attributes;
  readonly at: number;
  readonly path: Path;
  readonly names: readonly string[];
  readonly values: readonly unknown[];
}

/** What was found below some roots: kept, so that the next call need only look whether anything is different. */
export class Traversal {
  readonly nodes: object[] = [];
  readonly variables: Variable<unknown>[] = [];
  readonly paths: Path[] = [];
  readonly streams: StreamParts[] = [];
  readonly #snapshots: Snapshot[] = [];
  readonly #metadata: VariableMetadata[] = [];
  #structure: string | null = null;

  constructor(readonly roots: readonly unknown[]) {
    for (const [path, node] of walk(roots)) {
      if (node instanceof Variable) this.#addVariable(node, path);
      else if (node !== roots && !(node instanceof Slot)) this.#addNode(node as object, path);
    }
  }

  /** Whether the graph is as it was: the same objects with the same attributes. Values of variables may differ. */
  get isCurrent(): boolean {
    for (const snapshot of this.#snapshots) if (!isUnchanged(snapshot)) return false;
    for (let i = 0; i < this.variables.length; i++) {
      if (metadataOf(this.variables[i]!) !== this.#metadata[i]) return false;
    }
    return true;
  }

  /** The graph without values, as text: the same for another graph of the same classes, attributes and sharing. */
  get structure(): string {
    return (this.#structure ??= new Structure(this).text);
  }

  /** Attributes that were set or removed since. Throws where one is now an array that belongs to a transform. */
  changes(who: string): Change[] {
    return this.#snapshots.flatMap(({ node, at, path, names, values }) => {
      const now = Object.keys(node);
      const set = now.filter((name) => !names.includes(name) || node[name] !== values[names.indexOf(name)]);
      const gone = names.filter((name) => !Object.hasOwn(node, name));
      for (const name of set) checkNoArray(who, node[name], [...path.slice(1), name]);
      const shorter = Array.isArray(node) && now.length < names.length;
      return [
        ...set.map((name) => ({ node: at, name, removed: false, value: node[name] })),
        ...gone.map((name) => ({ node: at, name, removed: true, value: null })),
        ...(shorter ? [{ node: at, name: 'length', removed: false, value: node['length'] }] : []),
      ];
    });
  }

  /** Gives the objects their attributes of when they were walked. */
  undo(): void {
    for (const { node, names, values } of this.#snapshots) {
      for (const name of Object.keys(node)) if (!names.includes(name)) delete node[name];
      if (Array.isArray(node)) node.length = names.length;
      names.forEach((name, i) => {
        if (node[name] !== values[i]) node[name] = values[i];
      });
    }
  }

  #addVariable(variable: Variable<unknown>, path: Path): void {
    this.variables.push(variable);
    this.paths.push(path);
    this.#metadata.push(metadataOf(variable));
  }

  #addNode(node: object, path: Path): void {
    this.nodes.push(node);
    const stream = partsOfStream(node);
    if (stream !== undefined) this.streams.push(stream);
    if (typeof node === 'function') return;
    const attributes = node as Attributes;
    const names = Object.keys(attributes);
    const at = this.nodes.length - 1;
    this.#snapshots.push({ node: attributes, at, path, names, values: names.map((name) => attributes[name]) });
  }
}

/** Whether an object has the attributes that it had, in their order. Lists no names: it runs for every object and call. */
function isUnchanged({ node, names, values }: Snapshot): boolean {
  let i = 0;
  for (const name in node) {
    if (i < names.length) {
      if (name !== names[i] || node[name] !== values[i]) return false;
      i++;
    } else if (Object.hasOwn(node, name)) return false;
  }
  return i === names.length;
}

/** Writes a graph as text. */
class Structure {
  readonly text: string;
  readonly #nodes: ReadonlyMap<unknown, number>;
  readonly #variables: ReadonlyMap<unknown, number>;

  constructor({ nodes, variables, roots }: Traversal) {
    this.#nodes = new Map(nodes.map((node, i) => [identityOf(node), i]));
    this.#variables = new Map(variables.map((variable, i) => [variable, i]));
    const texts = [...variables.map((variable) => this.#variable(variable)), ...nodes.map((node) => this.#node(node))];
    this.text = [...texts, roots.map((root) => this.#child(root)).join()].join('\n');
  }

  #variable(variable: Variable<unknown>): string {
    const metadata = Object.entries(metadataOf(variable)).map(([name, value]) => `${name}=${plainText(value)}`);
    return `${identity(variable.constructor)} ${metadata.join()}`;
  }

  #node(node: object): string {
    const stream = partsOfStream(node);
    if (stream !== undefined) {
      return `stream ${this.#child(stream.key)} ${this.#child(stream.count)} ${stream.tag} ${stream.asked}`;
    }
    const streams = streamsOf(node);
    const entries = streams === undefined ? Object.entries(node) : [...streams];
    const children = entries.map(([name, child]: [string, unknown]) => `${name}:${this.#child(child)}`);
    const type =
      node instanceof Pytree ? identity(Object.getPrototypeOf(node) as object) : Array.isArray(node) ? '[' : '{';
    return `${type} ${children.join()}`;
  }

  #child(child: unknown): string {
    const variable = this.#variables.get(child);
    if (variable !== undefined) return `v${variable}`;
    const node = this.#nodes.get(identityOf(child));
    return node === undefined ? plainText(child) : `n${node}`;
  }
}

function plainText(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(plainText).join()}]`;
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') return identity(value);
  return Object.is(value, -0) ? '-0' : String(value);
}

const identities = new WeakMap<object, string>();
let last = 0;

function identity(value: object): string {
  const known = identities.get(value) ?? `#${++last}`;
  identities.set(value, known);
  return known;
}

function metadataOf(variable: Variable<unknown>): VariableMetadata {
  return variable.getMetadata();
}

/** A plain array kept in a module while a function is traced or mapped would be gone afterwards. */
function checkNoArray(who: string, value: unknown, path: Path): void {
  if (!(value instanceof tf.Tensor) && !isKey(value)) return;
  throw mistake(
    `${who} at ${pathText(path)}`,
    `expected attributes other than arrays to be set, got a ${value instanceof tf.Tensor ? 'tensor' : 'key'}.`,
    'It has a value only within this call. Keep it in a variable made before, or return it, or sow it: ' +
      "this.sow(nnx.Intermediate, 'name', value).",
  );
}
