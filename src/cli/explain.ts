import process from 'node:process';
import { reasons } from '../../runtime/catalogue/reasons/index.js';
import { RunError } from '../pipeline/options.js';
import { closest } from '../pipeline/closest.js';

/** Prints the words of a code, or of a lint rule's name. */
export function explain(asked: string): number {
  process.stdout.write(explanation(asked));
  return 0;
}

/** The words of a code, with an example where it has one. */
export function explanation(asked: string): string {
  const reason = reasons.find(({ code, name }) => code === asked.toUpperCase() || name === asked);
  if (reason === undefined) {
    const near = closest(
      asked.toUpperCase(),
      reasons.map(({ code }) => code),
    );
    throw new RunError(
      `There is no code ${asked}.${near === null ? '' : ` Did you mean ${near}?`}\nCodes look like L2N101; a report names them.`,
      2,
    );
  }
  const parts = [
    `${reason.code}  ${reason.name}  (${reason.severity})`,
    reason.what,
    `why: ${reason.why}`,
    `fix: ${reason.fix}`,
    ...(reason.before === null ? [] : [`before:\n${indent(reason.before)}`]),
    ...(reason.after === null ? [] : [`after:\n${indent(reason.after)}`]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
