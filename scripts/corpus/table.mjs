/** Rows of text under a header; the first `left` columns are aligned left, the others right. */
export function table(header, rows, left) {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  return [header, widths.map((width) => '─'.repeat(width)), ...rows]
    .map((row) => row.map((cell, i) => (i < left ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}
