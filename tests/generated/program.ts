/** Well-typed Linen programs as data. One value flows through a body; each statement says what it makes of it. */
import fc from 'fast-check';

/** What flows: its last axis is a number or a field; images have two axes of space before it. */
export interface Flow {
  readonly rank: 2 | 3 | 4;
  /** The last axis, where the statement before fixed it. */
  readonly size: Size | null;
}
export type Size =
  { readonly size: 'literal'; readonly value: number } | { readonly size: 'field'; readonly name: SizeField };
export type SizeField = 'features' | 'hidden';
export type Activation = 'relu' | 'tanh' | 'gelu' | 'sigmoid';

export type Statement =
  | { readonly kind: 'dense'; readonly size: Size; readonly useBias: boolean; readonly name: string | null }
  | { readonly kind: 'activation'; readonly which: Activation }
  | { readonly kind: 'norm'; readonly which: 'LayerNorm' | 'RMSNorm' }
  | { readonly kind: 'batchNorm'; readonly flag: 'field' | 'call' }
  | { readonly kind: 'dropout'; readonly rate: number; readonly flag: 'field' | 'call' }
  | {
      readonly kind: 'conv';
      readonly size: Size;
      readonly window: number;
      readonly stride: number;
      readonly padding: 'SAME' | 'VALID';
    }
  | { readonly kind: 'pool'; readonly which: 'avgPool' | 'maxPool' }
  | { readonly kind: 'flatten' }
  | { readonly kind: 'meanOverTime' }
  | { readonly kind: 'attention' }
  | { readonly kind: 'param'; readonly size: Size; readonly operation: 'add' | 'mul'; readonly name: string }
  | { readonly kind: 'shared'; readonly size: Size; readonly name: string }
  | { readonly kind: 'residual'; readonly size: Size; readonly name: string }
  | { readonly kind: 'concat'; readonly size: Size; readonly name: string }
  | { readonly kind: 'loop'; readonly size: Size; readonly count: number | 'depth'; readonly norm: boolean }
  | { readonly kind: 'branch'; readonly body: readonly Statement[] }
  | { readonly kind: 'child'; readonly class: number; readonly name: string | null }
  | { readonly kind: 'sow'; readonly name: string }
  | { readonly kind: 'counter'; readonly name: string }
  | { readonly kind: 'comment'; readonly text: string };

export interface ModelClass {
  readonly form: 'compact' | 'setup';
  readonly flow: Flow;
  readonly statements: readonly Statement[];
}
export interface Program {
  /** A class uses only classes before it; the last one is built and run. */
  readonly classes: readonly ModelClass[];
  readonly features: number;
  readonly hidden: number;
  readonly depth: number;
  readonly useExtra: boolean;
  readonly input: { readonly rank: 2 | 3 | 4; readonly size: number };
  readonly files: 'one' | 'each';
  readonly seed: number;
}

const sizes: fc.Arbitrary<Size> = fc.oneof(
  fc.integer({ min: 2, max: 6 }).map((value): Size => ({ size: 'literal', value })),
  fc.constantFrom<SizeField>('features', 'hidden').map((name): Size => ({ size: 'field', name })),
);

/** Programs of at most `depth` classes over one another. */
export function programs(depth: number): fc.Arbitrary<Program> {
  const settings = {
    features: fc.integer({ min: 2, max: 6 }),
    hidden: fc.integer({ min: 2, max: 6 }),
    depth: fc.integer({ min: 1, max: 3 }),
    useExtra: fc.boolean(),
    files: fc.constantFrom<'one' | 'each'>('one', 'each'),
    seed: fc.integer({ min: 0, max: 1000 }),
    rank: fc.constantFrom<2 | 3 | 4>(2, 2, 3, 4),
    inputSize: fc.integer({ min: 2, max: 5 }),
    count: fc.integer({ min: 1, max: depth }),
  };
  return fc.record(settings).chain(({ rank, inputSize, count, ...rest }) =>
    fc
      .tuple(...Array.from({ length: count }, (_, index) => modelClass(index === count - 1 ? rank : 2, index)))
      .map((classes) => ({
        ...rest,
        classes: reachable(classes),
        input: { rank, size: inputSize },
      })),
  );
}

/** The classes that the last one uses, numbered anew. */
function reachable(classes: readonly ModelClass[]): readonly ModelClass[] {
  const used = new Set([classes.length - 1]);
  for (let index = classes.length - 1; index >= 0; index--) {
    if (!used.has(index)) continue;
    for (const each of classes[index]!.statements) if (each.kind === 'child') used.add(each.class);
  }
  const order = [...used].sort((a, b) => a - b);
  return order.map((index) => ({
    ...classes[index]!,
    statements: classes[index]!.statements.map((each) =>
      each.kind === 'child' ? { ...each, class: order.indexOf(each.class) } : each,
    ),
  }));
}

/** A class whose call takes a value of this rank and gives one of rank 2. */
function modelClass(rank: 2 | 3 | 4, index: number): fc.Arbitrary<ModelClass> {
  const children = Array.from({ length: index }, (_, each) => each);
  return fc
    .tuple(
      fc.constantFrom<'compact' | 'setup'>('compact', 'compact', 'setup'),
      fc.array(piece(rank, children), { minLength: 0, maxLength: 3 }),
      fc.array(piece(2, children), { minLength: 1, maxLength: 5 }),
    )
    .map(([form, before, after]) => {
      const change: readonly Statement[] =
        rank === 4 ? [{ kind: 'flatten' }] : rank === 3 ? [{ kind: 'meanOverTime' }] : [];
      const all = rank === 2 ? [...before, ...after] : [...before.flat(), ...change, ...after.flat()];
      const statements = named(all.flat());
      return {
        form: form === 'setup' && statements.every(standsInSetup) ? form : 'compact',
        flow: { rank, size: null },
        statements,
      };
    });
}

/** One to a few statements that belong together, for a value of this rank. */
function piece(rank: 2 | 3 | 4, children: readonly number[]): fc.Arbitrary<readonly Statement[]> {
  const dense = fc
    .record({ size: sizes, useBias: fc.boolean(), named: fc.boolean() })
    .map(({ size, useBias, named: isNamed }): Statement => ({
      kind: 'dense',
      size,
      useBias,
      name: isNamed ? 'proj' : null,
    }));
  const any: fc.Arbitrary<readonly Statement[]>[] = [
    fc.constantFrom<Activation>('relu', 'tanh', 'gelu', 'sigmoid').map((which) => [{ kind: 'activation', which }]),
    fc.constantFrom<'LayerNorm' | 'RMSNorm'>('LayerNorm', 'RMSNorm').map((which) => [{ kind: 'norm', which }]),
    fc.constantFrom<'field' | 'call'>('field', 'call').map((flag) => [{ kind: 'batchNorm', flag }]),
    fc
      .record({ rate: fc.constantFrom(0.1, 0.5), flag: fc.constantFrom<'field' | 'call'>('field', 'call') })
      .map((each) => [{ kind: 'dropout', ...each }]),
    dense.map((each) => [each]),
    sizes.map((size) => [{ kind: 'residual', size, name: 'y' }]),
    sizes.map((size) => [{ kind: 'concat', size, name: 'z' }]),
    sizes.map((size) => [{ kind: 'shared', size, name: 'tied' }]),
    fc
      .record({ size: sizes, operation: fc.constantFrom<'add' | 'mul'>('add', 'mul') })
      .map((each) => [{ kind: 'param', ...each, name: 'weight' }]),
    fc
      .record({
        size: sizes,
        count: fc.oneof(fc.integer({ min: 1, max: 2 }), fc.constant<'depth'>('depth')),
        norm: fc.boolean(),
      })
      .map((each) => [{ kind: 'loop', ...each }]),
    fc
      .constantFrom<'LayerNorm' | 'RMSNorm'>('LayerNorm', 'RMSNorm')
      .map((which) => [{ kind: 'branch', body: [{ kind: 'norm', which }] }]),
    fc.constant([{ kind: 'sow', name: 'seen' }]),
    fc.constant([{ kind: 'counter', name: 'count' }]),
    fc.constantFrom('as in the paper', 'see above').map((text) => [{ kind: 'comment', text }]),
  ];
  if (rank === 2 && children.length > 0)
    any.push(
      fc
        .record({ class: fc.constantFrom(...children), named: fc.boolean() })
        .map((each) => [{ kind: 'child', class: each.class, name: each.named ? 'inner' : null }]),
    );
  if (rank === 3) any.push(fc.constant([{ kind: 'attention' }]));
  if (rank === 4)
    any.push(
      fc
        .record({
          size: sizes,
          window: fc.integer({ min: 1, max: 3 }),
          stride: fc.integer({ min: 1, max: 2 }),
          padding: fc.constantFrom<'SAME' | 'VALID'>('SAME', 'VALID'),
        })
        .map((each) => [{ kind: 'conv', ...each }]),
      fc.constantFrom<'avgPool' | 'maxPool'>('avgPool', 'maxPool').map((which) => [{ kind: 'pool', which }]),
    );
  return fc.oneof(...any);
}

/** Names that a body makes are each used once. */
function named(statements: readonly Statement[]): readonly Statement[] {
  return statements.map((each, index) =>
    'name' in each && each.name !== null ? { ...each, name: `${each.name}${index}` } : each,
  );
}

/** What a body whose parts stand in `setup` may hold: a part for each statement, made before the call. */
function standsInSetup({ kind }: Statement): boolean {
  return [
    'dense',
    'activation',
    'norm',
    'batchNorm',
    'dropout',
    'param',
    'child',
    'comment',
    'flatten',
    'meanOverTime',
    'conv',
    'pool',
  ].includes(kind);
}
