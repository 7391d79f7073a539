/** What the summaries say about each class together: who uses it, and which sizes its body proves. */
import type { ClassId, ModuleClass, ProjectModel } from '../ir/project.js';
import type { Dim, Image, InputAtom } from './atom.js';
import { atomKey } from './atom.js';
import { atomsOf, constantOf, equal, ofAtom, opaqueOf, soleAtom, substitute } from './dim.js';
import { decisive } from './entry.js';
import type { ModuleUse, Session, Summary } from './machine.js';
import type { Root } from './roots.js';

export interface Use {
  readonly summary: Summary;
  readonly use: ModuleUse;
}
export interface Planner {
  readonly session: Session;
  readonly model: ProjectModel;
  readonly roots: readonly Root[];
  readonly own: ReadonlyMap<ClassId, readonly Summary[]>;
  /** Runs with every optional input there: they tell about layers that no other run reaches, and nothing else. */
  readonly spare: ReadonlyMap<ClassId, readonly Summary[]>;
  readonly users: ReadonlyMap<ClassId, readonly Use[]>;
  /** Input sizes that the class's own body forces to equal something else, by atom key. */
  readonly proofs: ReadonlyMap<ClassId, ReadonlyMap<string, Dim>>;
}

export function newPlanner(session: Session, roots: readonly Root[]): Planner {
  const { model } = session;
  const all = [...session.summaries.values()];
  const isSpare = (summary: Summary): boolean => summary.id.endsWith('+');
  const summaries = all.filter((summary) => !isSpare(summary));
  const spare = new Map(
    model.classes.map((each) => [each.id, all.filter((one) => one.class === each && isSpare(one))] as const),
  );
  const own = new Map(
    model.classes.map(
      (each) =>
        [
          each.id,
          decisive(
            each,
            summaries.filter((summary) => summary.class === each),
          ),
        ] as const,
    ),
  );
  const users = new Map<ClassId, Use[]>();
  const counted = [...model.classes.flatMap((each) => own.get(each.id) ?? []), ...roots.map((root) => root.summary)];
  for (const summary of counted) {
    for (const use of summary.uses) {
      const known = users.get(use.class.id) ?? [];
      users.set(use.class.id, [...known, { summary, use }]);
    }
  }
  const proofs = new Map(model.classes.map((each) => [each.id, prove(each, own.get(each.id) ?? [])] as const));
  return { session, model, roots, own, spare, users, proofs };
}

/** A size of a summary with what its class proves put in. */
export function proved(planner: Planner, summary: Summary, dim: Dim): Dim {
  const proofs = summary.class === null ? undefined : planner.proofs.get(summary.class.id);
  if (proofs === undefined || proofs.size === 0) return dim;
  return substitute(dim, (atom) => proofs.get(atomKey(atom)));
}

/** Uses whose sizes contradict what the body proves. */
export function contradictions(
  planner: Planner,
  of: ModuleClass,
): readonly (Use & { readonly input: string; readonly here: Dim; readonly needs: Dim })[] {
  return [...(planner.proofs.get(of.id) ?? [])].flatMap(([input, proof]) =>
    (planner.users.get(of.id) ?? []).flatMap((each) => {
      const here = each.use.bound.get(input);
      const needs = substitute(proof, (atom): Image | undefined => each.use.bound.get(atomKey(atom)));
      const [x, y] = [here === undefined ? null : constantOf(here), constantOf(needs)];
      return here !== undefined && x !== null && y !== null && x !== y ? [{ ...each, input, here, needs }] : [];
    }),
  );
}

/** One input axis against constructor values is a proof; of two input axes the later follows the earlier. */
function prove(of: ModuleClass, summaries: readonly Summary[]): ReadonlyMap<string, Dim> {
  const found = new Map<string, Dim>();
  const resolve = (dim: Dim): Dim => substitute(dim, (atom) => found.get(atomKey(atom)));
  for (const { equalities } of summaries) {
    for (let before = -1; before !== found.size;) {
      before = found.size;
      for (const [a, b] of equalities) {
        proveByFields(of, found, [a, resolve(b)]);
        proveByFields(of, found, [b, resolve(a)]);
      }
    }
  }
  for (const { equalities } of summaries) {
    for (const [a, b] of equalities) tieInputs(found, inputOf(a), inputOf(b));
  }
  return new Map([...found].map(([key, dim]) => [key, resolve(dim)]));
}

function proveByFields(of: ModuleClass, found: Map<string, Dim>, [input, value]: readonly [Dim, Dim]): void {
  const atom = inputOf(input);
  if (atom === null || found.has(atomKey(atom)) || constantOf(value) !== null || opaqueOf(value) !== null) return;
  if (atomsOf(value).every((each) => each.kind === 'field' && each.owner === of.id)) found.set(atomKey(atom), value);
}

function tieInputs(found: Map<string, Dim>, a: InputAtom | null, b: InputAtom | null): void {
  if (a === null || b === null || found.has(atomKey(a)) || found.has(atomKey(b))) return;
  const [earlier, later] = order(a) <= order(b) ? [a, b] : [b, a];
  if (atomKey(earlier) === atomKey(later)) return;
  const target: Dim = ofAtom(earlier);
  if (!equal(target, ofAtom(later))) found.set(atomKey(later), target);
}

function inputOf(dim: Dim): InputAtom | null {
  const atom = soleAtom(dim);
  return atom?.kind === 'input' ? atom : null;
}

function order(atom: InputAtom): number {
  return atom.parameter;
}
