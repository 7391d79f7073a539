/** Names that a function's text assigns. */
import type { BindingId, ClassMethod, FunctionExpression } from '../ir/syntax.js';
import { namesIn } from '../ir/declarations.js';
import { walk } from '../ir/walk.js';

/** Bindings a function may change when it runs, its own among them. */
export function assignedNames(node: FunctionExpression | ClassMethod): ReadonlySet<BindingId> {
  const found = new Set<BindingId>();
  walk(node, (each) => {
    if (each.kind === 'Assign') for (const [binding] of namesIn(each.target)) found.add(binding);
    if (each.kind === 'Update' && each.argument.kind === 'Identifier') add(found, each.argument.binding);
    if (each.kind === 'Call' && each.callee.kind === 'Member' && each.callee.object.kind === 'Identifier') {
      if (mutators.includes(each.callee.property)) add(found, each.callee.object.binding);
    }
  });
  return found;
}

const mutators: readonly string[] = ['push', 'pop', 'unshift', 'shift', 'splice', 'reverse', 'sort', 'fill'];

function add(found: Set<BindingId>, binding: BindingId | null): void {
  if (binding !== null) found.add(binding);
}
