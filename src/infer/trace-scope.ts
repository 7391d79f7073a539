/** Names and values inside one traced instance, and expressions evaluated among them. */
import type { ProjectModel } from '../ir/project.js';
import { classOf } from '../ir/resolve.js';
import type { ModuleClass } from '../ir/project.js';
import type { Pattern } from '../ir/syntax.js';
import type { TracedModule, TracedValue } from '../ir/trace.js';

export interface Scope {
  [name: string]: unknown;
}

/** Constructor parameters by name: what the new constructor's expressions may read. */
export function constructorPatterns(model: ProjectModel, call: TracedModule): Scope {
  const params = constructorParams(model, classOf(model, call.class));
  const scope: Scope = {};
  params.forEach((pattern, index) => bindPattern(scope, pattern, plainValue(call.built[index] ?? null)));
  return scope;
}

/** Tensors become objects with a `shape`. */
export function plainValue(value: TracedValue): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('tensor' in value) return { shape: value.tensor };
  if ('list' in value) return value.list.map(plainValue);
  if ('record' in value) {
    return Object.fromEntries(Object.entries(value.record).map(([key, each]) => [key, plainValue(each)]));
  }
  return undefined;
}

/** The value of an expression this package wrote; undefined when it reads a name that is not there. */
export function evaluateText(text: string, scope: Scope): unknown {
  // `!` behind a name or a bracket only speaks to the compiler.
  const script = text.replace(/(?<=[\w\])])!(?!=)/g, '');
  try {
    const names = Object.keys(scope);
    return new Function(...names, `'use strict'; return (${script});`)(...names.map((name) => scope[name]));
  } catch {
    return undefined;
  }
}

export function bindPattern(scope: Scope, pattern: Pattern, value: unknown): void {
  switch (pattern.kind) {
    case 'IdentifierPattern':
      scope[pattern.name] = value;
      return;
    case 'DefaultPattern':
      // A default that was used is not recorded: the name stays unknown.
      if (value !== undefined) bindPattern(scope, pattern.target, value);
      return;
    case 'ObjectPattern':
      for (const each of pattern.properties) bindPattern(scope, each.value, partOf(value, each.key.name));
      return;
    case 'ArrayPattern':
      pattern.elements.forEach((each, index) => {
        if (each !== null) bindPattern(scope, each, partOf(value, String(index)));
      });
      return;
    default:
  }
}

function partOf(value: unknown, key: string | null): unknown {
  if (typeof value !== 'object' || value === null || key === null) return undefined;
  return (value as { readonly [key: string]: unknown })[key];
}

function constructorParams(model: ProjectModel, of: ModuleClass | null): readonly Pattern[] {
  if (of === null) return [];
  if (of.constructorMethod !== null) return of.constructorMethod.params.map((each) => each.pattern);
  return of.base.base === 'class' ? constructorParams(model, classOf(model, of.base.id)) : [];
}
