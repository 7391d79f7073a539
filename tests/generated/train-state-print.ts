/** The text of a training program whose state is one `TrainState`. */
import { kindsIn, trainingHead } from './training-print.js';
import type { TrainingProgram, TrainingStatement } from './training-program.js';

export function printTrainState(program: TrainingProgram): string {
  const numbers = { last: 0 };
  const uses = kindsIn(program.statements);
  const start = [
    program.start === 'pattern' ? 'let state = createState();' : 'let state: State = createState();',
    ...(uses.has('step') ? ['let loss: tf.Tensor;'] : []),
    ...(uses.has('best') ? ['let best = Infinity;', 'let bestState = state;'] : []),
    ...(uses.has('soft') ? ['let target = state.params;'] : []),
    ...(uses.has('closure') ? ['const score = (): number => evaluate(state);'] : []),
  ];
  const context = { program, numbers, copies: [] };
  const lines = [...start, ...program.statements.flatMap((each) => print(each, context)), 'log.push(evaluate(state));'];
  const main =
    program.inside === 'file'
      ? lines.join('\n')
      : `function main(): void {\n${lines.map((each) => `  ${each}`).join('\n')}\n}\nmain();`;
  const imports = "import { type ApplyFunction, TrainState } from 'linen2nnx/training';\n";
  return `${imports}${trainingHead}\n${stateText}\n${stepText(program)}\n${uses.has('fit') ? fitText(program) : ''}\n${main}\n`;
}

interface Context {
  readonly program: TrainingProgram;
  readonly numbers: { last: number };
  readonly copies: string[];
}

const stateText = `class State extends TrainState<ApplyFunction<tf.Tensor>> {
  declare stats: nn.Collection;
}

function createState(): State {
  const variables = model.init(jax.random.key(0), [tf.zeros([1, 2]), false]);
  return State.create({ applyFn: model.apply, params: variables.params, stats: variables.batch_stats, tx });
}

function evaluate(state: State): number {
  const output = state.applyFn({ params: state.params, batch_stats: state.stats }, [batch(0), false]);
  return tf.sum(output).dataSync()[0]!;
}
`;

function stepText({ step, result }: TrainingProgram): string {
  const given = result === 'tuple' ? 'return [next, loss] as const;' : 'return { state: next, loss };';
  const body = `  const lossFn = (params: nn.Params) => {
    const [output, changed] = state.applyFn({ params, batch_stats: state.stats }, [x, true], {
      mutable: ['batch_stats'],
    });
    return [tf.mean(tf.square(tf.sub(output, 1))), changed.batch_stats] as const;
  };
  const [[loss, stats], grads] = jax.valueAndGrad(lossFn, { hasAux: true })(state.params);
  const next = state.applyGradients({ grads, stats });
  ${given}`;
  return step === 'jit'
    ? `const trainStep = jax.jit((state: State, x: tf.Tensor) => {\n${body}\n});`
    : `function trainStep(state: State, x: tf.Tensor) {\n${body}\n}`;
}

function fitText({ result }: TrainingProgram): string {
  const taken = result === 'tuple' ? '[state]' : '{ state }';
  const call = 'trainStep(state, batch(seed + i))';
  return `
function fit(state: State, seed: number): State {
  for (let i = 0; i < 2; i++) {
    ${result === 'tuple' ? `${taken} = ${call};` : `(${taken} = ${call});`}
  }
  return state;
}
`;
}

function print(each: TrainingStatement, context: Context): readonly string[] {
  const { program, numbers, copies } = context;
  const tuple = program.result === 'tuple';
  const id = ++numbers.last;
  const at = (index: number): string => copies[index % Math.max(1, copies.length)] ?? 'state';
  switch (each.kind) {
    case 'step':
      return [
        tuple
          ? `[state, loss] = trainStep(state, batch(${each.seed}));`
          : `({ state, loss } = trainStep(state, batch(${each.seed})));`,
        'log.push(loss.dataSync()[0]!);',
      ];
    case 'trial':
      return [
        tuple
          ? `const [, trial${id}] = trainStep(state, batch(${each.seed}));`
          : `const { loss: trial${id} } = trainStep(state, batch(${each.seed}));`,
        `log.push(trial${id}.dataSync()[0]!);`,
      ];
    case 'fork':
      copies.push(`state${id}`);
      return [
        tuple
          ? `const [state${id}] = trainStep(state, batch(${each.seed}));`
          : `const { state: state${id} } = trainStep(state, batch(${each.seed}));`,
        `log.push(evaluate(state${id}));`,
      ];
    case 'evaluate':
      return [`log.push(evaluate(${each.params === 'main' ? 'state' : at(each.params)}));`];
    case 'keep':
      copies.push(each.form === 'record' ? `kept${id}.state` : `kept${id}`);
      return [each.form === 'record' ? `const kept${id} = { state };` : `const kept${id} = state;`];
    case 'restore': {
      const from = at(each.from);
      if (from === 'state') return [];
      return [each.stats ? `state = ${from};` : `state = state.replace({ params: ${from}.params });`];
    }
    case 'best':
      return [
        `const score${id} = evaluate(state);`,
        `if (score${id} < best) {`,
        `  best = score${id};`,
        '  bestState = state;',
        '}',
        'log.push(evaluate(bestState));',
      ];
    case 'loop':
      return [`for (let i${id} = 0; i${id} < ${each.count}; i${id}++) {`, ...block(each.body, context), '}'];
    case 'branch':
      return [
        'if (log.length % 2 === 0) {',
        ...block(each.then, context),
        ...(each.otherwise === null ? [] : ['} else {', ...block(each.otherwise, context)]),
        '}',
      ];
    case 'ignored':
      return [
        `const [ignored${id}] = state.applyFn({ params: state.params, batch_stats: state.stats }, [batch(${each.seed}), true], {`,
        "  mutable: ['batch_stats'],",
        '});',
        `log.push(tf.sum(ignored${id}).dataSync()[0]!);`,
      ];
    case 'statistics':
      return [
        `const [, changed${id}] = state.applyFn({ params: state.params, batch_stats: state.stats }, [batch(${each.seed}), true], {`,
        "  mutable: ['batch_stats'],",
        '});',
        `state = state.replace({ stats: changed${id}.batch_stats });`,
      ];
    case 'resetOptimizer':
      return ['state = state.replace({ optState: tx.init(state.params) });'];
    case 'soft':
      return [
        'target = jax.tree.map((old, now) => tf.add(tf.mul(old, 0.9), tf.mul(now, 0.1)), target, state.params);',
        'log.push(evaluate(state.replace({ params: target })));',
      ];
    case 'scale':
      return ['state = state.replace({ params: jax.tree.map((each) => tf.mul(each, 0.5), state.params) });'];
    case 'leaf':
      return ['log.push(tf.sum(state.params.Dense_0.kernel).dataSync()[0]!, state.step.dataSync()[0]!);'];
    case 'closure':
      return ['log.push(score());'];
    case 'fit':
      return each.apart
        ? [`const fitted${id} = fit(state, ${each.seed});`, `log.push(evaluate(fitted${id}));`]
        : [`state = fit(state, ${each.seed});`];
    case 'initAgain':
      return ['state = createState();'];
  }
}

function block(statements: readonly TrainingStatement[], context: Context): readonly string[] {
  const inner = { ...context, copies: [...context.copies] };
  return statements.flatMap((each) => print(each, inner)).map((each) => `  ${each}`);
}
