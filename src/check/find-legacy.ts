/** The lines of a project that are still in the Linen style: what the lint rules of family L flag, and markers. */
import { join } from 'node:path';
import { legacyReasons } from '../../runtime/catalogue/reasons/legacy.js';
import { parseSource, runRules } from '../../rules/run-rules.js';
import { rules } from '../../rules/index.js';

export interface Legacy {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly code: string;
  /** The rule's name, or `marker`. */
  readonly rule: string;
  readonly message: string;
}
export interface TextFile {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
}
export interface CheckedFiles {
  readonly found: readonly Legacy[];
  /** Files that do not parse. */
  readonly broken: readonly { readonly path: string; readonly message: string }[];
}

const legacyRules = Object.fromEntries(legacyReasons.map(({ name }) => [name, rules[name]!]));

/** In the order of the files, then by place. Absolute paths are made from `root`, to follow imports. */
export function findLegacy(root: string, files: readonly TextFile[]): CheckedFiles {
  const found: Legacy[] = [];
  const broken: { path: string; message: string }[] = [];
  for (const { path, text } of files) {
    const file = join(root, path);
    const source = parsed(text, file);
    if ('message' in source) {
      broken.push({ path, message: source.message });
      continue;
    }
    for (const each of runRules(source, file, legacyRules)) found.push({ path, ...each });
    found.push(...markers(path, text));
  }
  return { found, broken };
}

function parsed(text: string, file: string): ReturnType<typeof parseSource> | { readonly message: string } {
  try {
    return parseSource(text, file);
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error) };
  }
}

/** `// @linen2nnx-todo L2N117 reason — next step`: one above each unit that was left. */
function markers(path: string, text: string): readonly Legacy[] {
  return text.split('\n').flatMap((content, index) => {
    const marker = /\/\/ @linen2nnx-todo (L2N\d+) (.*)/.exec(content);
    if (marker === null) return [];
    const place = { path, line: index + 1, column: content.indexOf('//') + 1 };
    return [{ ...place, code: marker[1]!, rule: 'marker', message: `${marker[1]!}: ${marker[2]!.trim()}` }];
  });
}
