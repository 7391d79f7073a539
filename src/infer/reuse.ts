/** Reuse before adding: an input that every site feeds from a value the class already has. */
import type { ModuleClass } from '../ir/project.js';
import type { Atom, Dim, FieldAtom, InputAtom, Step } from './atom.js';
import { atomKey, stepsKey } from './atom.js';
import { atomsOf, constantOf, equal, ofAtom, soleAtom, substitute } from './dim.js';
import type { ModuleUse, Summary, Value } from './machine.js';
import { isMain } from './names.js';
import type { Planner } from './planner.js';
import { proved } from './planner.js';
import { dimOf, option } from './value.js';

/**
 * The same function of the class's fields at all sites, or null. Literals at a root prove nothing. The main input is
 * only tied through an object-valued field (`config.embDim`): a plain number that happens to agree gets its argument.
 */
export function reusedField(
  planner: Planner,
  at: { readonly class: ModuleClass; readonly atom: InputAtom; readonly summary: Summary },
): Dim | null {
  const key = atomKey(at.atom);
  const objectOnly = isMain(at.atom, at.summary);
  let found: Dim | null = null;
  const literals: { readonly use: ModuleUse; readonly dim: Dim }[] = [];
  for (const { summary, use } of planner.users.get(at.class.id) ?? []) {
    const dim = use.bound.get(key);
    if (dim === undefined) continue;
    const here = proved(planner, summary, dim);
    if (constantOf(here) !== null) {
      literals.push({ use, dim: here });
      continue;
    }
    const back = invert(at.class, use, { dim: here, objectOnly });
    if (back === null || (found !== null && !equal(found, back))) return null;
    found = back;
  }
  const reused = found;
  if (reused === null || literals.some((each) => !agrees(each.use, reused, each.dim))) return null;
  return reused;
}

/** Whether a literal size is what the field holds at that site. */
function agrees(use: ModuleUse, reused: Dim, here: Dim): boolean {
  const value = substitute(reused, (atom) => {
    if (atom.kind !== 'field') return undefined;
    const held = atom.steps.reduce<Value | undefined>(
      (each, step) => (typeof step === 'string' ? option(each, step) : undefined),
      use.args[atom.parameter],
    );
    return dimOf(held) ?? undefined;
  });
  return constantOf(value) === null || equal(value, here);
}

/** A size of the caller rewritten through the constructor arguments of the site. */
function invert(of: ModuleClass, use: ModuleUse, at: { readonly dim: Dim; readonly objectOnly: boolean }): Dim | null {
  let all = true;
  const result = substitute(at.dim, (atom) => {
    const back = backOf(of, use, { atom, objectOnly: at.objectOnly });
    if (back === null) all = false;
    return back ?? undefined;
  });
  return all && atomsOf(result).every((atom) => atom.kind === 'field' && atom.owner === of.id) ? result : null;
}

function backOf(
  of: ModuleClass,
  use: ModuleUse,
  at: { readonly atom: Atom; readonly objectOnly: boolean },
): Dim | null {
  const { atom, objectOnly } = at;
  for (const [index, value] of use.args.entries()) {
    const field = (steps: readonly Step[]): Dim => {
      const own: FieldAtom = { kind: 'field', owner: of.id, parameter: index, steps };
      return ofAtom(own);
    };
    if (value.kind === 'name') {
      const rest = stepsBelow(value.atom, atom);
      if (rest !== null && rest.length > 0) return field(rest);
    }
    const dim = dimOf(value);
    const sole = dim === null ? null : soleAtom(dim);
    if (!objectOnly && sole !== null && atomKey(sole) === atomKey(atom)) return field([]);
  }
  return null;
}

/** The path from a value to an atom below it. */
function stepsBelow(outer: Atom, inner: Atom): readonly Step[] | null {
  if (outer.kind === 'field' && inner.kind === 'field') {
    if (outer.owner !== inner.owner || outer.parameter !== inner.parameter) return null;
    return stepsKey(inner.steps.slice(0, outer.steps.length)) === stepsKey(outer.steps)
      ? inner.steps.slice(outer.steps.length)
      : null;
  }
  return null;
}
