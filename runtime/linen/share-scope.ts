import { mistake } from '../functional/mistake.js';
import { moveFields, settleFields } from './attachment.js';
import { stateOf, whoIs } from './module-state.js';
import type { Module } from './module.js';
import type { ModuleScope } from './scope.js';

/**
 * Makes the two modules use one scope: that of `other`, or that of `module` where `other` is below it. Call in `setup`.
 * Flax `share_scope`.
 */
export function shareScope(module: Module, other: Module): void {
  settleFields(module);
  settleFields(other);
  const [own, others] = [boundScope(module), boundScope(other)];
  if (isAbove(own, others)) move(other, others, own);
  else move(module, own, others);
}

function boundScope(module: Module): ModuleScope {
  const { scope } = stateOf(module);
  if (scope !== null) return scope;
  throw mistake(
    whoIs(module),
    'expected a bound module to share its scope, got an unbound one.',
    'Call nn.shareScope in setup(), with this and a module in a field.',
  );
}

function isAbove(scope: ModuleScope, other: ModuleScope): boolean {
  for (let each: ModuleScope | null = other; each !== null; each = each.parent) if (each === scope) return true;
  return false;
}

function move(module: Module, from: ModuleScope, to: ModuleScope): void {
  stateOf(module).scope = to;
  moveFields(module, from, to);
}
