import * as tf from '@tensorflow/tfjs';
import * as wasm from '@tensorflow/tfjs-backend-wasm';
import { useBackend } from '../../runtime/backends/select.js';
import { grad } from '../../runtime/core/autodiff/grad.js';
import { tensorsOf } from '../../runtime/core/tree.js';
import { vmap } from '../../runtime/core/vmap/vmap.js';
import { relativeError } from '../core/finite-differences.js';
import { kernelCases } from '../core/kernel-cases/all.js';
import type { KernelCase } from '../core/kernel-cases/case.js';

type Named = Readonly<Record<string, tf.Tensor>>;

/** What one backend made of one case: nothing where it agrees with cpu. */
export interface Fault {
  readonly kernel: string;
  readonly check: 'value' | 'gradient' | 'vmap';
  readonly what: string;
}

/** What the page tells. */
export interface Outcome {
  readonly backend: string;
  readonly checks: number;
  readonly faults: readonly Fault[];
  /** Why the backend did not start. */
  readonly absent?: string;
}

/** Of the largest number: sine and cosine in software are off by 2e-4. */
const tolerance = 1e-3;

/** All cases on `backend`, against cpu. */
async function runSuite(backend: string): Promise<Outcome> {
  wasm.setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
  // Small tensors would be computed on cpu, and cpu be compared with itself.
  tf.env().set('WEBGL_CPU_FORWARD', false);
  await useBackend('cpu');
  const expected = kernelCases.map(checksOf);
  try {
    await useBackend(backend);
  } catch (error) {
    return { backend, checks: 0, faults: [], absent: String(error) };
  }
  let checks = 0;
  const faults = kernelCases.flatMap((one, i): Fault[] =>
    checksOf(one).flatMap((got, j): Fault[] => {
      const wanted = expected[i]![j]!;
      if (typeof wanted.outcome === 'string') return [];
      checks++;
      const what = difference(got.outcome, wanted.outcome);
      return what === undefined ? [] : [{ kernel: one.kernel, check: got.check, what }];
    }),
  );
  return { backend, checks, faults };
}

type Outputs = readonly { readonly kind: string; readonly values: ArrayLike<number> }[];

interface Check {
  readonly check: Fault['check'];
  /** Or why there is none. */
  readonly outcome: Outputs | string;
}

/** The value, the gradient with respect to all float inputs, and a map over two examples, of one case. */
function checksOf(one: KernelCase): Check[] {
  const checks: readonly [Fault['check'], () => tf.Tensor[]][] = [
    ['value', () => tensorsOf(one.run(drawn(one, 0)))],
    ['gradient', () => gradients(one, drawn(one, 0))],
    ['vmap', () => mapped(one)],
  ];
  return checks.map(([check, run]) => ({ check, outcome: outcomeOf(run) }));
}

function outcomeOf(run: () => tf.Tensor[]): Outputs | string {
  tf.engine().startScope('check');
  try {
    return run().map((each) => ({ kind: `${each.dtype}[${each.shape.join(', ')}]`, values: each.dataSync() }));
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0]! : String(error);
  } finally {
    tf.engine().endScope();
  }
}

function drawn({ inputs }: KernelCase, seed: number): Named {
  return Object.fromEntries(Object.entries(inputs).map(([name, draw], i) => [name, draw(seed * 10 + i)]));
}

function gradients(one: KernelCase, inputs: Named): tf.Tensor[] {
  const names = Object.keys(inputs).filter((name) => inputs[name]!.dtype === 'float32' && !one.steps.includes(name));
  return names.map((name) =>
    grad((x: tf.Tensor) => {
      const outputs = tensorsOf(one.run({ ...inputs, [name]: x })).filter(({ dtype }) => dtype === 'float32');
      const terms = outputs.map((each) => tf.sum(tf.mul(each, cotangent(each.shape))));
      return terms.reduce((total, term) => tf.add(total, term));
    })(inputs[name]!),
  );
}

/** Made on the host, so that it is the same on every backend. */
function cotangent(shape: number[]): tf.Tensor {
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.cos(i));
  return tf.tensor(values, shape);
}

function mapped(one: KernelCase): tf.Tensor[] {
  const each = [1, 2].map((seed) => drawn(one, seed));
  const names = Object.keys(each[0]!);
  const all = Object.fromEntries(names.map((name) => [name, tf.stack(each.map((own) => own[name]!))]));
  return tensorsOf(vmap(one.run as never)(all as never));
}

function difference(got: Outputs | string, wanted: Outputs): string | undefined {
  if (typeof got === 'string') return /not registered for backend/.test(got) ? 'absent' : `throws: ${got}`;
  const kinds = [got, wanted].map((outputs) => outputs.map(({ kind }) => kind).join());
  if (kinds[0] !== kinds[1]) return `gives ${kinds[0]}, not ${kinds[1]}`;
  const error = Math.max(0, ...got.map(({ values }, i) => relativeError(values, wanted[i]!.values)));
  return error <= tolerance ? undefined : `off by ${error.toPrecision(1)}`;
}

// The page is asked by its address, and answers by an element: its policy forbids what is evaluated from outside.
const answer = document.createElement('pre');
answer.id = 'outcome';
const outcome = await runSuite(new URLSearchParams(location.search).get('backend') ?? 'wasm');
answer.textContent = JSON.stringify(outcome);
document.body.append(answer);
