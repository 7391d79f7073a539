/** Sizes that change from turn to turn in the loops and callbacks of `setup`, in variables of their own. */
import { ancestorsOf } from '../../ir/declarations.js';
import type { Edit } from '../../ir/edit.js';
import type { SizeThread } from '../../ir/sizes.js';
import type { Call, ClassMethod, For, ForEach, FunctionExpression } from '../../ir/syntax.js';
import { walk } from '../../ir/walk.js';
import { replacement } from '../namespaces.js';
import { threadsOf, threadUpdates } from './building.js';
import type { Draft } from './draft.js';
import { callbackOf } from './elements.js';

/** `let features = inDim;` before each loop, and its step at the end of every turn. */
export function setupThreads(draft: Draft, setup: ClassMethod): readonly Edit[] {
  const loops: (For | ForEach | Call)[] = [];
  walk(setup, (node) => {
    if (node.kind === 'For' || node.kind === 'ForEach' || node.kind === 'Call') loops.push(node);
  });
  return loops.flatMap((loop) => {
    const carried = threadsOf(draft).filter(
      (each) => each.loop.start === loop.span.start && each.loop.end === loop.span.end,
    );
    if (carried.length === 0) return [];
    return [...firstSizes(draft, loop, carried), ...steps(draft, loop, threadUpdates(carried))];
  });
}

function firstSizes(draft: Draft, loop: For | ForEach | Call, carried: readonly SizeThread[]): readonly Edit[] {
  const statement = [loop, ...ancestorsOf(draft.source, loop)].find((each) =>
    ['For', 'ForEach', 'Expression', 'Variable'].includes(each.kind),
  );
  const at = statement?.span.start ?? loop.span.start;
  const lines = carried.filter((each) => each.init !== each.name).map((each) => `let ${each.name} = ${each.init};\n`);
  return lines.length === 0 ? [] : [insertion(draft, at, lines.join(''))];
}

function steps(draft: Draft, loop: For | ForEach | Call, updates: readonly string[]): readonly Edit[] {
  const text = updates.join('\n');
  if (loop.kind === 'Call') {
    const callback = callbackOf(loop);
    return callback === null ? [] : callbackSteps(draft, callback, text);
  }
  const { body } = loop;
  if (body.kind === 'Block') return [insertion(draft, body.span.end - 1, `\n${text}\n`)];
  return [insertion(draft, body.span.start, '{\n'), insertion(draft, body.span.end, `\n${text}\n}`)];
}

/** `(size) => new nnx.Linear(…)` gives its layer after the step. */
function callbackSteps(draft: Draft, { body }: FunctionExpression, text: string): readonly Edit[] {
  if (body.kind !== 'Block') {
    return [
      insertion(draft, body.span.start, '{\nconst layer = '),
      insertion(draft, body.span.end, `;\n${text}\nreturn layer;\n}`),
    ];
  }
  const last = body.body.at(-1);
  if (last?.kind !== 'Return' || last.argument === null) return [];
  return [
    replacement(draft.source.path, { start: last.span.start, end: last.argument.span.start }, 'const layer = ', 'size'),
    insertion(draft, last.span.end, `\n${text}\nreturn layer;`),
  ];
}

function insertion(draft: Draft, at: number, text: string): Edit {
  return replacement(draft.source.path, { start: at, end: at }, text, 'size');
}
