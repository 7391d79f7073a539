import { createTwoFilesPatch } from 'diff';
import { Chalk } from 'chalk';
import type { FileChange } from '../ir/edit.js';

/** Unified diff of all changes, fit for `git apply`. A change without an old text makes a new file. */
export function diffText(changes: readonly FileChange[], { color }: { color: boolean }): string {
  const patch = changes.map(patchOf).join('');
  return color ? paintPatch(patch) : patch;
}

function patchOf({ path, bom, ...texts }: FileChange): string {
  const isNew = texts.before === '';
  const [before, after] = [texts.before, texts.after].map((each) => `${bom === true ? '\ufeff' : ''}${each}`) as [
    string,
    string,
  ];
  const [oldName, newName] = [isNew ? '/dev/null' : `a/${path}`, `b/${path}`];
  const hunks = createTwoFilesPatch(oldName, newName, before, after, '', '', { context: 3 })
    .replace(/^=+\n/, '')
    .replace(/^(---|\+\+\+) (.*)\t$/gm, '$1 $2');
  return `diff --git a/${path} b/${path}\n${isNew ? 'new file mode 100644\n' : ''}${hunks}`;
}

function paintPatch(patch: string): string {
  const paint = new Chalk({ level: 1 });
  return patch
    .split('\n')
    .map((line) => {
      if (/^(diff|index|---|\+\+\+|new file)/.test(line)) return paint.bold(line);
      if (line.startsWith('@@')) return paint.cyan(line);
      if (line.startsWith('+')) return paint.green(line);
      return line.startsWith('-') ? paint.red(line) : line;
    })
    .join('\n');
}
