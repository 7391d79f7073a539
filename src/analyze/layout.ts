/** From bytes to text, and what of the bytes must survive a write. */
import type { SourceLayout, SourcePath } from '../ir/source.js';

/** The text without its byte order mark; null when the bytes are not UTF-8. */
export function decode(bytes: Uint8Array): { text: string; bom: boolean } | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.startsWith('\uFEFF') ? { text: text.slice(1), bom: true } : { text, bom: false };
  } catch {
    return null;
  }
}

export function layoutOf(path: SourcePath, text: string, bom: boolean): SourceLayout {
  const windows = count(text, '\r\n');
  const unix = count(text, '\n') - windows;
  return {
    bom,
    eol: windows > unix ? '\r\n' : '\n',
    mixedEol: windows > 0 && unix > 0,
    finalNewline: text.endsWith('\n'),
    shebang: /^#![^\r\n]*/.exec(text)?.[0] ?? null,
    language: languageOf(path),
  };
}

function count(text: string, part: string): number {
  let found = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) found += 1;
  return found;
}

const languages = ['ts', 'tsx', 'mts', 'cts', 'js', 'jsx', 'mjs', 'cjs'] as const;

/** By the file's ending; `ts` for any other. */
export function languageOf(path: SourcePath): SourceLayout['language'] {
  const ending = path.slice(path.lastIndexOf('.') + 1);
  return languages.find((each) => each === ending) ?? 'ts';
}
