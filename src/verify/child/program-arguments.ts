/** Value arguments of programs: inputs by the sample's shapes, labels by the model's output. */
import type { Case, ClassJob, ValueSpec } from '../job.js';
import { argumentsOf, withMode } from './arguments.js';
import type { Context } from './context.js';
import { generatorOf, randomTensor } from './generator.js';
import { type LinenInstance, linenVariables, runSide } from './pair.js';
import type { Session, SessionModel } from './session.js';
import { Unverified } from './unverified.js';
import { makeTensor, makeValue } from './values.js';

const batch = 4;

/** Shape of the model's first output on the program's batch. */
export function outputShapeOf(
  context: Context,
  { job, sample, linen }: { readonly job: ClassJob; readonly sample: Case; readonly linen: LinenInstance },
): readonly number[] {
  const { runtime } = context;
  return runtime.tf.tidy('shape', (() => {
    const making = { seed: context.job.seed, batch: batchOf(sample), below: linen.below, scale: 1 };
    const args = withMode(
      argumentsOf(runtime, sample.args, making),
      job.plan.methods[sample.method]?.mode ?? null,
      false,
    );
    const method = sample.method === 'call' ? {} : { method: sample.method };
    const output = runSide('linen', sample.method, () =>
      linen.model.apply(linenVariables(context, linen.leaves), args, method),
    );
    return runtime.trees.tensorsOf(output)[0]?.shape ?? [];
  }) as never) as unknown as readonly number[];
}

function batchOf(sample: Case): { from: number; to: number } | null {
  const first = sample.args.find((each) => each.make === 'tensor');
  return first?.make === 'tensor' && first.shape.length >= 2 ? { from: first.shape[0]!, to: batch } : null;
}

/** The same value for both versions; another one for each call. */
export function makeProgramValue(session: Session, spec: ValueSpec, call: { label: string; at: number }): unknown {
  const { context, classes } = session;
  const { runtime, job } = context;
  const seed = job.seed + 500 + call.at;
  const model = session.models.values().next().value;
  const inner = (name: string | number): typeof call => ({ ...call, label: `${call.label}.${name}` });
  switch (spec.wants) {
    case 'recipe':
      return makeValue(runtime, spec.recipe, { seed, label: call.label, batch: null, below: 4, scale: 1 });
    case 'record':
      return Object.fromEntries(
        Object.entries(spec.entries).map(([name, each]) => [name, makeProgramValue(session, each, inner(name))]),
      );
    case 'list':
      return spec.items.map((each, index) => makeProgramValue(session, each, inner(index)));
    case 'input': {
      const sample = classes.find((each) => each.class === spec.class)?.cases[0];
      const recipe = sample?.args[spec.argument];
      if (sample === undefined || recipe === undefined) throw new Unverified('L2N527', call.label);
      const below = modelOf(session, spec.class)?.linen.below ?? 4;
      return makeValue(runtime, recipe, { seed, label: call.label, batch: batchOf(sample), below, scale: 1 });
    }
    case 'classes':
      return labels(session, model, { seed, label: call.label });
    case 'likeOutput':
      return floats(session, model, { seed, label: call.label });
    case 'unknown':
      if (/label|target|class|^y$|^ys$/i.test(spec.name)) return labels(session, model, { seed, label: call.label });
      throw new Unverified('L2N527', `${call.label}: nothing tells what it has to be`);
  }
}

function modelOf(session: Session, classId: string): SessionModel | undefined {
  return [...session.models.values()].find((each) => each.classId === classId);
}

interface Seeded {
  readonly seed: number;
  readonly label: string;
}

function labels({ context }: Session, model: SessionModel | undefined, { seed, label }: Seeded): unknown {
  const output = model?.output ?? [];
  const like = { shape: output.slice(0, -1), dtype: 'int32', below: output.at(-1) ?? 2 } as const;
  return makeTensor(context.runtime, randomTensor(generatorOf(seed, label), like));
}

function floats({ context }: Session, model: SessionModel | undefined, { seed, label }: Seeded): unknown {
  const like = { shape: model?.output ?? [], dtype: 'float32', below: 1 } as const;
  return makeTensor(context.runtime, randomTensor(generatorOf(seed, label), like));
}
