/** Giving names to the parts of a value. */
import { originalBinding } from '../../ir/resolve.js';
import type { SourcePath } from '../../ir/source.js';
import type { ObjectPattern, Pattern } from '../../ir/syntax.js';
import { keptCopy } from './copy-names.js';
import { noteValue, refuse, type Run } from './run.js';
import { holdsState, joinValues, plain, type Value } from './value.js';

/** Assigns or declares. What cannot be followed below a pattern is refused when state is in it. */
export function assign(run: Run, path: SourcePath, pattern: Pattern, value: Value): void {
  const at = { path, span: pattern.span };
  if (holdsState(value) || value.is === 'model') noteValue(run, at, pattern, value);
  switch (pattern.kind) {
    case 'IdentifierPattern': {
      const id = pattern.binding === null ? null : originalBinding(run.model, pattern.binding);
      if (id !== null) run.machine?.names.set(id, keptCopy(run, path, { pattern, id, value }) ?? value);
      else if (holdsState(value)) refuse(run, 'L2N452', at);
      return;
    }
    case 'ArrayPattern':
      if (value.is !== 'tuple' && holdsState(value)) refuse(run, 'L2N452', at);
      pattern.elements.forEach((each, index) => {
        if (each === null) return;
        if (each.kind === 'RestPattern' && value.is === 'tuple') {
          assign(run, path, each.target, { is: 'tuple', items: value.items.slice(index) });
        } else assign(run, path, each, value.is === 'tuple' ? (value.items[index] ?? plain) : plain);
      });
      return;
    case 'ObjectPattern':
      return assignObject(run, path, pattern, value);
    case 'DefaultPattern': {
      const initial = run.evaluate(path, pattern.value);
      return assign(
        run,
        path,
        pattern.target,
        joinValues(value, initial, (x, y) => `default (${x} | ${y})`),
      );
    }
    case 'RestPattern':
      if (holdsState(value)) refuse(run, 'L2N452', at);
      return assign(run, path, pattern.target, plain);
    case 'PlacePattern': {
      const place = pattern.place;
      const object = place.kind === 'OpaqueExpression' ? plain : run.evaluate(path, place.object);
      if (holdsState(object)) refuse(run, 'L2N453', at);
      if (object.is === 'model' || object.is === 'gradients') refuse(run, 'L2N453', at);
      if (holdsState(value) || value.is === 'model') refuse(run, 'L2N451', at);
      if (object.is === 'record' && place.kind === 'Member') {
        // The calls of this method have been followed into the function that it was.
        if (object.entries.get(place.property)?.is === 'function') refuse(run, 'L2N463', at);
      }
    }
  }
}

function assignObject(run: Run, path: SourcePath, pattern: ObjectPattern, value: Value): void {
  if (value.is !== 'record' && holdsState(value)) refuse(run, 'L2N452', { path, span: pattern.span });
  const taken = new Set<string>();
  for (const each of pattern.properties) {
    const { name } = each.key;
    if (name !== null) taken.add(name);
    const part = value.is === 'record' && name !== null ? (value.entries.get(name) ?? plain) : plain;
    assign(run, path, each.value, part);
  }
  if (pattern.rest === null) return;
  const rest = value.is === 'record' ? [...value.entries].filter(([name]) => !taken.has(name)) : [];
  assign(
    run,
    path,
    pattern.rest,
    value.is === 'record' ? { is: 'record', entries: new Map(rest), variablesOf: value.variablesOf } : plain,
  );
}
