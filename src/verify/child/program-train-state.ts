/** The `TrainState` that an old program is given, and what it gives back. */
import type { ParamRole } from '../../ir/program.js';
import type { Context } from './context.js';
import type { Session } from './session.js';
import { Unverified } from './unverified.js';

type StateRole = Extract<ParamRole, { role: 'trainState' }>;

/** A train state carries its own transformation: the same one in both versions, with a state of its own. */
export function heldTransformation({ runtime }: Context): unknown {
  return runtime.optax.adam(0.01);
}

/** Made at the first call from the model's variables; later the one that was returned. */
export function trainStateOf(session: Session, role: StateRole, call: { readonly at: number }): object {
  const { context, models, trainStates } = session;
  const model = models.get(role.model);
  if (model === undefined) throw new Unverified('L2N527', `the train state of ${role.model}`);
  const known = trainStates.get(role.model);
  if (known !== undefined) return known;
  const fields = Object.entries(role.fields).map(([name, each]) => {
    const held = each.role === 'variables' ? models.get(each.model) : undefined;
    if (each.role === 'variables' && held !== undefined) {
      return [name, each.collection === null ? held.variables : held.variables[each.collection]] as const;
    }
    if (each.role === 'key') return [name, context.runtime.jax.random.key(context.job.seed + 1000 + call.at)] as const;
    throw new Unverified('L2N527', `the field ${name} of the train state: nothing tells what it has to be`);
  });
  const applyFn = (...args: unknown[]): unknown =>
    (model.linen.model.apply as (...given: unknown[]) => unknown)(...args);
  const given = { applyFn, tx: heldTransformation(context), ...Object.fromEntries(fields) };
  const state = context.runtime.training.TrainState.create(given as never) as object;
  trainStates.set(role.model, state);
  return state;
}

/** Keeps a returned state for the next call, and its variables for the comparison. */
export function takeTrainState(session: Session, role: StateRole, value: unknown): void {
  if (!session.models.has(role.model) || typeof value !== 'object' || value === null) return;
  session.trainStates.set(role.model, value);
  for (const [name, each] of Object.entries(role.fields)) {
    const model = each.role === 'variables' ? session.models.get(each.model) : undefined;
    if (each.role !== 'variables' || model === undefined) continue;
    const held = Object((value as { [field: string]: unknown })[name]) as { [collection: string]: object };
    model.variables = { ...model.variables, ...(each.collection === null ? held : { [each.collection]: held }) };
  }
}
