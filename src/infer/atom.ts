/** What sizes are made of, and what makes two of them the same. */
import type { ClassId } from '../ir/project.js';
import type { SourcePath } from '../ir/source.js';
import type { BindingId, Span } from '../ir/syntax.js';

/** Terms and factors keep first-seen order, for printing only. */
export interface Dim {
  readonly terms: readonly Term[];
  /** Normal form: equal sizes have equal keys. */
  readonly key: string;
}
export interface Term {
  readonly coefficient: number;
  readonly factors: readonly Atom[];
}

export type Atom = NameAtom | QuotientAtom | PairAtom | PowerAtom | ChoiceAtom | LoopAtom | OpaqueAtom;
export type NameAtom = FieldAtom | InputAtom | PlaceAtom | IndexAtom;
export type Rounding = 'exact' | 'floor' | 'ceil' | 'round' | 'trunc';

/** A value the constructor has: `features`, `config.width`, `dims[i]`. */
export interface FieldAtom {
  readonly kind: 'field';
  readonly owner: ClassId;
  /** Position of the constructor parameter. */
  readonly parameter: number;
  readonly steps: readonly Step[];
}
/** Size of an axis of a method's tensor argument; a null axis is a numeric argument itself. */
export interface InputAtom {
  readonly kind: 'input';
  readonly owner: ClassId;
  readonly method: string;
  readonly parameter: number;
  /** Path into a tuple or record. */
  readonly part: readonly string[];
  /** From the end when the rank is known. */
  readonly axis: number | null;
}
/** A value outside module classes: a name with a path, or an axis of a tensor of that name. */
export interface PlaceAtom {
  readonly kind: 'place';
  readonly binding: BindingId;
  readonly name: string;
  readonly steps: readonly Step[];
  readonly axis: number | null;
}
/** The turn of a loop of unknown length. */
export interface IndexAtom {
  readonly kind: 'index';
  readonly loop: string;
}
export interface QuotientAtom {
  readonly kind: 'quotient';
  readonly rounding: Rounding;
  readonly numerator: Dim;
  readonly denominator: Dim;
}
/** `Math.max(a, b)`, `Math.min(a, b)`, `a % b`. */
export interface PairAtom {
  readonly kind: 'pair';
  readonly operation: 'max' | 'min' | 'remainder';
  readonly a: Dim;
  readonly b: Dim;
}
export interface PowerAtom {
  readonly kind: 'pow';
  readonly base: Dim;
  readonly exponent: Dim;
}
export interface ChoiceAtom {
  readonly kind: 'choice';
  readonly test: Test;
  readonly then: Dim;
  readonly otherwise: Dim;
}
/** A size carried around a loop; `after` is its value behind the loop. */
export interface LoopAtom {
  readonly kind: 'loop';
  readonly id: string;
  readonly phase: 'in' | 'after';
  /** Sizes of tensors are whole numbers; a carried number need not be. */
  readonly whole: boolean;
}
export interface OpaqueAtom extends Opaque {
  readonly kind: 'opaque';
}
/** Why a size is not known, and where that was found. */
export interface Opaque {
  readonly code: string;
  readonly why: string;
  readonly path: SourcePath | null;
  readonly span: Span | null;
}

/** A member, or an index (`-1` for the last). */
export type Step = string | { readonly index: Dim };

/** A condition over constructor values. */
export type Test =
  /** `present`: neither null nor undefined, as `??` asks. */
  | { readonly test: 'truthy' | 'present'; readonly of: Operand }
  | { readonly test: 'compare'; readonly operator: string; readonly a: Operand; readonly b: Operand }
  | { readonly test: 'not'; readonly of: Test }
  | { readonly test: 'both' | 'either'; readonly a: Test; readonly b: Test };
export type Literal = string | boolean | null | undefined;
export type Operand = { readonly dim: Dim } | { readonly literal: Literal };
/** What an atom stands for somewhere else. */
export type Image = Dim | { readonly literal: Literal };

export function atomKey(atom: Atom): string {
  switch (atom.kind) {
    case 'field':
      return `${atom.owner}#${atom.parameter}${stepsKey(atom.steps)}`;
    case 'input':
      return `${inputKey(atom)}@${atom.axis ?? ''}`;
    case 'place':
      return `${atom.binding}${stepsKey(atom.steps)}@${atom.axis ?? ''}`;
    case 'index':
      return `index(${atom.loop})`;
    case 'quotient':
      return `${atom.rounding}(${atom.numerator.key}|${atom.denominator.key})`;
    case 'pair':
      return `${atom.operation}(${atom.a.key},${atom.b.key})`;
    case 'pow':
      return `pow(${atom.base.key},${atom.exponent.key})`;
    case 'choice':
      return `(${testKey(atom.test)}?${atom.then.key}:${atom.otherwise.key})`;
    case 'loop':
      return `loop(${atom.id},${atom.phase})`;
    case 'opaque':
      return `?${atom.code}:${atom.why}:${atom.path}@${atom.span?.start}`;
  }
}

/** Identity of an input without its axis. */
export function inputKey(atom: InputAtom): string {
  return `${atom.owner}.${atom.method}#${atom.parameter}${atom.part.map((part) => `.${part}`).join('')}`;
}

export function stepsKey(steps: readonly Step[]): string {
  return steps.map((step) => (typeof step === 'string' ? `.${step}` : `[${step.index.key}]`)).join('');
}

export function testKey(test: Test): string {
  switch (test.test) {
    case 'not':
      return `!${testKey(test.of)}`;
    case 'both':
    case 'either':
      return `(${testKey(test.a)} ${test.test} ${testKey(test.b)})`;
    case 'truthy':
    case 'present':
      return `${test.test}(${operandKey(test.of)})`;
    case 'compare':
      return `(${operandKey(test.a)} ${test.operator} ${operandKey(test.b)})`;
  }
}

export function isWhole(atom: Atom): boolean {
  switch (atom.kind) {
    case 'input':
    case 'place':
      return atom.axis !== null;
    case 'loop':
      return atom.whole;
    case 'quotient':
      return atom.rounding !== 'exact';
    default:
      return atom.kind === 'index';
  }
}

export function mapSteps(steps: readonly Step[], f: (dim: Dim) => Dim): readonly Step[] {
  return steps.map((step) => (typeof step === 'string' ? step : { index: f(step.index) }));
}

function operandKey(operand: Operand): string {
  return 'dim' in operand ? operand.dim.key : (JSON.stringify(operand.literal) ?? 'undefined');
}
