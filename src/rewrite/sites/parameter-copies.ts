/** A second set of parameters of one model (a target network, an average): a model of its own in the new program. */
import { cellOf, contentOf, initialised } from './machine.js';
import { freshVersion, type Place, type Run, write, writeFirst } from './run.js';
import { type Instance, parametersOf, type StateValue, type TrainStateValue, type Value } from './value.js';

/** The model that a copy's variables were first taken from; the model itself where it is no copy. */
export function originOf(instance: Instance): Instance {
  return instance.copyOf === undefined ? instance : originOf(instance.copyOf.instance);
}

/** `targetParams` of `network` → `targetNetwork`; a name that does not say what it holds stays. */
export function copyName(held: string, model: string): string {
  const stem = /^(.+?)(Params|Parameters|Variables|Vars|Weights)$/.exec(held)?.[1];
  return stem === undefined ? held : `${stem}${model.slice(0, 1).toUpperCase()}${model.slice(1)}`;
}

/** The same structure with the parameters of another model. */
export function retargeted(value: Value, instance: Instance, version: string): Value {
  if (value.is === 'state') return { ...value, instance, version };
  if (value.is !== 'record') return value;
  return {
    ...value,
    variablesOf: value.variablesOf === null ? null : instance,
    entries: new Map([...value.entries].map(([name, each]) => [name, retargeted(each, instance, version)])),
  };
}

/** A model that starts with the parameters of another; `held` is the name or field that holds them. */
export function copyInstance(instance: Instance, held: string, made: Place): Instance {
  const id = `${made.path}@${made.span.start}+${held}`;
  return { ...instance, id, node: null, copyOf: { instance, held, made } };
}

/** Whether parameters of the one fit the other: both are sets of one model's. */
export function isSameKind(a: Instance, b: Instance): boolean {
  return originOf(a).id === originOf(b).id;
}

/** The parameters of a model after all of them were given anew. */
export function renewed(run: Run, value: Value, instance: Instance): Value {
  const version = freshVersion(run, 'params');
  write(run, instance, 'params', version);
  return retargeted(value, instance, version);
}

/** The parameters of a model that starts with those of another. */
export function started(run: Run, value: Value, instance: Instance): Value {
  run.made.push(instance.id);
  writeFirst(run, instance, initialised, 'yes');
  return givenFirst(run, value, instance);
}

/** Parameters that a model starts with, whatever it was made with. */
export function givenFirst(run: Run, value: Value, instance: Instance): Value {
  const version = freshVersion(run, 'params');
  writeFirst(run, instance, 'params', version);
  return retargeted(value, instance, version);
}

/** The models that hold the further sets of parameters in a train state. */
export function copiesIn({ fields }: TrainStateValue): readonly Instance[] {
  return [...fields.values()].flatMap((each) => {
    const own = parametersOf(each);
    return own?.instance.copyOf === undefined ? [] : [own.instance];
  });
}

/** Whether a model holds these parameters now. */
export function isCurrent(run: Run, { instance, collection, version }: StateValue): boolean {
  return run.machine !== null && contentOf(run.machine, cellOf(instance, collection)) === version;
}
