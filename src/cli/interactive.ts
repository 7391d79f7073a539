/** `--interactive`: every unit is shown, and converted where the user says so. */
import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import type { UnitReport } from '../ir/report.js';
import { RunError, type RunOutcome } from '../pipeline/options.js';
import { diffText } from '../report/diff.js';
import { leastColumns, sideBySide } from '../report/side-by-side.js';
import { explanation } from './explain.js';
import { hasColor } from './progress.js';

export interface Dialogue {
  /** The answer to a question; null at the end of the input. */
  ask(question: string): Promise<string | null>;
  say(text: string): void;
}

/** The classes of the units that are to be converted, in the order they were shown. */
export async function chooseUnits(outcome: RunOutcome, { ask, say }: Dialogue): Promise<readonly string[]> {
  const { units } = outcome.report;
  const chosen: string[] = [];
  for (const [index, unit] of units.entries()) {
    const isReady = unit.status !== 'left';
    const codes = [...new Set(unit.findings.map(({ code }) => code))];
    say(`\n[${index + 1}/${units.length}] ${unit.id}: ${stateOf(unit)}\n`);
    for (;;) {
      const answer = await ask(
        isReady ? 'convert it? yes, no, diff, explain, hint, quit: ' : 'next, explain, hint, quit: ',
      );
      const word = answer?.trim().toLowerCase() ?? 'quit';
      if (word === 'q' || word === 'quit') return chosen;
      if (isReady && (word === 'y' || word === 'yes')) chosen.push(...unit.classes);
      if (word === 'y' || word === 'yes' || word === 'n' || word === 'no' || (!isReady && word === 'next')) break;
      if (word === 'd' || word === 'diff') say(diffOf(outcome, unit));
      else if (word === 'e' || word === 'explain')
        say(codes.map((code) => explanation(code)).join('\n') || 'Nothing to explain: no finding.\n');
      else if (word === 'h' || word === 'hint') say(hintFor(unit));
      else say('Say one of the words, or its first letter.\n');
    }
  }
  return chosen;
}

/** The terminal; a usage error where there is none. */
export function terminal(): Dialogue & { close(): void } {
  if (process.stdin.isTTY !== true) {
    throw new RunError(
      '--interactive asks on a terminal, and stdin is none.\nLeave it out, or name classes with --class.',
      2,
    );
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return {
    ask: (question) =>
      Promise.race([lines.question(question), new Promise<null>((end) => lines.once('close', () => end(null)))]),
    say: (text) => void process.stderr.write(text),
    close: () => lines.close(),
  };
}

function stateOf({ status, verification, findings, files }: UnitReport): string {
  if (status === 'left') return findings.map(({ code, what }) => `${code} ${what}`).join('; ');
  return `${files.length} ${files.length === 1 ? 'file' : 'files'}, ${verification?.verdict ?? 'not verified'}`;
}

function diffOf({ changes }: RunOutcome, unit: UnitReport): string {
  const own = changes.filter((each) => each.units.includes(unit.id));
  const [columns, color] = [process.stderr.columns ?? 80, hasColor(process.stderr)];
  return columns >= leastColumns ? sideBySide(own, { columns, color }) : diffText(own, { color });
}

/** What to change in the source where something is in the way, and the sizes that were found. */
function hintFor({ findings, sizes }: UnitReport): string {
  const steps = findings.map(({ path, line, fix }) => `${path}:${line}  ${fix}`);
  const known = sizes.map((each) => `${each.site}  ${each.expression} (${each.confidence})`);
  const all = [...steps, ...known];
  return all.length === 0 ? 'Nothing stands in the way of it.\n' : `${all.join('\n')}\n`;
}
