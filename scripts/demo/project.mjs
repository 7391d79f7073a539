// A copy of a digits project, set up as `npm install` would: packages by link, commands in `.bin`.
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

const packages = ['@tensorflow', '@types', 'eslint', 'mnist', 'prettier', 'typescript'];
const commands = ['eslint', 'prettier', 'tsc'];

/** The folder that holds everything, and the project in it. */
export function copyProject(name) {
  const original = join(packageRoot, 'fixtures', 'projects', name);
  if (!existsSync(original)) throw new Error(`There is no project ${name} in fixtures/projects.`);
  const folder = mkdtempSync(join(tmpdir(), 'linen2nnx-demo-'));
  const project = join(folder, name);
  cpSync(original, project, { recursive: true });
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  for (const each of packages) symlinkSync(join(packageRoot, 'node_modules', each), join(modules, each), 'junction');
  symlinkSync(packageRoot, join(modules, 'linen2nnx'), 'junction');
  for (const each of commands)
    symlinkSync(join(packageRoot, 'node_modules', '.bin', each), join(modules, '.bin', each));
  symlinkSync(join(packageRoot, 'dist', 'src', 'cli', 'main.js'), join(modules, '.bin', 'linen2nnx'));
  return { folder, project };
}
