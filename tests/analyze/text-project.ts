import { mergeProject } from '../../src/analyze/merge.js';
import type { ModuleOptions } from '../../src/analyze/module-table.js';
import { readText } from '../../src/analyze/read-source.js';
import type { ProjectModel } from '../../src/ir/project.js';
import type { Expression } from '../../src/ir/syntax.js';
import { type SyntaxNode, walk } from '../../src/ir/walk.js';

/** A project from texts by path. */
export function textProject(files: { readonly [path: string]: string }, options: ModuleOptions = {}): ProjectModel {
  return mergeProject(
    Object.entries(files).map(([path, text]) => readText(path, text)),
    options,
  );
}

/** The argument of `probe(…)` in a file. */
export function probed(model: ProjectModel, path: string): Expression {
  const found: SyntaxNode[] = [];
  walk(model.sources[path]?.body ?? [], (node) => {
    if (node.kind === 'Call' && node.callee.kind === 'Identifier' && node.callee.name === 'probe')
      found.push(...node.args);
  });
  const [first] = found;
  if (first === undefined) throw new Error(`${path} has no probe(…)`);
  return first as Expression;
}
