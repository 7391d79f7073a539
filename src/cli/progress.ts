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
  { quiet, verbose, now = () => performance.now() }: { quiet: boolean; verbose: boolean; now?: () => number },
): { onProgress: OnProgress; end: () => void } {
  const live = stream.isTTY === true && process.env['CI'] === undefined;
  const seconds = new Map<Phase, number>();
  let current: { phase: Phase; since: number } | null = null;
  const close = () => {
    if (current === null) return;
    seconds.set(current.phase, (seconds.get(current.phase) ?? 0) + (now() - current.since) / 1000);
  };
  /** When the phase that goes on began. */
  let begun: { phase: Phase; at: number } | null = null;
  return {
    onProgress: ({ phase, done, total, text }) => {
      close();
      current = { phase, since: now() };
      if (begun?.phase !== phase) begun = { phase, at: now() };
      if (quiet) return;
      const left = live ? timeLeft((now() - begun.at) / 1000, done, total) : '';
      const line = `${labels[phase]} ${text}${left}`;
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

/** What a phase still takes, if its steps go on as they did; nothing before there is something to go by. */
export function timeLeft(seconds: number, done: number, total: number): string {
  if (done === 0 || total <= done) return '';
  const left = Math.ceil((seconds / done) * (total - done));
  return left < 60 ? `, about ${left} s left` : `, about ${Math.ceil(left / 60)} min left`;
}

function bar(done: number, total: number): string {
  if (total === 0 || done === 0) return '';
  const width = 20;
  const full = Math.round((done / total) * width);
  return `[${'#'.repeat(full)}${' '.repeat(width - full)}] ${done}/${total} `;
}
