/** Linen training programs as data: a list of things done with one model's state, each of which adds to a log. */
import fc from 'fast-check';

/** `main` is the state that training goes on with; a number means one of the copies kept so far (modulo their count). */
export type Place = 'main' | number;

export type TrainingStatement =
  /** One step that training goes on from. */
  | { readonly kind: 'step'; readonly seed: number }
  /** A step whose state is thrown away. */
  | { readonly kind: 'trial'; readonly seed: number }
  /** A step whose new state gets names of its own. */
  | { readonly kind: 'fork'; readonly seed: number }
  | { readonly kind: 'evaluate'; readonly params: Place; readonly stats: Place }
  | { readonly kind: 'keep'; readonly form: 'params' | 'both' | 'record' }
  | { readonly kind: 'restore'; readonly from: number; readonly stats: boolean }
  | { readonly kind: 'best' }
  | { readonly kind: 'loop'; readonly count: number; readonly body: readonly TrainingStatement[] }
  | {
      readonly kind: 'branch';
      readonly then: readonly TrainingStatement[];
      readonly otherwise: readonly TrainingStatement[] | null;
    }
  /** The model in training mode, its new statistics thrown away. */
  | { readonly kind: 'ignored'; readonly seed: number }
  /** The model in training mode, its new statistics kept. */
  | { readonly kind: 'statistics'; readonly seed: number }
  | { readonly kind: 'resetOptimizer' }
  | { readonly kind: 'soft' }
  | { readonly kind: 'scale' }
  | { readonly kind: 'leaf' }
  | { readonly kind: 'closure' }
  | { readonly kind: 'fit'; readonly seed: number; readonly apart: boolean }
  | { readonly kind: 'initAgain' };

export interface TrainingProgram {
  /** Parameters, statistics and optimizer state under names of their own, or in one `TrainState`. */
  readonly state: 'loose' | 'trainState';
  readonly step: 'jit' | 'plain';
  readonly result: 'tuple' | 'record';
  readonly start: 'pattern' | 'members';
  readonly inside: 'file' | 'function';
  readonly statements: readonly TrainingStatement[];
}

const seed = fc.integer({ min: 1, max: 9 });
const place: fc.Arbitrary<Place> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Place>('main') },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 5 }) },
);

type Weighted = { readonly weight: number; readonly arbitrary: fc.Arbitrary<TrainingStatement> };

function statement(depth: number): fc.Arbitrary<TrainingStatement> {
  const of = (weight: number, arbitrary: fc.Arbitrary<TrainingStatement>): Weighted => ({ weight, arbitrary });
  const plain: readonly Weighted[] = [
    of(10, fc.record({ kind: fc.constant('step'), seed })),
    of(2, fc.record({ kind: fc.constant('trial'), seed })),
    of(1, fc.record({ kind: fc.constant('fork'), seed })),
    of(5, fc.record({ kind: fc.constant('evaluate'), params: place, stats: place })),
    of(3, fc.record({ kind: fc.constant('keep'), form: fc.constantFrom('params', 'both', 'record') })),
    of(2, fc.record({ kind: fc.constant('restore'), from: fc.integer({ min: 0, max: 5 }), stats: fc.boolean() })),
    of(2, fc.constant({ kind: 'best' })),
    of(2, fc.record({ kind: fc.constant('ignored'), seed })),
    of(2, fc.record({ kind: fc.constant('statistics'), seed })),
    of(1, fc.constant({ kind: 'resetOptimizer' })),
    of(1, fc.constant({ kind: 'soft' })),
    of(1, fc.constant({ kind: 'scale' })),
    of(2, fc.constant({ kind: 'leaf' })),
    of(1, fc.constant({ kind: 'closure' })),
    of(2, fc.record({ kind: fc.constant('fit'), seed, apart: fc.boolean() })),
    of(1, fc.constant({ kind: 'initAgain' })),
  ];
  if (depth === 0) return fc.oneof(...plain);
  const body = fc.array(statement(depth - 1), { minLength: 1, maxLength: 3 });
  return fc.oneof(
    ...plain,
    of(4, fc.record({ kind: fc.constant('loop'), count: fc.integer({ min: 1, max: 3 }), body })),
    of(3, fc.record({ kind: fc.constant('branch'), then: body, otherwise: fc.option(body, { nil: null }) })),
  );
}

/** `few` statements leave more programs that convert. */
export function trainingPrograms(maxLength: number): fc.Arbitrary<TrainingProgram> {
  return fc.record({
    state: fc.constantFrom('loose', 'loose', 'trainState'),
    step: fc.constantFrom('jit', 'plain'),
    result: fc.constantFrom('tuple', 'record'),
    start: fc.constantFrom('pattern', 'members'),
    inside: fc.constantFrom('file', 'function'),
    statements: fc.array(statement(2), { minLength: 1, maxLength }),
  });
}
