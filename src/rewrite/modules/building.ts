/** What the constructor runs for the parts of the compact method: the method's own branches and loops around them. */
import type { Edit } from '../../ir/edit.js';
import type { SizeThread } from '../../ir/sizes.js';
import type { Expression, Span } from '../../ir/syntax.js';
import { movedText } from '../text.js';
import type { Built, Draft } from './draft.js';
import type { Decided } from './inner-edits.js';
import { stackText } from './lift-building.js';
import { bodyOf } from './parts.js';
import { type Branch, sameStructure, type Structure, testOf } from './structures.js';

/** One thing the constructor does: a constant of the method, or a part. */
interface Step {
  readonly chain: readonly Structure[];
  readonly span: Span;
  readonly part: Built | null;
}

/** Statements in the order in which Linen first builds the parts. */
export function buildingText(draft: Draft, decided: Decided, moved: readonly Edit[]): readonly string[] {
  return render({ draft, moved, threads: threadsOf(draft) }, stepsOf(draft, decided), 0);
}

interface Writing {
  readonly draft: Draft;
  readonly moved: readonly Edit[];
  readonly threads: readonly SizeThread[];
}

export function threadsOf(draft: Draft): readonly SizeThread[] {
  return draft.context.sizes.classes[draft.module.id]?.threads ?? [];
}

/** Each part behind the constants of its method that stand before it. */
function stepsOf(draft: Draft, { built, moves }: Decided): readonly Step[] {
  const waiting = [...moves.hoisted];
  const steps: Step[] = [];
  for (const part of built) {
    if (part.method === 'setup' || (part.builds === 'variable' && part.made === 'initCache')) continue;
    const body = bodyOf(draft, part.place);
    const before = waiting.filter(
      ({ statement }) => statement.span.start < part.place.span.start && bodyOf(draft, statement) === body,
    );
    for (const each of before) {
      waiting.splice(waiting.indexOf(each), 1);
      steps.push({ chain: each.chain, span: each.statement.span, part: null });
    }
    steps.push({ chain: part.chain, span: part.place.span, part });
  }
  return steps;
}

function render(writing: Writing, steps: readonly Step[], depth: number): readonly string[] {
  const lines: string[] = [];
  for (let from = 0; from < steps.length;) {
    const structure = steps[from]?.chain[depth];
    let to = from + 1;
    while (structure !== undefined && sameStructure(steps[to]?.chain[depth], structure)) to += 1;
    const group = steps.slice(from, to);
    if (structure === undefined) lines.push(single(writing, group[0]!));
    else if (structure.structure === 'branch') lines.push(branchText(writing, group, { structure, depth }));
    else lines.push(...loopText(writing, group, { structure, depth }));
    from = to;
  }
  return lines;
}

function single({ draft, moved }: Writing, { part, span }: Step): string {
  const stack = part === null ? null : stackText(draft, part, moved);
  if (stack !== null && part !== null) {
    const kept =
      part.list === null ? `this.${part.attribute} = ${stack.value};` : `this.${part.attribute}.push(${stack.value});`;
    return `${stack.before}\n${kept}`;
  }
  const text = movedText(draft.source, span, moved);
  if (part === null) return text;
  return part.list === null ? `this.${part.attribute} = ${text};` : `this.${part.attribute}.push(${text});`;
}

interface Place<S extends Structure> {
  readonly structure: S;
  readonly depth: number;
}

function branchText(writing: Writing, group: readonly Step[], { structure, depth }: Place<Branch>): string {
  const [then, otherwise] = [0, 1].map((arm) => group.filter((each) => armOf(each.chain[depth]) === arm));
  const short = choiceText(writing, { structure, depth }, [then ?? [], otherwise ?? []]);
  if (short !== null) return short;
  const test = testOf(structure);
  const head = movedText(writing.draft.source, test.span, writing.moved);
  const block = (steps: readonly Step[]): string => `{\n${render(writing, steps, depth + 1).join('\n')}\n}`;
  if (then === undefined || then.length === 0) return `if (${negation(test, head)}) ${block(otherwise ?? [])}`;
  if (otherwise === undefined || otherwise.length === 0) return `if (${head}) ${block(then)}`;
  const rest = render(writing, otherwise, depth + 1);
  const isChain = rest.length === 1 && rest[0]!.startsWith('if (');
  return `if (${head}) ${block(then)} else ${isChain ? rest[0] : block(otherwise)}`;
}

/** `this.proj = test ? new nnx.Linear(…) : null;` where an arm holds one part and nothing else. */
function choiceText(
  { draft, moved }: Writing,
  { structure, depth }: Place<Branch>,
  arms: readonly (readonly Step[])[],
): string | null {
  const [then, otherwise] = arms.map((steps) =>
    steps.length === 1 && steps[0]!.chain.length === depth + 1 ? steps[0]! : steps.length === 0 ? null : undefined,
  );
  if (then === undefined || otherwise === undefined) return null;
  const parts = [then, otherwise].map((each) => each?.part ?? null).filter((each) => each !== null);
  const [first] = parts;
  if (first === undefined || parts.some((each) => each.attribute !== first.attribute || each.list !== null))
    return null;
  const value = (step: Step | null): string => (step === null ? 'null' : movedText(draft.source, step.span, moved));
  const test = testOf(structure);
  return `this.${first.attribute} = ${movedText(draft.source, test.span, moved)} ? ${value(then)} : ${value(otherwise)};`;
}

function armOf(structure: Structure | undefined): 0 | 1 | null {
  return structure?.structure === 'branch' ? structure.arm : null;
}

function negation(test: Expression, text: string): string {
  if (test.kind === 'Unary' && test.operator === '!') return text.replace(/^!\s*/, '');
  if (test.kind === 'Binary' && /^[=!]==?$/.test(test.operator)) return negatedComparison(test.operator, text);
  return ['Identifier', 'Member', 'Call', 'Index'].includes(test.kind) ? `!${text}` : `!(${text})`;
}

function negatedComparison(operator: string, text: string): string {
  const other = operator.startsWith('!') ? operator.replace('!', '=') : operator.replace('=', '!');
  return text.split(` ${operator} `).length === 2 ? text.replace(` ${operator} `, ` ${other} `) : `!(${text})`;
}

/** The loop as the method has it, sizes that change from turn to turn in variables of their own. */
function loopText(writing: Writing, group: readonly Step[], { structure, depth }: Place<Structure>): readonly string[] {
  const { draft, moved, threads } = writing;
  if (structure.structure !== 'loop') return [];
  const { node } = structure;
  const carried = threads.filter((each) => each.loop.start === node.span.start);
  const head = movedText(draft.source, { start: node.span.start, end: node.body.span.start }, moved);
  return [
    ...carried.filter((each) => each.init !== each.name).map((each) => `let ${each.name} = ${each.init};`),
    `${head}{\n${[...render(writing, group, depth + 1), ...threadUpdates(carried)].join('\n')}\n}`,
  ];
}

export function threadUpdates(carried: readonly SizeThread[]): readonly string[] {
  return carried.filter((each) => each.next !== each.name).map((each) => `${each.name} = ${each.next};`);
}
