/** The keys of options that are spread or given as a value. */
import { declarationIn, isMutated } from '../../ir/declarations.js';
import { classOf, entityOf } from '../../ir/resolve.js';
import type { Block, ClassNode, Expression } from '../../ir/syntax.js';
import type { Draft } from './draft.js';

const deepest = 6;

/** Every key the value may have, as far as the text tells; null where it does not. */
export function optionKeys(draft: Draft, value: Expression, depth = 0): readonly string[] | null {
  if (depth > deepest) return null;
  const again = (each: Expression): readonly string[] | null => optionKeys(draft, each, depth + 1);
  switch (value.kind) {
    case 'TypeWrap':
      return again(value.expression);
    case 'ObjectLiteral':
      return all(
        value.properties.map((each) =>
          each.kind === 'Spread' ? again(each.argument) : each.key.name === null ? null : [each.key.name],
        ),
      );
    case 'Conditional':
      return all([again(value.consequent), again(value.alternate)]);
    case 'Identifier': {
      const init = constantOf(draft, value);
      return init === null ? null : again(init);
    }
    case 'Call': {
      const body = bodyOf(draft, value.callee);
      const result = body === null ? null : body.kind === 'Block' ? onlyResult(body) : body;
      return result === null ? null : again(result);
    }
    default:
      return null;
  }
}

function all(parts: readonly (readonly string[] | null)[]): readonly string[] | null {
  const known = parts.filter((each) => each !== null);
  return known.length === parts.length ? known.flat() : null;
}

function constantOf(draft: Draft, node: Expression & { kind: 'Identifier' }): Expression | null {
  if (node.binding === null || draft.source.bindings[node.binding]?.writes.length !== 0) return null;
  if (isMutated(draft.source, node.binding)) return null;
  const place = declarationIn(draft.source, node.binding);
  if (place?.declares === 'variable') return place.keys?.length === 0 ? place.declarator.init : null;
  const entity = entityOf(draft.context.model, draft.source.path, node);
  return entity?.entity === 'value' ? entity.init : null;
}

/** What a function of the project, or a method of a class that a field's type names, runs. */
function bodyOf(draft: Draft, callee: Expression): Expression | Block | null {
  const { model } = draft.context;
  const entity = entityOf(model, draft.source.path, callee);
  if (entity?.entity === 'function') return entity.node.body;
  if (callee.kind !== 'Member') return null;
  const owner = callee.object.kind === 'This' ? draft.module.node : classOfField(draft, callee.object);
  const method = owner?.members.find((each) => each.kind === 'Method' && each.name === callee.property && !each.static);
  return method?.kind === 'Method' ? method.body : null;
}

function classOfField(draft: Draft, node: Expression): ClassNode | null {
  if (node.kind !== 'Member' || node.object.kind !== 'This') return null;
  const type = draft.module.fields.find((each) => each.name === node.property)?.type;
  if (type?.form.form !== 'reference' || type.form.binding === null) return null;
  const { model } = draft.context;
  const entity = entityOf(model, draft.source.path, {
    kind: 'Identifier',
    span: type.span,
    name: type.form.name,
    binding: type.form.binding,
  });
  if (entity?.entity !== 'class') return null;
  return entity.module === null ? entity.node : (classOf(model, entity.module)?.node ?? null);
}

function onlyResult(body: Block): Expression | null {
  const [only, more] = body.body;
  return only?.kind === 'Return' && more === undefined ? only.argument : null;
}
