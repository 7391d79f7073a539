/** What tells two ways of calling a method apart: ranks, structure, absence, identity of modules; never numbers. */
import type { Value } from './machine.js';

/** `run` names the run whose variables a closure captures. */
export function signature(values: readonly (Value | null)[] | null, run: string): string {
  if (values === null) return '*';
  return values.map((each) => (each === null ? '_' : signatureOf(each, run))).join(',');
}

function signatureOf(value: Value, run: string): string {
  switch (value.kind) {
    case 'tensor':
      return `T${value.shape.dims?.length ?? ''}`;
    case 'array':
      return `[${signature(value.items, run)}]`;
    case 'record':
      return `{${[...value.properties].map(([key, each]) => `${key}:${signatureOf(each, run)}`).join(',')}}`;
    case 'module':
      return `${value.class.id}@${value.site.id}${value.site.via}(${exact(value.args, run)})`;
    case 'layer':
      return `${value.layer.linen}@${value.site.id}${value.site.via}(${exact(value.args, run)})`;
    case 'class':
      return `${value.class.id}^${value.lifts.length}`;
    case 'layerClass':
      return value.layer.linen;
    case 'external':
      return `${value.module}:${value.name}`;
    case 'function':
      return `f${value.frame.path}@${value.node.span.start}${value.frame.up === null ? '' : `^${run}`}`;
    case 'either':
      return `(${signature([value.a, value.b], run)})`;
    case 'literal':
      return value.value === null || value.value === undefined ? '0' : 'b';
    case 'list':
      return `L${signatureOf(value.item, run)}`;
    default:
      return value.kind;
  }
}

/** A module handed over carries its own sizes: they are the same module only when these agree. */
function exact(values: readonly Value[], run: string): string {
  return values
    .map((each) => {
      if (each.kind === 'number') return each.dim.key;
      return each.kind === 'literal' ? String(each.value) : signatureOf(each, run);
    })
    .join(',');
}
