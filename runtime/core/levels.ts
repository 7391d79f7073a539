import * as tf from '@tensorflow/tfjs';
import type { KeySource, SampleRequest } from './key-source.js';

/** One operation on the engine's tape. */
export interface TapeNode {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, tf.Tensor | null | undefined>>;
  readonly outputs: readonly tf.Tensor[];
  /** What the gradient needs; kept until the tape is released. */
  readonly saved: readonly tf.Tensor[];
  /** Gradients of the inputs from those of the outputs, null standing for zeros. */
  readonly gradient?: (cotangents: (tf.Tensor | null)[]) => Record<string, () => tf.Tensor>;
}

/** What ran while a tape was on. */
export interface Recording<T> {
  readonly output: T;
  readonly nodes: readonly TapeNode[];
  /** Frees what the nodes saved, unless an outer tape still needs it. */
  release(): void;
  /** Leaves that to the enclosing `tf.tidy`. */
  releaseWithScope(): void;
}

/** An operation with its own gradient, as the engine records it. */
export interface CustomOperation {
  readonly inputs: readonly tf.Tensor[];
  /** Runs with the tape off. `save` keeps tensors for `backward`; `connect` makes tensors that it closed over inputs too. */
  forward(save: (tensors: tf.Tensor[]) => void, connect: (tensors: readonly tf.Tensor[]) => void): tf.Tensor[];
  backward(cotangents: readonly tf.Tensor[], saved: readonly tf.Tensor[]): tf.Tensor[];
}

/**
 * Runs `body` with a tape on and gives its nodes in the order they were recorded. Inside another recording the outer
 * tape records as well, so that derivatives can be differentiated; inside a kernel or a gradient the tape is its own.
 * Intermediates are freed; tensors that `results` finds in the output belong to the enclosing scope.
 */
export function record<T>(body: () => T, results: (output: T) => tf.Tensor[]): Recording<T> {
  const { state } = engine;
  const shared = isRecording();
  const outer = { depth: state.gradientDepth, kernelDepth: state.kernelDepth, tape: state.activeTape };
  const tape: TapeNode[] = shared ? state.activeTape! : [];
  const start = tape.length;
  const release = (): void => {
    if (!shared) tape.splice(start).forEach((node) => node.saved.forEach((tensor) => tensor.dispose()));
  };
  state.activeTape = tape;
  state.gradientDepth = outer.depth + 1;
  state.kernelDepth = 0;
  let output!: T;
  try {
    tf.tidy(() => results((output = body())));
  } catch (error) {
    release();
    throw error;
  } finally {
    state.gradientDepth = outer.depth;
    state.kernelDepth = outer.kernelDepth;
    state.activeTape = outer.tape;
  }
  const nodes = tape.slice(start);
  return {
    output,
    nodes,
    release,
    releaseWithScope: () => {
      if (!shared) nodes.forEach((node) => node.saved.forEach(trackAgain));
    },
  };
}

/** True while operations are recorded for a gradient. */
export function isRecording(): boolean {
  return engine.state.gradientDepth > 0 && engine.state.kernelDepth === 0;
}

/** Runs an operation of several outputs that has its own gradient. */
export function runCustom({ inputs: given, forward, backward }: CustomOperation): tf.Tensor[] {
  const inputs = Object.fromEntries(given.map((input, i) => [String(i), input]));
  let count = given.length;
  const connect = (tensors: readonly tf.Tensor[]): void => tensors.forEach((tensor) => (inputs[count++] = tensor));
  const outputs = engine.runKernelFunc({
    inputs,
    forwardFunc: (_backend, save) => distinct(forward(save, connect), Object.values(inputs)),
    backwardsFunc: (dy, saved) => {
      const gradients = backward(Array.isArray(dy) ? dy : [dy], saved);
      return Object.fromEntries(gradients.map((gradient, i) => [String(i), () => gradient]));
    },
  });
  return Array.isArray(outputs) ? outputs : [outputs];
}

/** A tensor over what a kernel returned or was given. */
export function tensorOf(info: tf.TensorInfo): tf.Tensor {
  return engine.makeTensorFromTensorInfo(info);
}

/**
 * The backend of one interpreter level: what runs there comes to `run`, kernel by kernel. Each use of a transform makes
 * one; `atLevel` enters it.
 */
export abstract class LevelBackend extends tf.KernelBackend {
  #below: Frame | null = null;
  #ended = false;

  /** A kernel that ran at this level, its inputs being tensors of this level or, where closed over, of lower ones. */
  abstract run(
    kernelName: string,
    inputs: Readonly<Record<string, tf.Tensor | null | undefined>>,
    attrs: object,
  ): tf.TensorInfo | tf.TensorInfo[];

  /** True once the level was left: what still refers to its tensors escaped. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Runs `body` on the level below: with its backend, its tape and its scopes. */
  lower<R>(body: () => R): R {
    if (this.#below === null) throw escaped();
    const here = currentFrame();
    enterFrame(this.#below);
    try {
      return body();
    } finally {
      enterFrame(here);
    }
  }

  /**
   * As `lower`, freeing intermediates. The tensors that `body` returns are the caller's, who disposes them; those that
   * were not made in it come back as clones.
   */
  lowerTidy<R extends tf.Tensor | tf.Tensor[]>(body: () => R): R {
    return this.lower(() => {
      engine.startScope('lower');
      try {
        const result = body();
        return (Array.isArray(result) ? result.map(owned) : owned(result)) as R;
      } finally {
        engine.endScope();
      }
    });
  }

  /** `source` as a source of this level, so that it can be combined with tensors of this level. */
  liftKeys(source: KeySource): KeySource {
    return source;
  }

  /** Random numbers at this level. */
  sample(source: KeySource, request: SampleRequest): tf.Tensor {
    return source.sample(request);
  }

  /** Called by `atLevel` with the frame below, and with null at the end. */
  enter(below: Frame | null): void {
    this.#below = below;
    this.#ended = below === null;
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
}

/**
 * Runs `body` with the kernels of `backend`, a tape and scopes of its own; frees all tensors made there, so what `body`
 * returns are tensors of the level below, or none. Whatever `body` throws, the engine is as before afterwards.
 */
export function atLevel<T>(backend: LevelBackend, body: () => T): T {
  registerLevelKernels();
  const below = currentFrame();
  const { state } = engine;
  enterFrame({
    backendName: levelName,
    backendInstance: backend,
    gradientDepth: 0,
    kernelDepth: 0,
    activeTape: null,
    scopeStack: [],
    activeScope: null,
  });
  backend.enter(below);
  engine.startScope('level');
  try {
    return body();
  } finally {
    while (state.scopeStack.length > 0) engine.endScope();
    enterFrame(below);
    backend.enter(null);
  }
}

/** The innermost level, or null outside of all transforms. */
export function currentLevel(): LevelBackend | null {
  const { backendInstance } = engine;
  return backendInstance instanceof LevelBackend ? backendInstance : null;
}

/** The parts of the engine that each level has for itself. */
export interface Frame extends LevelState {
  readonly backendName: string;
  readonly backendInstance: unknown;
}

function currentFrame(): Frame {
  const { backendName, backendInstance } = engine;
  const { gradientDepth, kernelDepth, activeTape, scopeStack, activeScope } = engine.state;
  return { backendName, backendInstance, gradientDepth, kernelDepth, activeTape, scopeStack, activeScope };
}

/** Field by field: spreading took a tenth of the time of a small `vmap`. */
function enterFrame(frame: Frame): void {
  engine.backendName = frame.backendName;
  engine.backendInstance = frame.backendInstance;
  const { state } = engine;
  state.gradientDepth = frame.gradientDepth;
  state.kernelDepth = frame.kernelDepth;
  state.activeTape = frame.activeTape;
  state.scopeStack = frame.scopeStack;
  state.activeScope = frame.activeScope;
}

/** `tensor`, or a clone where it was not made in this scope, taken out of the scope. */
function owned(tensor: tf.Tensor & { kept?: boolean; scopeId?: number }): tf.Tensor {
  const made = tensor.kept !== true && tensor.scopeId === engine.state.activeScope?.id;
  return tf.keep(made ? tensor : tf.clone(tensor));
}

function escaped(): Error {
  return new Error(
    'jax: expected a tensor of a running transform, got one whose transform has ended.\n' +
      'It escaped through a variable outside of the function. Return it from the function instead.',
  );
}

const levelName = 'linen2nnx-level';
const levelKernels = new Set<string>();

/** Makes every kernel that some backend has run at levels too. */
function registerLevelKernels(): void {
  const registry = kernelRegistry();
  if (registry !== undefined && registry.size === scanned) return;
  for (const backendName of tf.engine().backendNames()) {
    for (const { kernelName } of tf.getKernelsForBackend(backendName)) {
      if (levelKernels.has(kernelName)) continue;
      levelKernels.add(kernelName);
      if (tf.getKernel(kernelName, levelName) !== undefined) continue;
      tf.registerKernel({
        kernelName,
        backendName: levelName,
        kernelFunc: ({ inputs, attrs, backend }) =>
          (backend as LevelBackend).run(kernelName, inputs as Record<string, tf.Tensor>, attrs ?? {}),
      });
    }
  }
  scanned = registry?.size ?? -1;
}

/** How many kernels the registry had when it was last scanned: a scan takes a millisecond. */
let scanned = -1;

/** TensorFlow.js keeps its kernels in one global map; where it is not found, every level scans. */
function kernelRegistry(): ReadonlyMap<string, unknown> | undefined {
  const globals = (globalThis as { _tfGlobals?: ReadonlyMap<string, ReadonlyMap<string, unknown>> })._tfGlobals;
  return globals?.get('kernelRegistry');
}

/** What the engine keeps for each level: its tape and its scopes. */
export interface LevelState {
  gradientDepth: number;
  kernelDepth: number;
  activeTape: TapeNode[] | null | undefined;
  scopeStack: unknown[];
  activeScope: { readonly id: number } | null;
}

interface PrivateEngine {
  readonly state: LevelState;
  backendName: string;
  backendInstance: unknown;
  startScope(name: string): void;
  endScope(): void;
  runKernelFunc(parameters: {
    readonly inputs: Record<string, tf.Tensor>;
    forwardFunc(backend: unknown, save: (tensors: tf.Tensor[]) => void): tf.Tensor[];
    backwardsFunc(dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]): Record<string, () => tf.Tensor>;
  }): tf.Tensor | tf.Tensor[];
  makeTensorFromTensorInfo(info: tf.TensorInfo): tf.Tensor;
  track(tensor: tf.Tensor): tf.Tensor;
}

const engine = checked(tf.engine());

/** The engine, once its private parts are found to be what this file was written for. */
function checked(candidate: unknown): PrivateEngine {
  const { state, ...rest } = candidate as Record<string, unknown> & { state?: Record<string, unknown> };
  const fields: readonly [name: string, found: boolean][] = [
    ['state.gradientDepth', typeof state?.['gradientDepth'] === 'number'],
    ['state.kernelDepth', typeof state?.['kernelDepth'] === 'number'],
    ['state.scopeStack', Array.isArray(state?.['scopeStack'])],
    ['registry', typeof rest['registry'] === 'object'],
    ...['runKernelFunc', 'addTapeNode', 'makeTensorFromTensorInfo', 'track', 'startScope', 'endScope'].map(
      (name): [string, boolean] => [name, typeof (candidate as Record<string, unknown>)[name] === 'function'],
    ),
  ];
  const missing = fields.filter(([, found]) => !found).map(([name]) => name);
  if (missing.length === 0) return candidate as PrivateEngine;
  throw new Error(
    `linen2nnx: this TensorFlow.js (${tf.version.tfjs}) has no engine field ${missing.join(', ')}.\n` +
      'Install @tensorflow/tfjs 4.22.0, on which the transforms were built.',
  );
}

/** Undoes `tf.keep`: the tensor is freed with the enclosing scope, as any tensor that is made there. */
function trackAgain(tensor: tf.Tensor & { kept?: boolean }): void {
  if (tensor.isDisposed) return;
  tensor.kept = false;
  engine.track(tensor);
}

/**
 * Clones outputs that are inputs or stand twice: the engine would count their cotangents twice
 * (`return [h, h]` in a loop gives a gradient that grows with its length).
 */
function distinct(outputs: tf.Tensor[], inputs: readonly tf.Tensor[]): tf.Tensor[] {
  const seen = new Set<tf.Tensor>(inputs);
  return outputs.map((output) => {
    const own = seen.has(output) ? tf.clone(output) : output;
    seen.add(own);
    return own;
  });
}
