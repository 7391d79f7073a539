/** The text of a training program. Weights start from fixed numbers, so both styles start alike without a manifest. */
import type { Place, TrainingProgram, TrainingStatement } from './training-program.js';

export function printTraining(program: TrainingProgram): string {
  const scope = new Scope();
  const uses = kindsIn(program.statements);
  const body = [...startOf(program, uses), ...program.statements.flatMap((each) => print(each, program, scope))];
  const closing = ['log.push(evaluate(params, stats));'];
  const lines = [...body, ...closing];
  const main =
    program.inside === 'file'
      ? lines.join('\n')
      : `function main(): void {\n${lines.map((each) => `  ${each}`).join('\n')}\n}\nmain();`;
  return `${trainingHead}\n${looseHead}\n${stepText(program)}\n${uses.has('fit') ? fitText(program) : ''}\n${main}\n`;
}

export const trainingHead = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import * as optax from 'linen2nnx/optax';

/** Numbers between -1 and 1 in a row. */
const ramp = (key: jax.Key, shape: number[]): tf.Tensor =>
  tf.reshape(
    tf.linspace(
      -1,
      1,
      shape.reduce((product, each) => product * each, 1),
    ),
    shape,
  );

export class Model extends nn.Module {
  constructor(readonly features: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new nn.Dense(this.features, { kernelInit: ramp }).call(x);
    x = new nn.BatchNorm({ useRunningAverage: !training, momentum: 0.5 }).call(x);
    return new nn.Dense(1, { kernelInit: ramp }).call(tf.tanh(x));
  }
}

export const log: number[] = [];
const model = new Model(3);
const tx = optax.sgd(0.1, { momentum: 0.9 });

function batch(seed: number): tf.Tensor {
  return jax.random.normal(jax.random.key(seed), [6, 2]);
}
`;

const looseHead = `function evaluate(params: nn.Params, stats: nn.Collection): number {
  const output = model.apply({ params, batch_stats: stats }, [batch(0), false]);
  return tf.sum(output).dataSync()[0]!;
}
`;

function stepText({ step, result }: TrainingProgram): string {
  const given =
    result === 'tuple'
      ? 'return [optax.applyUpdates(params, updates), newStats, newOpt, loss] as const;'
      : 'return { params: optax.applyUpdates(params, updates), stats: newStats, opt: newOpt, loss };';
  const parameters = 'params: nn.Params, stats: nn.Collection, opt: optax.OptState, x: tf.Tensor';
  const body = `  const lossFn = (params: nn.Params) => {
    const [output, changed] = model.apply({ params, batch_stats: stats }, [x, true], {
      mutable: ['batch_stats'],
    });
    return [tf.mean(tf.square(tf.sub(output, 1))), changed.batch_stats] as const;
  };
  const [[loss, newStats], grads] = jax.valueAndGrad(lossFn, { hasAux: true })(params);
  const [updates, newOpt] = tx.update(grads, opt, params);
  ${given}`;
  return step === 'jit'
    ? `const trainStep = jax.jit((${parameters}) => {\n${body}\n});`
    : `function trainStep(${parameters}) {\n${body}\n}`;
}

function fitText({ result }: TrainingProgram): string {
  const given =
    result === 'tuple'
      ? '    [params, stats, opt] = trainStep(params, stats, opt, batch(seed + i));'
      : '    ({ params, stats, opt } = trainStep(params, stats, opt, batch(seed + i)));';
  return `
function fit(params: nn.Params, stats: nn.Collection, opt: optax.OptState, seed: number) {
  for (let i = 0; i < 2; i++) {
${given}
  }
  return [params, stats, opt] as const;
}
`;
}

export function kindsIn(statements: readonly TrainingStatement[]): ReadonlySet<TrainingStatement['kind']> {
  return new Set(
    statements.flatMap((each) => {
      const inner =
        each.kind === 'loop' ? each.body : each.kind === 'branch' ? [...each.then, ...(each.otherwise ?? [])] : [];
      return [each.kind, ...kindsIn(inner)];
    }),
  );
}

function startOf({ start }: TrainingProgram, uses: ReadonlySet<TrainingStatement['kind']>): readonly string[] {
  const init = 'model.init(jax.random.key(0), [tf.zeros([1, 2]), false])';
  return [
    ...(start === 'pattern'
      ? [`let { params, batch_stats: stats } = ${init};`]
      : [`const variables = ${init};`, 'let params = variables.params;', 'let stats = variables.batch_stats;']),
    'let opt = tx.init(params);',
    ...(uses.has('step') ? ['let loss: tf.Tensor;'] : []),
    ...(uses.has('best') ? ['let best = Infinity;', 'let bestParams = params;'] : []),
    ...(uses.has('soft') ? ['let target = params;'] : []),
    ...(uses.has('closure') ? ['const score = (): number => evaluate(params, stats);'] : []),
  ];
}

/** Names of copies in force, and fresh names. */
class Scope {
  readonly #copies: { readonly params: string; readonly stats: string }[];
  readonly #numbers: { last: number };

  constructor(copies: readonly { readonly params: string; readonly stats: string }[] = [], numbers = { last: 0 }) {
    this.#copies = [...copies];
    this.#numbers = numbers;
  }

  fresh(): number {
    return ++this.#numbers.last;
  }

  keep(params: string, stats: string): void {
    this.#copies.push({ params, stats });
  }

  at(place: Place): { readonly params: string; readonly stats: string } {
    const main = { params: 'params', stats: 'stats' };
    return place === 'main' ? main : (this.#copies[place % Math.max(1, this.#copies.length)] ?? main);
  }

  inner(): Scope {
    return new Scope(this.#copies, this.#numbers);
  }
}

function print(each: TrainingStatement, program: TrainingProgram, scope: Scope): readonly string[] {
  const tuple = program.result === 'tuple';
  const call = (seed: number): string => `trainStep(params, stats, opt, batch(${seed}))`;
  const id = scope.fresh();
  switch (each.kind) {
    case 'step':
      return [
        tuple
          ? `[params, stats, opt, loss] = ${call(each.seed)};`
          : `({ params, stats, opt, loss } = ${call(each.seed)});`,
        'log.push(loss.dataSync()[0]!);',
      ];
    case 'trial':
      return tuple
        ? [`const [, , , trial${id}] = ${call(each.seed)};`, `log.push(trial${id}.dataSync()[0]!);`]
        : [`const { loss: trial${id} } = ${call(each.seed)};`, `log.push(trial${id}.dataSync()[0]!);`];
    case 'fork':
      scope.keep(`params${id}`, `stats${id}`);
      return [
        tuple
          ? `const [params${id}, stats${id}] = ${call(each.seed)};`
          : `const { params: params${id}, stats: stats${id} } = ${call(each.seed)};`,
        `log.push(evaluate(params${id}, stats${id}));`,
      ];
    case 'evaluate':
      return [`log.push(evaluate(${scope.at(each.params).params}, ${scope.at(each.stats).stats}));`];
    case 'keep':
      if (each.form === 'record') {
        scope.keep(`kept${id}.params`, `kept${id}.stats`);
        return [`const kept${id} = { params, stats };`];
      }
      scope.keep(`kept${id}`, each.form === 'both' ? `keptStats${id}` : 'stats');
      return [`const kept${id} = params;`, ...(each.form === 'both' ? [`const keptStats${id} = stats;`] : [])];
    case 'restore': {
      const from = scope.at(each.from);
      if (from.params === 'params') return [];
      return [`params = ${from.params};`, ...(each.stats && from.stats !== 'stats' ? [`stats = ${from.stats};`] : [])];
    }
    case 'best':
      return [
        `const score${id} = evaluate(params, stats);`,
        `if (score${id} < best) {`,
        `  best = score${id};`,
        '  bestParams = params;',
        '}',
        'log.push(evaluate(bestParams, stats));',
      ];
    case 'loop':
      return [`for (let i${id} = 0; i${id} < ${each.count}; i${id}++) {`, ...block(each.body, program, scope), '}'];
    case 'branch':
      return [
        'if (log.length % 2 === 0) {',
        ...block(each.then, program, scope),
        ...(each.otherwise === null ? [] : ['} else {', ...block(each.otherwise, program, scope)]),
        '}',
      ];
    case 'ignored':
      return [
        `const [ignored${id}] = model.apply({ params, batch_stats: stats }, [batch(${each.seed}), true], {`,
        "  mutable: ['batch_stats'],",
        '});',
        `log.push(tf.sum(ignored${id}).dataSync()[0]!);`,
      ];
    case 'statistics':
      return [
        `const [seen${id}, changed${id}] = model.apply({ params, batch_stats: stats }, [batch(${each.seed}), true], {`,
        "  mutable: ['batch_stats'],",
        '});',
        `stats = changed${id}.batch_stats;`,
        `log.push(tf.sum(seen${id}).dataSync()[0]!);`,
      ];
    case 'resetOptimizer':
      return ['opt = tx.init(params);'];
    case 'soft':
      return [
        'target = jax.tree.map((old, now) => tf.add(tf.mul(old, 0.9), tf.mul(now, 0.1)), target, params);',
        'log.push(evaluate(target, stats));',
      ];
    case 'scale':
      return ['params = jax.tree.map((each) => tf.mul(each, 0.5), params);'];
    case 'leaf':
      return ['log.push(tf.sum(params.Dense_0.kernel).dataSync()[0]!);'];
    case 'closure':
      return ['log.push(score());'];
    case 'fit':
      return each.apart
        ? [
            `const [fitted${id}, fittedStats${id}] = fit(params, stats, opt, ${each.seed});`,
            `log.push(evaluate(fitted${id}, fittedStats${id}));`,
          ]
        : [`[params, stats, opt] = fit(params, stats, opt, ${each.seed});`];
    case 'initAgain':
      return ['({ params, batch_stats: stats } = model.init(jax.random.key(0), [tf.zeros([1, 2]), false]));'];
  }
}

function block(statements: readonly TrainingStatement[], program: TrainingProgram, scope: Scope): readonly string[] {
  const inner = scope.inner();
  return statements.flatMap((each) => print(each, program, inner)).map((each) => `  ${each}`);
}
