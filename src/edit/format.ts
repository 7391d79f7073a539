/** Prettier, with the project's settings, on what was changed. */
import { diffLines } from 'diff';
import { join } from 'node:path';
import { check, format, getFileInfo, resolveConfig, type Options } from 'prettier';
import type { FileChange } from '../ir/edit.js';
import type { Span } from '../ir/type-syntax.js';
import { withRegions } from './regions.js';

/**
 * The changes, formatted as the project formats: its prettier configuration (`.editorconfig` and `.prettierignore`
 * included), line ends as they were. A file that was not prettier-clean before gets only its changed regions formatted.
 * A file prettier cannot parse is left as it is; the check of the program reports it.
 */
export async function formatChanges(root: string, changes: readonly FileChange[]): Promise<FileChange[]> {
  const formatted: FileChange[] = [];
  for (const change of changes) formatted.push({ ...change, after: await formattedText(root, change) });
  return formatted;
}

async function formattedText(root: string, { path, before, after }: FileChange): Promise<string> {
  const filepath = join(root, path);
  const info = await getFileInfo(filepath, { ignorePath: join(root, '.prettierignore'), resolveConfig: false });
  if (info.ignored || info.inferredParser === null) return after;
  const config = await resolveConfig(filepath, { editorconfig: true, useCache: false });
  const options: Options = { ...(config ?? styleOf(before)), filepath, endOfLine: 'auto' };
  try {
    if (before === '' || (await check(before, options))) return await format(after, options);
    return await formatRegions(before, after, options);
  } catch {
    return after;
  }
}

/**
 * Takes over from the formatted text only what lies on lines changed between `before` and `after`. A region that cannot
 * stand without a change elsewhere (one of a pair of parentheses) shows as text that formats differently: then nothing
 * is formatted.
 */
async function formatRegions(before: string, after: string, options: Options): Promise<string> {
  const whole = await format(after, options);
  const text = withRegions(after, whole, changedSpans(before, after));
  return (await format(text, options)) === whole ? text : after;
}

/** Changed lines of `after`, as spans. */
function changedSpans(before: string, after: string): readonly Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const part of diffLines(before, after)) {
    if (part.removed) continue;
    if (part.added) spans.push({ start: at, end: at + part.value.length });
    at += part.value.length;
  }
  return spans;
}

/** What a file without a configuration shows of its author's taste. */
function styleOf(text: string): Options {
  const indents = text.match(/^[ \t]+(?=\S)/gm) ?? [];
  const tabs = indents.filter((each) => each.startsWith('\t')).length;
  const narrow = indents.filter((each) => !each.startsWith('\t')).map((each) => each.length);
  const longest = Math.max(0, ...text.split(/\r?\n/).map((each) => each.length));
  return {
    singleQuote: count(text, "'") >= count(text, '"'),
    semi: /;[ \t]*$/m.test(text),
    useTabs: tabs > indents.length / 2,
    tabWidth: narrow.filter((each) => each % 4 === 0).length > narrow.length * 0.9 && narrow.length > 0 ? 4 : 2,
    printWidth: [80, 100, 120].find((each) => longest <= each) ?? 120,
  };
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}
