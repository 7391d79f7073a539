/** A second `init` of a model with the key of the first: the same variables again. */
import { jaxModule } from '../../../runtime/catalogue/modules.js';
import { entityOf, withoutWraps } from '../../ir/resolve.js';
import type { SourcePath } from '../../ir/source.js';
import type { Call, Expression, Spread } from '../../ir/syntax.js';
import type { Initialised, Run } from './run.js';
import type { Value } from './value.js';

export function initialisedBy(run: Run, path: SourcePath, node: Call, variables: Value): Initialised {
  return { path, node, frame: run.frames.at(-1) ?? null, once: run.loops.length === 0, variables };
}

/** Both stand outside of loops in one run of one function and are written alike, the key from constants. */
export function isSameInit(run: Run, first: Initialised, { path, node }: { path: SourcePath; node: Call }): boolean {
  const source = run.model.sources[path];
  const [key] = node.args;
  if (source === undefined || key === undefined || first.path !== path || first.node === node) return false;
  if (!first.once || run.loops.length > 0 || first.frame !== (run.frames.at(-1) ?? null)) return false;
  const text = ({ argsSpan }: Call): string => source.text.slice(argsSpan.start, argsSpan.end);
  return text(first.node) === text(node) && isConstant(run, path, key);
}

function isConstant(run: Run, path: SourcePath, node: Expression | Spread): boolean {
  if (node.kind === 'Spread') return false;
  const inner = withoutWraps(node);
  if (inner.kind === 'Literal') return true;
  if (inner.kind === 'Identifier') {
    const binding = inner.binding === null ? undefined : run.model.sources[path]?.bindings[inner.binding];
    return binding !== undefined && binding.writes.length === 0;
  }
  if (inner.kind !== 'Call') return false;
  const entity = entityOf(run.model, path, inner.callee);
  const isKey = entity?.entity === 'external' && entity.module === jaxModule && entity.name.startsWith('random.');
  return isKey && inner.args.every((each) => isConstant(run, path, each));
}
