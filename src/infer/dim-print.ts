/** The expression a person would write for a size. */
import type { Atom, Dim, LoopAtom, NameAtom, Operand, Step, Term, Test } from './atom.js';
import { atomKey } from './atom.js';
import { constantOf, divide, equal, soleAtom } from './dim.js';

/** Spells the atoms that have a name where the expression will stand. */
export type Spelling = (atom: NameAtom | LoopAtom) => string;

/** Positive terms first, constants last, common factors out; parentheses only where needed. */
export function printDim(dim: Dim, spell: Spelling): string {
  const shared = sharedFactors(dim);
  if (shared.length > 0) return printFactored(dim, shared, spell);
  const ordered = [...dim.terms].sort((a, b) => rank(a) - rank(b));
  const texts = ordered.map((term, index) => {
    const body = printTerm(
      { ...term, coefficient: Math.abs(term.coefficient) },
      ordered.length === 1 && term.coefficient > 0,
      spell,
    );
    if (index === 0) return term.coefficient < 0 ? `-${body}` : body;
    return `${term.coefficient < 0 ? '-' : '+'} ${body}`;
  });
  return texts.join(' ') || '0';
}

export function printTest(test: Test, spell: Spelling): string {
  switch (test.test) {
    case 'truthy':
      return printOperand(test.of, spell);
    case 'present':
      return `${printOperand(test.of, spell)} != null`;
    case 'compare':
      return `${printOperand(test.a, spell)} ${test.operator} ${printOperand(test.b, spell)}`;
    case 'not':
      return test.of.test === 'truthy' ? `!${printTest(test.of, spell)}` : `!(${printTest(test.of, spell)})`;
    case 'both':
    case 'either':
      return [test.a, test.b].map((part) => groupTest(part, spell)).join(test.test === 'both' ? ' && ' : ' || ');
  }
}

/** `.width`, `[i]`, `.at(-1)!`: an index read may be undefined for the type checker. */
export function printSteps(steps: readonly Step[], spell: Spelling): string {
  return steps
    .map((step) => {
      if (typeof step === 'string') return `.${step}`;
      const index = constantOf(step.index);
      return index !== null && index < 0 ? `.at(${index})!` : `[${printDim(step.index, spell)}]!`;
    })
    .join('');
}

function sharedFactors(dim: Dim): readonly Atom[] {
  const [first, ...others] = dim.terms;
  if (first === undefined || others.length === 0) return [];
  const unique = first.factors.filter((atom, at) => first.factors.findIndex((each) => same(each, atom)) === at);
  return unique.filter((atom) => others.every((term) => term.factors.some((each) => same(each, atom))));
}

function same(a: Atom, b: Atom): boolean {
  return atomKey(a) === atomKey(b);
}

function printFactored(dim: Dim, shared: readonly Atom[], spell: Spelling): string {
  const common: Term = { coefficient: 1, factors: shared };
  const rest = divide(dim, { terms: [common], key: '' });
  return `${printTerm(common, false, spell)} * (${printDim(rest, spell)})`;
}

function rank(term: Term): number {
  return (term.coefficient < 0 ? 2 : 0) + (term.factors.length === 0 ? 1 : 0);
}

function printTerm(term: Term, alone: boolean, spell: Spelling): string {
  if (term.factors.length === 0) return String(term.coefficient);
  const single = alone && term.coefficient === 1 && term.factors.length === 1;
  const factors = term.factors.map((atom) => printAtom(atom, single, spell));
  if (term.coefficient === 1) return factors.join(' * ');
  const last = term.factors.some((atom) => atom.kind === 'quotient');
  return (last ? [...factors, term.coefficient] : [term.coefficient, ...factors]).join(' * ');
}

function printAtom(atom: Atom, alone: boolean, spell: Spelling): string {
  switch (atom.kind) {
    case 'quotient':
      return printQuotient(atom, alone, spell);
    case 'pair':
      if (atom.operation === 'remainder') {
        return parenthesise(`${group(atom.a, spell)} % ${group(atom.b, spell)}`, alone);
      }
      return `Math.${atom.operation}(${printDim(atom.a, spell)}, ${printDim(atom.b, spell)})`;
    case 'pow':
      return `${group(atom.base, spell)} ** ${group(atom.exponent, spell)}`;
    case 'choice': {
      const fallback = coalesced(atom);
      if (fallback !== null) {
        return parenthesise(`${printDim(atom.then, spell)} ?? ${group(fallback, spell)}`, alone);
      }
      const branches = [atom.then, atom.otherwise].map((dim) => printDim(dim, spell)).join(' : ');
      return parenthesise(`${printTest(atom.test, spell)} ? ${branches}`, alone);
    }
    case 'opaque':
      return `/* ${atom.code} */`;
    default:
      return spell(atom);
  }
}

/** `a ?? b`, written when the test asks for the very value it chooses. */
function coalesced(atom: Atom & { kind: 'choice' }): Dim | null {
  const { test, then, otherwise } = atom;
  return test.test === 'present' && 'dim' in test.of && equal(test.of.dim, then) ? otherwise : null;
}

function printQuotient(atom: Atom & { kind: 'quotient' }, alone: boolean, spell: Spelling): string {
  const whole = constantOf(atom.denominator) === 1;
  const text = whole
    ? printDim(atom.numerator, spell)
    : `${group(atom.numerator, spell)} / ${group(atom.denominator, spell)}`;
  return atom.rounding === 'exact' ? parenthesise(text, alone) : `Math.${atom.rounding}(${text})`;
}

function parenthesise(text: string, alone: boolean): string {
  return alone ? text : `(${text})`;
}

/** An operand of `/` and `**`: in parentheses unless it is one name, one call or a positive number. */
function group(dim: Dim, spell: Spelling): string {
  const value = constantOf(dim);
  const atom = soleAtom(dim);
  const simple = value !== null ? value >= 0 : atom !== null && isCallOrName(atom);
  return simple ? printDim(dim, spell) : `(${printDim(dim, spell)})`;
}

function isCallOrName(atom: Atom): boolean {
  if (atom.kind === 'quotient') return atom.rounding !== 'exact';
  if (atom.kind === 'pair') return atom.operation !== 'remainder';
  return atom.kind !== 'choice' && atom.kind !== 'pow';
}

function groupTest(test: Test, spell: Spelling): string {
  const text = printTest(test, spell);
  return test.test === 'both' || test.test === 'either' ? `(${text})` : text;
}

function printOperand(operand: Operand, spell: Spelling): string {
  if ('dim' in operand) return printDim(operand.dim, spell);
  if (typeof operand.literal === 'string') return `'${operand.literal.replace(/[\\']/g, (mark) => `\\${mark}`)}'`;
  return String(operand.literal);
}
