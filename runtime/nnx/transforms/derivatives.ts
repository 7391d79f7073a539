import * as tf from '@tensorflow/tfjs';
import { jvp as jvpArrays } from '../../core/autodiff/forward.js';
import { vjp as vjpArrays } from '../../core/autodiff/vjp.js';
import { treeMapUntil } from '../../core/tree.js';
import type { Pytree as PytreeMark, Value } from '../../core/tree-typing.js';
import { mistake } from '../../functional/mistake.js';
import { variablesOf } from '../graph.js';
import { pathText } from '../pytree.js';
import { at, type Entry, nest, type State, valueOf } from '../state.js';
import { looseCopy } from '../variable.js';
import { callLent, type Outcome, storeAll, storeChanged, valuesOf } from './lending.js';
import { isGraph, type Parts, takeApart } from './operands.js';

type GradOf<T> = T extends PytreeMark<'node'> ? State : T;

/**
 * `[output, pullback]`; the pullback gives one gradient for each primal, a `State` of its float32 variables for a module.
 * What `f` sets is set once. What the pullback needs lives as long as the enclosing `tf.tidy`. Flax `nnx.vjp`.
 */
export function vjp<A extends readonly unknown[], R extends Value>(
  f: (...args: A) => R,
  ...primals: A
): [output: R, pullback: (cotangent: R) => { -readonly [I in keyof A]: GradOf<A[I]> }] {
  const lifted = new Lifted('nnx.vjp', f as never, primals);
  const [outputs, pullArrays] = vjpArrays(lifted.run as never, ...(lifted.inputs as unknown as never[])) as unknown as [
    Outputs,
    (cotangents: Outputs) => Inputs,
  ];
  const output = lifted.finish(outputs) as R;
  const pullback = (cotangent: R): unknown => {
    const given = lifted.cotangents(cotangent);
    const zeros = (list: readonly unknown[]): unknown[] => list.map(zerosLike);
    const [plain, values] = tf.tidy(() => {
      const gradients = pullArrays([given, zeros(outputs[1]), zeros(outputs[2])]);
      return gradients as unknown as tf.TensorContainer;
    }) as unknown as Inputs;
    return lifted.gradients(plain, values);
  };
  return [output, pullback as never];
}

/**
 * `[output, tangent]`; the tangent of a module is a `State`, of which missing entries stand for zeros. What `f` sets is
 * set. Flax `nnx.jvp`.
 */
export function jvp<A extends readonly unknown[], R extends Value>(
  f: (...args: A) => R,
  primals: readonly [...A],
  tangents: { readonly [I in keyof A]: GradOf<A[I]> },
): [output: R, tangent: R] {
  const lifted = new Lifted('nnx.jvp', f as never, primals);
  const [outputs, derivatives] = tf.tidy(() => {
    const given = lifted.tangents(tangents as unknown as readonly unknown[]);
    return jvpArrays(lifted.run as never, lifted.inputs as never, given as never) as unknown as tf.TensorContainer;
  }) as unknown as [Outputs, Outputs];
  const output = lifted.finish(outputs) as R;
  tf.dispose([derivatives[1], derivatives[2]].map((list) => list.filter((each) => each instanceof tf.Tensor)));
  return [output, lifted.output(derivatives[0]) as R];
}

type Inputs = readonly [plain: readonly unknown[], values: readonly unknown[]];
type Outputs = readonly [plain: readonly unknown[], made: readonly unknown[], after: readonly unknown[]];

/** A function of modules as one of arrays. */
class Lifted {
  readonly inputs: Inputs;
  readonly #args: Parts;
  #outcome: Outcome | null = null;

  constructor(
    private readonly who: string,
    private readonly f: (...args: readonly unknown[]) => unknown,
    private readonly primals: readonly unknown[],
  ) {
    this.#args = takeApart(primals, { who });
    this.inputs = [this.#args.plain.map(({ value }) => value), valuesOf(this.#args.operands)];
  }

  readonly run = (plain: readonly unknown[], values: readonly unknown[]): Outputs => {
    const call = { who: this.who, args: this.#args, plain, values };
    const outcome = callLent((all: readonly unknown[]) => this.f(...all), call);
    this.#outcome = outcome;
    return [outcome.plain, outcome.made, outcome.after.map((value, i) => (outcome.changed[i] ? value : null))];
  };

  /** Sets what the function set; its result. */
  finish([plain, made, after]: Outputs): unknown {
    const { changed, parts } = this.#outcome!;
    storeChanged(this.#args.operands, { changed, after });
    storeAll(parts.operands, made);
    return parts.rebuild(plain);
  }

  /** A tree like the result. */
  output(plain: readonly unknown[]): unknown {
    return this.#outcome!.parts.rebuild(plain);
  }

  /** The leaves of a tree like the result. */
  cotangents(cotangent: unknown): unknown[] {
    return takeApart(cotangent, { who: this.who }).plain.map(({ value }) => value);
  }

  /** Gradients of the primals, from those of their parts. */
  gradients(plain: readonly unknown[], values: readonly unknown[]): unknown {
    const { rebuild, operands } = this.#args;
    const byVariable = new Map<unknown, unknown>(operands.map(({ variable }, i) => [variable, values[i]]));
    const stateOf = (graph: unknown): State => {
      const entries = variablesOf(graph).flatMap(([path, variable]): Entry[] => {
        const gradient = byVariable.get(variable);
        return isFloat(gradient) ? [[path, looseCopy(variable, gradient)]] : [];
      });
      return nest(entries);
    };
    const trees = rebuild(plain) as readonly unknown[];
    return trees.map((tree) => {
      if (isGraph(tree)) return stateOf(tree);
      return treeMapUntil(isGraph, (_path, leaf) => (isGraph(leaf) ? stateOf(leaf) : leaf), [tree]);
    });
  }

  /** Tangents of the parts of the primals, zeros where none are given. */
  tangents(tangents: readonly unknown[]): Inputs {
    const given = new Map<unknown, unknown>();
    this.primals.forEach((primal, i) => {
      if (!isGraph(primal)) return;
      for (const [path, variable] of variablesOf(primal)) given.set(variable, valueOf(at(tangents[i] as State, path)));
    });
    const plainPrimals = this.primals.map((primal, i) => (isGraph(primal) ? null : tangents[i]));
    const plain = takeApart(plainPrimals, { who: this.who }).plain.map(({ value }) => value);
    if (plain.length !== this.#args.plain.length) {
      throw mistake(
        this.who,
        `expected ${this.#args.plain.length} tangents of arrays, got ${plain.length}.`,
        'Give tangents the structure of the primals, a State for a module.',
      );
    }
    const values = this.#args.operands.map(({ variable, path }, i) => {
      const own = this.inputs[1][i];
      return this.#tangentOf(given.get(variable), { own, place: pathText(path) });
    });
    return [plain, values];
  }

  #tangentOf(tangent: unknown, { own, place }: { readonly own: unknown; readonly place: string }): unknown {
    if (!(own instanceof tf.Tensor)) return own;
    if (tangent === undefined) return tf.zerosLike(own);
    if (tangent instanceof tf.Tensor && tf.util.arraysEqual(tangent.shape, own.shape)) return tangent;
    throw mistake(
      `${this.who} at ${place}`,
      `expected a tangent of shape [${own.shape.join(', ')}], got another.`,
      'Give a State like that of the module.',
    );
  }
}

function isFloat(value: unknown): value is tf.Tensor {
  return value instanceof tf.Tensor && value.dtype === 'float32';
}

function zerosLike(value: unknown): unknown {
  return value instanceof tf.Tensor ? tf.zerosLike(value) : value;
}
