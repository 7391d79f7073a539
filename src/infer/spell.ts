/** How atoms are written where an expression will stand: in a constructor, or outside classes. */
import type { ModuleClass } from '../ir/project.js';
import { bindingOf, sourceOf } from '../ir/resolve.js';
import type { BindingId, Pattern } from '../ir/syntax.js';
import type { Dim, FieldAtom, LoopAtom, NameAtom, PlaceAtom } from './atom.js';
import { atomKey } from './atom.js';
import type { Spelling } from './dim-print.js';
import { printDim, printSteps } from './dim-print.js';
import { atomsOf } from './dim.js';
import { constructorOf } from './instance.js';
import type { Session } from './machine.js';
import { spellingKey } from './member.js';

/** Names that are not fields: new arguments by atom key, loop variables by loop id. */
export interface NewNames {
  readonly inputs: ReadonlyMap<string, string>;
  readonly threads: ReadonlyMap<string, string>;
}

/** Writes a size; `reads` collects the names it uses. Null when an atom has no name there. */
export function spellSize(
  session: Session,
  dim: Dim,
  scope: { readonly class: ModuleClass | null; readonly names: NewNames },
): { readonly text: string; readonly reads: readonly string[] } | null {
  const reads = new Set<string>();
  let nameless = false;
  const spell: Spelling = (atom) => {
    const name = spellAtom(session, atom, { ...scope, spell });
    if (name === null) nameless = true;
    else reads.add(/^[\w$]+/.exec(name)?.[0] ?? name);
    return name ?? '?';
  };
  const text = printDim(dim, spell);
  return nameless ? null : { text, reads: [...reads].sort() };
}

/** Names of the outer scope that a size reads, with where each is declared. */
export function placesIn(dim: Dim): readonly BindingId[] {
  return atomsOf(dim).flatMap((atom) => (atom.kind === 'place' ? [atom.binding] : []));
}

interface Scope {
  readonly class: ModuleClass | null;
  readonly names: NewNames;
  readonly spell: Spelling;
}

function spellAtom(session: Session, atom: NameAtom | LoopAtom, scope: Scope): string | null {
  switch (atom.kind) {
    case 'input':
      return scope.names.inputs.get(atomKey(atom)) ?? null;
    case 'loop':
      return scope.names.threads.get(atom.id) ?? null;
    case 'index':
      return session.spellings.get(spellingKey(atom)) ?? null;
    case 'field':
      return fieldText(session, atom, scope);
    case 'place':
      return placeText(session, atom, scope);
  }
}

function fieldText(session: Session, atom: FieldAtom, scope: Scope): string | null {
  for (let depth = atom.steps.length; depth > 0; depth--) {
    const prefix = { ...atom, steps: atom.steps.slice(0, depth) };
    const own = typeof atom.steps[depth - 1] === 'object' ? session.spellings.get(spellingKey(prefix)) : undefined;
    if (own !== undefined) return `${own}${printSteps(atom.steps.slice(depth), scope.spell)}`;
  }
  const owner = scope.class === null ? null : constructorOf(session, scope.class);
  const pattern = atom.owner === scope.class?.id ? owner?.node.params[atom.parameter]?.pattern : undefined;
  const root = pattern === undefined ? null : rootName(pattern, atom);
  return root === null ? null : `${root.name}${printSteps(atom.steps.slice(root.depth), scope.spell)}`;
}

/** The parameter's name, or the local name of a key of a destructured one. */
function rootName(pattern: Pattern, atom: FieldAtom): { readonly name: string; readonly depth: number } | null {
  if (pattern.kind === 'IdentifierPattern') return { name: pattern.name, depth: 0 };
  if (pattern.kind !== 'ObjectPattern') return null;
  const value = pattern.properties.find((each) => each.key.name === atom.steps[0])?.value;
  const target = value?.kind === 'DefaultPattern' ? value.target : value;
  return target?.kind === 'IdentifierPattern' ? { name: target.name, depth: 1 } : null;
}

function placeText(session: Session, atom: PlaceAtom, scope: Scope): string {
  const name = `${bindingOf(session.model, atom.binding)?.name ?? atom.name}${printSteps(atom.steps, scope.spell)}`;
  if (atom.axis === null) return name;
  if (atom.axis < 0) {
    const rank = session.placeRanks.get(atom.binding);
    if (rank === undefined) return `${name}.shape.at(${atom.axis})!`;
    return shapeRead(session, atom, `${name}.shape[${atom.axis + rank}]`);
  }
  return shapeRead(session, atom, `${name}.shape[${atom.axis}]`);
}

/** A project whose compiler counts index reads as possibly undefined writes `!` after them. */
function shapeRead(session: Session, atom: PlaceAtom, text: string): string {
  return /\.shape\[\d+\]!/.test(sourceOf(session.model, atom.binding)?.text ?? '') ? `${text}!` : text;
}
