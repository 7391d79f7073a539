import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Log } from 'sarif';
import type { Report } from '../../src/ir/report.js';
import { formatReport, formats } from '../../src/report/formats.js';
import { finding, plain, report, unit } from './sample-report.js';

const odd = 'a|b `c` <d> & "e", 100% of:f\r\n\u0001second \u{1f40e}';
const left = { ...unit, findings: [{ ...finding, what: odd, path: 'src/a b/ü#.ts' }] };
const written = { ...unit, id: 'c.ts#C', status: 'unverified', findings: [] } as const;
const strange: Report = { ...report, units: [left, written] };
const empty: Report = {
  ...report,
  units: [],
  files: [],
  totals: { found: 0, converted: 0, bridged: 0, left: 0, unverified: 0, skipped: 0, leftByCode: {} },
  exitCode: 0,
};
const as = (format: (typeof formats)[number], of: Report = strange) => formatReport(of, format, plain);

describe.each(formats)('%s', (format) => {
  test('ends in a line end where there is something, and the same report gives the same bytes', () => {
    const text = as(format);
    expect(text).toMatch(/[^\n]\n$/);
    const slower = JSON.parse(JSON.stringify(strange), (name, value: unknown) => (name === 'seconds' ? 9 : value));
    expect(as(format, slower as Report)).toBe(text);
    expect(() => as(format, empty)).not.toThrow();
  });
});

test('JSON fits its schema, and the schema refuses what is not in it', () => {
  const path = new URL('../../schemas/report.schema.json', import.meta.url);
  const validate = new Ajv({ strict: true }).compile(JSON.parse(readFileSync(path, 'utf8')) as object);
  const said = JSON.parse(as('json')) as Report;
  expect(validate(said) || validate.errors).toBe(true);
  expect(validate({ ...said, units: [{ ...said.units[0], status: 'fine' }] })).toBe(false);
  expect(validate({ ...said, extra: 1 })).toBe(false);
});

test('SARIF names every code once, places each result, and tells of files that were not read', () => {
  const { version, runs } = JSON.parse(as('sarif')) as Log;
  expect(version).toBe('2.1.0');
  const [run] = runs;
  expect(run?.tool.driver.rules?.map(({ id }) => id)).toEqual(['L2N404']);
  expect(run?.results).toHaveLength(1);
  const [result] = run!.results!;
  expect(result).toMatchObject({ ruleId: 'L2N404', ruleIndex: 0, level: 'error' });
  expect(result!.locations![0]!.physicalLocation).toEqual({
    artifactLocation: { uri: 'src/a%20b/%C3%BC%23.ts', uriBaseId: '%SRCROOT%' },
    region: { startLine: 2, startColumn: 2, endLine: 2, endColumn: 5 },
  });
  const [invocation] = run!.invocations!;
  expect(invocation).toMatchObject({ executionSuccessful: false, exitCode: 3 });
  expect(invocation!.toolExecutionNotifications![0]!.message.text).toBe('syntax error at 1:2');
});

test('GitHub annotations are one line each, with what would end them escaped', () => {
  const lines = as('github').trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^::error file=src\/a b\/ü#\.ts,line=2,endLine=2,col=2,endColumn=5,title=L2N404::a\|b/);
  expect(lines[0]).toContain('100%25 of:f%0D%0A');
  expect(lines[1]).toBe('::error file=b.ts,title=linen2nnx::syntax error at 1:2');
});

test('Markdown keeps its table whole and its text literal', () => {
  const text = as('markdown');
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  expect(rows).toHaveLength(4);
  const bars = rows.map((row) => row.replace(/\\\|/g, '').split('|').length);
  expect(new Set(bars).size).toBe(1);
  expect(text).toContain('a\\|b `c` \\<d\\>');
  expect(text).toContain('- **failed** `b.ts`: syntax error at 1:2');
});

test('JUnit is well-formed, counts what it holds and keeps every word', () => {
  const text = as('junit');
  expect(XMLValidator.validate(text)).toBe(true);
  const parsed = new XMLParser({ ignoreAttributes: false, htmlEntities: true }).parse(text) as {
    testsuites: { testsuite: { testcase: { failure?: { '@_message': string } }[] } & Record<string, unknown> };
  };
  const suite = parsed.testsuites.testsuite;
  expect(suite).toMatchObject({ '@_tests': '3', '@_failures': '1', '@_errors': '1', '@_skipped': '1' });
  expect(suite.testcase).toHaveLength(3);
  expect(suite.testcase[0]!.failure!['@_message']).toContain('a|b `c` <d> & "e", 100% of:f');
  expect(text).not.toContain('\u0001');
});
