import * as tf from '@tensorflow/tfjs';

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
  /** Runs with the tape off. `save` keeps tensors for `backward`. */
  forward(save: (tensors: tf.Tensor[]) => void): tf.Tensor[];
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
export function runCustom({ inputs, forward, backward }: CustomOperation): tf.Tensor[] {
  const outputs = engine.runKernelFunc({
    inputs: Object.fromEntries(inputs.map((input, i) => [String(i), input])),
    forwardFunc: (_backend, save) => distinct(forward(save), inputs),
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

/** The backend of one interpreter level: what runs there comes to `run`, kernel by kernel. */
export abstract class LevelBackend extends tf.KernelBackend {
  abstract run(
    kernelName: string,
    inputs: Readonly<Record<string, tf.Tensor | null | undefined>>,
    attrs: object,
  ): tf.TensorInfo | tf.TensorInfo[];

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
 * Runs `body` with the kernels of `backend`, a tape and scopes of its own; frees all tensors made there. Whatever
 * `body` throws, the engine is as before afterwards.
 */
export function atLevel<T>(backend: LevelBackend, body: () => T): T {
  registerLevelKernels();
  const { state } = engine;
  const { backendName, backendInstance } = engine;
  const { gradientDepth, kernelDepth, activeTape, scopeStack, activeScope } = state;
  Object.assign(engine, { backendName: levelName, backendInstance: backend });
  Object.assign(state, { gradientDepth: 0, kernelDepth: 0, activeTape: null, scopeStack: [], activeScope: null });
  engine.startScope('level');
  try {
    return body();
  } finally {
    while (state.scopeStack.length > 0) engine.endScope();
    Object.assign(engine, { backendName, backendInstance });
    Object.assign(state, { gradientDepth, kernelDepth, activeTape, scopeStack, activeScope });
  }
}

const levelName = 'linen2nnx-level';
const levelKernels = new Set<string>();

/** Makes every kernel that some backend has run at levels too. */
function registerLevelKernels(): void {
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
}

interface PrivateState {
  gradientDepth: number;
  kernelDepth: number;
  activeTape: TapeNode[] | null | undefined;
  scopeStack: unknown[];
  activeScope: unknown;
}

interface PrivateEngine {
  readonly state: PrivateState;
  readonly backendName: string;
  readonly backendInstance: unknown;
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
