/** A table of text. Cells may have several lines. */
export interface TextTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly foot: string;
}

/** The table with rules between its rows, title and foot centred. */
export function drawTable({ title, head, rows, foot }: TextTable): string {
  const all = [head, ...rows].map((row) => row.map((cell) => cell.split('\n')));
  const widths = head.map((_, column) => Math.max(...all.map((row) => longest(row[column]!))));
  const rule = (left: string, cross: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(cross) + right;
  const body = all.map((row) => linesOf(row, widths)).join(`\n${rule('├', '┼', '┤')}\n`);
  const top = rule('┌', '┬', '┐');
  const centred = (text: string): string => ' '.repeat(Math.max(0, (top.length - text.length) >> 1)) + text;
  return [centred(title), top, body, rule('└', '┴', '┘'), centred(foot)].join('\n');
}

function linesOf(row: readonly (readonly string[])[], widths: readonly number[]): string {
  const height = Math.max(...row.map((cell) => cell.length));
  const line = (i: number): string => row.map((cell, column) => (cell[i] ?? '').padEnd(widths[column]!)).join(' │ ');
  return Array.from({ length: height }, (_, i) => `│ ${line(i)} │`).join('\n');
}

function longest(lines: readonly string[]): number {
  return Math.max(...lines.map((line) => line.length));
}
