import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { requireCleanTree } from '../../src/pipeline/git-state.js';
import { defaultRunOptions } from '../../src/pipeline/options.js';

let folder = '';
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: folder, stdio: 'pipe' });
const file = (path: string, text: string) => writeFileSync(join(folder, path), text);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'git state ü '));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function commitAll(): void {
  git('init', '-q');
  file('a.ts', '1');
  file('b ü.ts', '1');
  git('add', '.');
  git('commit', '-qm', 'start');
}

describe('requireCleanTree', () => {
  test('lets a committed tree pass', () => {
    commitAll();
    expect(() => requireCleanTree(folder, ['a.ts', 'b ü.ts'], defaultRunOptions)).not.toThrow();
  });

  test('refuses modified and untracked files by name, with exit code 4', () => {
    commitAll();
    file('b ü.ts', '2');
    file('c.ts', '1');
    const run = () => requireCleanTree(folder, ['a.ts', 'b ü.ts', 'c.ts'], defaultRunOptions);
    expect(run).toThrow(/2 of the files .*\n {2}b ü\.ts\n {2}c\.ts \(untracked\)\n.*--allow-dirty/s);
    expect(run).toThrow(expect.objectContaining({ exitCode: 4 }) as never);
    expect(() =>
      requireCleanTree(folder, ['a.ts', 'b ü.ts'], { ...defaultRunOptions, allowDirty: true }),
    ).not.toThrow();
  });

  test('ignores dirt in files that are not to change', () => {
    commitAll();
    file('b ü.ts', '2');
    expect(() => requireCleanTree(folder, ['a.ts'], defaultRunOptions)).not.toThrow();
  });

  test('refuses a folder without version control, and an ignored file', () => {
    file('a.ts', '1');
    expect(() => requireCleanTree(folder, ['a.ts'], defaultRunOptions)).toThrow('--allow-no-vcs');
    expect(() => requireCleanTree(folder, ['a.ts'], { ...defaultRunOptions, allowNoVcs: true })).not.toThrow();
    git('init', '-q');
    file('.gitignore', 'a.ts\n');
    expect(() => requireCleanTree(folder, ['a.ts'], defaultRunOptions)).toThrow('a.ts');
  });
});
