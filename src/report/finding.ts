import { fillReason, reasonOf } from '../../runtime/catalogue/reasons/index.js';
import type { Diagnostic } from '../ir/diagnostic.js';
import { positionOf } from '../ir/position.js';
import type { FindingReport } from '../ir/report.js';

/** A diagnostic in the catalogue's words, at a line and column of the text it was found in. */
export function findingOf(diagnostic: Diagnostic, text: string): FindingReport {
  const reason = reasonOf(diagnostic.code);
  const start = positionOf(text, diagnostic.span.start);
  const end = positionOf(text, diagnostic.span.end);
  const say = (words: string) => fillReason(words, diagnostic.data);
  return {
    code: diagnostic.code,
    severity: reason.severity,
    path: diagnostic.path,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
    what: say(reason.what),
    why: say(reason.why),
    fix: say(reason.fix),
  };
}
