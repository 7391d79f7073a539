/** Calls of layers and of modules of this project: the callee's summary in the caller's terms. */
import type { LayerRecord } from '../../runtime/catalogue/record.js';
import type { Span } from '../ir/syntax.js';
import type { Atom, Dim, FieldAtom, Image, InputAtom } from './atom.js';
import { atomKey } from './atom.js';
import { atomsOf, constantOf, opaque, substitute } from './dim.js';
import { frameAt } from './frame.js';
import { constructorOf } from './instance.js';
import { liftArgs, liftOut } from './lift.js';
import type { Frame, LayerValue, ModuleValue, Session, Summary, Value } from './machine.js';
import { indexOf, itemAt, memberOf } from './member.js';
import { note } from './need.js';
import { assumeEqual, ruleContext } from './rule-context.js';
import { useLayer } from './rules/layer.js';
import { summarise } from './summary.js';
import { absent, dimOf, isAbsent, number, shapeOf, substituteValue, unknown } from './value.js';

interface Called {
  readonly method: string;
  readonly args: readonly Value[];
  readonly frame: Frame;
  readonly span: Span | null;
}

export function callLayer(session: Session, call: Called & { readonly layer: LayerValue }): Value {
  const { layer, method } = call;
  const record: LayerRecord = layer.layer;
  const args = liftArgs(layer.lifts, call.args);
  if (method !== 'call') return unknown('L2N316', `there is no shape rule for the method ${method} of ${record.linen}`);
  const use = useLayer(record, { built: layer.args, args }, ruleContext(session));
  const at = { path: call.frame.path, span: call.span ?? layer.site.span };
  use.needs.forEach(({ argument, dims, list }, index) => {
    dims.forEach((dim, part) => {
      const place = list ? { list: part } : {};
      const asks = {
        asks: 'layer',
        site: layer.site,
        index,
        name: argument.name,
        label: record.linen,
        ...place,
      } as const;
      note(session, { asks, owner: layer.site.owner, dim, at });
    });
  });
  return liftOut(session, layer.lifts, { args: call.args, out: use.out });
}

export function callModule(session: Session, call: Called & { readonly module: ModuleValue }): Value {
  const { module, method } = call;
  const lifts = method === 'call' ? module.lifts : [];
  const args = liftArgs(lifts, call.args);
  const summary = summarise(session, { class: module.class, method, args, built: module.args });
  const image = imageOf(session, { module, method, args, summary });
  const through = (dim: Dim): Dim => substitute(dim, image);
  if (session.run.silent === 0) record(session, call, { summary, image, through });
  for (const [a, b] of summary.equalities) assumeEqual(session, through(a), through(b));
  return liftOut(session, lifts, { args: call.args, out: substituteValue(summary.out, image) });
}

interface Seen {
  readonly summary: Summary;
  readonly image: (atom: Atom) => Image | undefined;
  readonly through: (dim: Dim) => Dim;
}

/** The use itself, and what travels out of it: needs of modules that were handed in. */
function record(session: Session, call: Called & { readonly module: ModuleValue }, seen: Seen): void {
  const { module } = call;
  const { summary, image, through } = seen;
  const { run } = session;
  const bound = new Map<string, Dim>();
  for (const atom of atomsIn(summary)) {
    const here = image(atom);
    if (here !== undefined && !('literal' in here)) bound.set(atomKey(atom), here);
  }
  const at = { path: call.frame.path, span: call.span ?? module.site.span };
  run.summary.uses.push({
    site: module.site,
    class: module.class,
    summary,
    args: module.args,
    bound,
    turn: run.turn,
    at,
  });
  const { id } = module.class;
  for (const need of summary.needs) {
    if (need.owner !== id) run.summary.needs.push({ ...need, dim: through(need.dim), turn: `${run.turn}${need.turn}` });
  }
  for (const use of summary.uses) {
    if (use.site.owner === id) continue;
    const moved = new Map([...use.bound].map(([key, dim]) => [key, through(dim)] as const));
    run.summary.uses.push({ ...use, bound: moved, turn: `${run.turn}${use.turn}` });
  }
}

/** Atoms whose size a caller may be asked for, also behind carried sizes. */
function atomsIn(summary: Summary): readonly Atom[] {
  const dims = [
    ...summary.needs.map((need) => need.dim),
    ...summary.uses.flatMap((use) => [...use.bound.values()]),
    ...summary.equalities.flat(),
    ...[...summary.loops.values()].flatMap((loop) => [loop.init, loop.next]),
  ];
  return [...dims.flatMap(atomsOf), ...(hasCaches(summary) ? axesOf(summary) : [])];
}

/** Whether it makes variables for inputs of one shape, itself or below. */
export function hasCaches(summary: Summary): boolean {
  return summary.caches.length > 0 || summary.uses.some((use) => hasCaches(use.summary));
}

/** Every axis of its inputs. */
function axesOf({ class: of, method, inputs }: Summary): readonly InputAtom[] {
  if (of === null) return [];
  return inputs.flatMap(({ parameter, rank }) =>
    Array.from({ length: rank ?? 0 }, (_, axis): InputAtom => ({
      kind: 'input',
      owner: of.id,
      method,
      parameter,
      part: [],
      axis: axis - (rank ?? 0),
    })),
  );
}

/** What the callee's atoms are at this call. */
function imageOf(
  session: Session,
  at: {
    readonly module: ModuleValue;
    readonly method: string;
    readonly args: readonly Value[];
    readonly summary: Summary;
  },
): (atom: Atom) => Image | undefined {
  const { module, method, args, summary } = at;
  const { id, name } = module.class;
  const image = (atom: Atom): Image | undefined => {
    switch (atom.kind) {
      case 'field':
        return atom.owner === id ? fieldImage(session, { atom, module, image }) : undefined;
      case 'input':
        return atom.owner === id && atom.method === method ? inputImage(session, atom, args) : undefined;
      case 'loop': {
        const loop = summary.loops.get(atom.id);
        if (loop === undefined) return undefined;
        return loop.last === null
          ? opaque({ ...loopDecides(name), path: null, span: null })
          : substitute(loop.last, image);
      }
      default:
        return undefined;
    }
  };
  return image;
}

function loopDecides(name: string): { readonly code: string; readonly why: string } {
  return { code: 'L2N314', why: `a loop in ${name} decides it` };
}

function fieldImage(
  session: Session,
  at: { readonly atom: FieldAtom; readonly module: ModuleValue; readonly image: (atom: Atom) => Image | undefined },
): Image {
  const { atom, module } = at;
  const value = atom.steps.reduce<Value>(
    (each, step, depth) => {
      if (typeof step !== 'string') return indexed(session, each, substitute(step.index, at.image));
      const inner = memberOf(session, each, step);
      return isAbsent(inner) && depth === 0 ? patternDefault(session, { module, atom, step }) : inner;
    },
    argument(session, module, atom.parameter),
  );
  return imageOfValue(value, `${module.class.name}'s constructor value ${atomKey(atom).split('#').at(-1)}`);
}

/** A constructor argument of the site, or the parameter's default. */
function argument(session: Session, module: ModuleValue, index: number): Value {
  const given = module.args[index] ?? absent;
  const owner = constructorOf(session, module.class);
  const initial = owner?.node.params[index]?.initial ?? null;
  if (given.kind !== 'literal' || given.value !== undefined || initial === null || owner === null) return given;
  return session.interpreter.evaluate(session, frameAt(owner.class.path), initial);
}

/** `constructor({ width = 64 })`: the default of a key that is left out. */
function patternDefault(
  session: Session,
  at: { readonly module: ModuleValue; readonly atom: FieldAtom; readonly step: string },
): Value {
  const owner = constructorOf(session, at.module.class);
  const pattern = owner?.node.params[at.atom.parameter]?.pattern;
  if (pattern?.kind !== 'ObjectPattern' || owner === null) return absent;
  const value = pattern.properties.find((each) => each.key.name === at.step)?.value;
  return value?.kind === 'DefaultPattern'
    ? session.interpreter.evaluate(session, frameAt(owner.class.path), value.value)
    : absent;
}

function indexed(session: Session, value: Value, index: Dim): Value {
  const at = constantOf(index);
  const asValue = number(index);
  return at !== null && at < 0 ? itemAt(session, value, asValue) : indexOf(session, value, asValue);
}

function inputImage(session: Session, atom: InputAtom, args: readonly Value[]): Image {
  const value = atom.part.reduce<Value>(
    (each, key) => (/^\d+$/.test(key) ? indexOf(session, each, number(Number(key))) : memberOf(session, each, key)),
    args[atom.parameter] ?? absent,
  );
  if (atom.axis === null) return imageOfValue(value, 'an argument');
  const shape = shapeOf(value);
  if (shape !== null) return shape.axis(atom.axis);
  if (value.kind === 'unknown') return opaque(value.reason);
  return opaque({ code: 'L2N310', why: 'an argument is not a known tensor', path: null, span: null });
}

function imageOfValue(value: Value, what: string): Image {
  const dim = dimOf(value);
  if (dim !== null) return dim;
  if (value.kind === 'literal') return { literal: value.value };
  if (value.kind === 'unknown') return opaque(value.reason);
  // Whatever else it is, it is there: enough for a test, and no number.
  if (value.kind !== 'flag') return { literal: true };
  return opaque({ code: 'L2N310', why: `${what} is not known here`, path: null, span: null });
}
