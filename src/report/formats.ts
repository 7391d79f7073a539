/** The forms of a report. */
import type { Report } from '../ir/report.js';
import { githubText } from './github.js';
import { junitText } from './junit.js';
import { markdownText } from './markdown.js';
import { sarifText } from './sarif.js';
import { reportText, type TextOptions } from './text.js';

export const formats = ['text', 'json', 'sarif', 'github', 'markdown', 'junit'] as const;
export type Format = (typeof formats)[number];

/** Final newline included. Only `text` heeds the options. */
export function formatReport(report: Report, format: Format, options: TextOptions): string {
  switch (format) {
    case 'text':
      return reportText(report, options);
    case 'json':
      return jsonText(report);
    case 'sarif':
      return sarifText(report);
    case 'github':
      return githubText(report);
    case 'markdown':
      return markdownText(report);
    case 'junit':
      return junitText(report);
  }
}

/** Without the seconds verification took: the same run gives the same bytes. */
function jsonText(report: Report): string {
  return `${JSON.stringify(report, (name, value: unknown) => (name === 'seconds' ? undefined : value), 2)}\n`;
}
