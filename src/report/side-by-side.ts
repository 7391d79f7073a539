/** Old and new text in two columns, for terminals that are wide enough. */
import { Chalk } from 'chalk';
import { structuredPatch } from 'diff';
import type { FileChange } from '../ir/edit.js';

/** Narrower than this two columns of code do not fit side by side. */
export const leastColumns = 160;

interface Row {
  readonly left: string;
  readonly right: string;
  readonly kind: 'same' | 'changed';
}

/** Each file under its name, each hunk under its lines; lines that do not fit are cut. */
export function sideBySide(
  changes: readonly FileChange[],
  { columns, color }: { readonly columns: number; readonly color: boolean },
): string {
  const paint = new Chalk({ level: color ? 1 : 0 });
  const width = Math.floor((columns - 3) / 2);
  const lines = changes.flatMap(({ path, before, after }) => [
    paint.bold(path),
    ...structuredPatch(path, path, before, after, '', '', { context: 3 }).hunks.flatMap((hunk) => [
      paint.cyan(`${hunk.oldStart}`.padEnd(width) + ` │ ${hunk.newStart}`),
      ...rowsOf(hunk.lines).map(({ left, right, kind }) => {
        const [old, made] = [fitted(left, width), fitted(right, width)];
        return kind === 'same' ? `${old} │ ${made}` : `${paint.red(old)} │ ${paint.green(made)}`;
      }),
    ]),
  ]);
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** Removed lines beside the added ones that follow them. */
function rowsOf(lines: readonly string[]): readonly Row[] {
  const rows: Row[] = [];
  let [gone, made]: [string[], string[]] = [[], []];
  const flush = (): void => {
    for (let i = 0; i < Math.max(gone.length, made.length); i += 1) {
      rows.push({ left: gone[i] ?? '', right: made[i] ?? '', kind: 'changed' });
    }
    [gone, made] = [[], []];
  };
  for (const line of lines) {
    const text = line.slice(1).replaceAll('\t', '  ').replace(/\r$/, '');
    if (line.startsWith('-')) gone.push(text);
    else if (line.startsWith('+')) made.push(text);
    else if (line.startsWith(' ')) {
      flush();
      rows.push({ left: text, right: text, kind: 'same' });
    }
  }
  flush();
  return rows;
}

function fitted(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}
