import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { quantities, type Quantity, worstErrors } from './errors.js';

const page = new URL('../../../docs/parity.md', import.meta.url);
const names = Object.keys(quantities) as Quantity[];

const heading = `# Parity with Flax

Worst errors of the runtime against real Flax 0.12.8, layer by layer, on the cpu backend. Written by the test
\`tests/functional/parity.test.ts\` (\`UPDATE_PARITY=1\`); the recordings and the scripts that made them are in \`fixtures/flax\`.

- **initial**: parameters and variables from the same key; in units in the last place (bound 4). 0 is equality to the bit.
- **orthogonal**: initial kernels of recurrences, which come from a QR factorisation (bound 1e-5).
- **output**, **state** (statistics, caches, vectors of power iterations), **gradient** (of the sum of squares of the output, by
  parameters and first input), **training** (losses and parameters of three steps of gradient descent;
  of the programs, five of Adam and AdamW): |a − b| / (1 + |b|),
  bounds 1e-5, 1e-5, 1e-4 and 1e-4.
- A dash: the style has no such layer or quantity.

`;

/** The table of the errors measured in this run. */
export function tableText(): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rows = [...worstErrors()].map(([layer, errors]) =>
    row([layer, ...names.map((name) => shown(name, errors.get(name)))]),
  );
  return `${heading}${[row(['layer', ...names]), row(['---', ...names.map(() => '---')]), ...rows].join('\n')}\n`;
}

/**
 * Compares this run with docs/parity.md: the same rows and columns, and no error far above what stands there. Machines
 * differ by rounding, so an error may be four times the one written, or up to 1e-6 (2 ulp). Writes it with UPDATE_PARITY=1.
 */
export function compareWithPage(): void {
  const text = tableText();
  if (process.env['UPDATE_PARITY'] === '1') writeFileSync(page, text);
  const [written, measured] = [readFileSync(page, 'utf8'), text].map(cellsOf) as [string[][], string[][]];
  expect(measured.map(([layer]) => layer)).toEqual(written.map(([layer]) => layer));
  const stale = measured.flatMap((cells, i) =>
    cells.flatMap((cell, j) =>
      j > 0 && i > 0 && isStale(cell, written[i]![j]!)
        ? [`${cells[0]}: ${cell}, ${written[i]![j]} in docs/parity.md`]
        : [],
    ),
  );
  expect(stale).toEqual([]);
}

function isStale(measured: string, written: string): boolean {
  if ((measured === '–') !== (written === '–')) return true;
  if (measured === '–') return false;
  const floor = measured.includes('e') || written.includes('e') ? 1e-6 : 2;
  return Number(measured) > Math.max(4 * Number(written), floor);
}

function shown(name: Quantity, error: number | undefined): string {
  if (error === undefined) return '–';
  if (error === 0 || quantities[name].unit === 'ulp') return String(error);
  const exponent = Math.floor(Math.log10(error));
  const digit = Math.ceil(error / 10 ** exponent);
  return digit === 10 ? `1e${exponent + 1}` : `${digit}e${exponent}`;
}

function cellsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
