/** A function of the program as a value, with the run of the function around it. */
import { ancestorsOf } from '../../ir/declarations.js';
import type { SourcePath } from '../../ir/source.js';
import type { FunctionExpression } from '../../ir/syntax.js';
import type { Run } from './run.js';
import type { FunctionValue } from './value.js';

export function functionValue(run: Run, path: SourcePath, node: FunctionExpression): FunctionValue {
  const source = run.model.sources[path];
  const outer = source === undefined ? undefined : ancestorsOf(source, node).find((each) => each.kind === 'Function');
  const activation = outer === undefined ? 0 : (run.activations.get(outer) ?? 0);
  return { is: 'function', node, path, activation, compiled: false };
}
