import process from 'node:process';
import type { WriteStream } from 'node:tty';
import type { OnProgress, Phase } from '../pipeline/options.js';

const labels: { readonly [P in Phase]: string } = {
  read: 'reading',
  analyse: 'analysing',
  size: 'finding sizes',
  rewrite: 'rewriting',
  format: 'formatting',
  check: 'checking types',
  verify: 'verifying',
  write: 'writing',
};

/** Progress on a stream: one line that is rewritten on a terminal, a plain line for each step elsewhere. */
export function progressOn(
  stream: WriteStream,
  { quiet, verbose }: { quiet: boolean; verbose: boolean },
): { onProgress: OnProgress; end: () => void } {
  const live = stream.isTTY === true && process.env['CI'] === undefined;
  const seconds = new Map<Phase, number>();
  let current: { phase: Phase; since: number } | null = null;
  const close = () => {
    if (current === null) return;
    seconds.set(current.phase, (seconds.get(current.phase) ?? 0) + (performance.now() - current.since) / 1000);
  };
  return {
    onProgress: ({ phase, done, total, text }) => {
      close();
      current = { phase, since: performance.now() };
      if (quiet) return;
      const line = `${labels[phase]} ${text}`;
      stream.write(live ? `\r\x1b[2K${bar(done, total)}${line}`.slice(0, (stream.columns ?? 80) + 5) : `${line}\n`);
    },
    end: () => {
      close();
      current = null;
      if (!quiet && live) stream.write('\r\x1b[2K');
      if (verbose) for (const [phase, spent] of seconds) stream.write(`phase ${phase} ${spent.toFixed(2)} s\n`);
    },
  };
}

/** Colours only on a terminal, and never under `NO_COLOR`; `FORCE_COLOR` overrides both. */
export function hasColor(stream: { isTTY?: boolean }): boolean {
  const { NO_COLOR: no, FORCE_COLOR: force } = process.env;
  if (force !== undefined && force !== '0' && force !== 'false') return true;
  return stream.isTTY === true && (no === undefined || no === '');
}

function bar(done: number, total: number): string {
  if (total === 0 || done === 0) return '';
  const width = 20;
  const full = Math.round((done / total) * width);
  return `[${'#'.repeat(full)}${' '.repeat(width - full)}] ${done}/${total} `;
}
