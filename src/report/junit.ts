/** JUnit XML: a test case for each unit, so that a build server counts and shows them. */
import type { Report, UnitReport } from '../ir/report.js';
import { unitRow } from './unit-row.js';

/** Left units fail, unverified ones are skipped, files that could not be read are errors. */
export function junitText(report: Report): string {
  const files = report.files.filter(({ error }) => error !== null);
  const failures = report.units.filter(({ status }) => status === 'left').length;
  const skipped = report.units.filter(({ status }) => status === 'unverified').length;
  const counts = { tests: report.units.length + files.length, failures, errors: files.length, skipped };
  const cases = [
    ...report.units.map(unitCase),
    ...files.map(({ path, error }) =>
      testCase(path, path, [element('error', { message: 'the file could not be converted' }, escape(error ?? ''))]),
    ),
  ];
  const suite = element('testsuite', { name: 'linen2nnx', ...counts }, `\n${cases.join('\n')}\n`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', { name: 'linen2nnx', ...counts }, `\n${suite}\n`)}\n`;
}

function unitCase(unit: UnitReport): string {
  const [, status, , verification = ''] = unitRow(unit);
  const [first] = unit.findings;
  if (status === 'left') {
    const words = unit.findings.map(
      ({ code, path, line, column, what, why, fix }) =>
        `${path}:${line}:${column}  ${code}  ${what}\nwhy: ${why}\nfix: ${fix}`,
    );
    const failure = { message: first?.what ?? 'left as it was', type: first?.code ?? 'left' };
    return testCase(unit.id, unit.files[0] ?? '', [element('failure', failure, escape(words.join('\n\n')))]);
  }
  const skipped = status === 'unverified' ? [element('skipped', { message: `written, but ${verification}` }, '')] : [];
  return testCase(unit.id, unit.files[0] ?? '', skipped);
}

function testCase(name: string, file: string, children: readonly string[]): string {
  return element('testcase', { name, classname: file }, children.join(''));
}

function element(name: string, attributes: { readonly [name: string]: string | number }, content: string): string {
  const listed = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(String(value))}"`);
  return content === '' ? `<${name}${listed.join('')}/>` : `<${name}${listed.join('')}>${content}</${name}>`;
}

/** What XML cannot hold at all becomes a replacement character. */
function escape(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/\n/g, '&#10;');
}
